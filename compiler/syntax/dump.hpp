#pragma once

#include "compiler/syntax/ast.hpp"

namespace kps::syntax {

/// The tree as text, one declaration or statement a line, without positions, comments or the
/// author's layout: two files that mean the same have the same dump.
std::string dump(const File& file);

} // namespace kps::syntax
