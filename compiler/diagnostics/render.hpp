#pragma once

#include "compiler/diagnostics/sink.hpp"

namespace kps::diag {

enum class Colour : std::uint8_t { never, always };

/// The form known from rustc:
///
///     error[KPS0401]: no kernel function named `vfs_raed`
///       --> specs/io.kps:7:13
///        |
///      7 | probe r on entry vfs_raed
///        |                  ^^^^^^^^ not in the symbols of 6.1.0-56-cloud-amd64
///       = help: a similar name exists: `vfs_read`
///
/// Tabs of the line are repeated in the line of carets, so no width has to be assumed.
std::string render_text(const Diagnostic& diagnostic, const SourceSet& sources, Colour colour);

/// At most 20 of them, with a line that says how many more there are and one that sums up.
std::string render_text(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources,
                        Colour colour);

/// A JSON array with one object a diagnostic, for editors and CI: code, severity, message, file,
/// line, column, end_line, end_column (1-based, code points), label, notes, remarks, help, fix.
std::string render_json(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources);

/// One excerpt with carets, as `render_text` prints under `-->`; reports of verdicts use it too.
std::string render_excerpt(Span span, std::string_view label, const SourceSet& sources,
                           Colour colour);

} // namespace kps::diag
