#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/syntax/ast.hpp"

#include <functional>

namespace kps::syntax {

/// Limits that hostile input runs into instead of the machine's.
inline constexpr std::size_t max_source_bytes = std::size_t{16} << 20U;
inline constexpr std::size_t max_nesting = 100;           ///< of brackets and blocks
inline constexpr std::size_t max_expression_depth = 1000; ///< of operators, for recursive stages

/// Parses one file of `sources`. Every independent mistake is reported to `sink`; what could not be
/// understood is left out of the result, so that later stages report only their own findings.
File parse(const SourceSet& sources, SourceId source, diag::Sink& sink);

/// `parse` of `file.source` for who needs no tree of the whole file: calls `step` whenever a
/// declaration of the top level and the comments up to the next were added to `file`, and at the
/// end. It may clear the tables of the file, not the comments.
void parse_stepwise(File& file, const SourceSet& sources, diag::Sink& sink,
                    const std::function<void()>& step);

} // namespace kps::syntax
