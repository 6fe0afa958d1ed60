#pragma once

#include "compiler/base/source.hpp"
#include "compiler/diagnostics/sink.hpp"

namespace kps::syntax {

/// A file as `kps fmt` writes it: 4 blanks of indent, fields and constants aligned, one blank line
/// between declarations at most, comments kept where they were. Formatting the result again changes
/// nothing, and it parses to the same tree. Mistakes are reported to `sink`, as `parse` does; there
/// is no text then.
std::string format(const SourceSet& sources, SourceId source, diag::Sink& sink);

} // namespace kps::syntax
