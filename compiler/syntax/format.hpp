#pragma once

#include "compiler/syntax/ast.hpp"

namespace kps::syntax {

/// The file as `kps fmt` writes it: 4 blanks of indent, fields and constants aligned, one blank
/// line between declarations at most, comments kept where they were. Formatting the result again
/// changes nothing, and it parses to the same tree. The file must have parsed without errors.
std::string format(const File& file, const SourceSet& sources);

} // namespace kps::syntax
