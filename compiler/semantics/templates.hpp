#pragma once

#include "compiler/base/source.hpp"

#include <map>
#include <string>
#include <string_view>

namespace kps::sema {

/// The text of a file with blanks instead of all but what lies in `body`, and there each word that
/// `arguments` has replaced by what it stands for. Lines keep their numbers. Texts, comments,
/// numbers and the members behind `.` and `->` stay as they are; a word in backquotes counts
/// without them.
std::string instantiate(std::string_view text, Span body,
                        const std::map<std::string_view, std::string>& arguments);

} // namespace kps::sema
