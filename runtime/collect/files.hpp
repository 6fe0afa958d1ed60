#pragma once

#include "compiler/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// "no such file or directory (ENOENT)", for the end of a message.
std::string describe_errno(int error);

/// The whole of a file whose size need not be known beforehand, as those of proc and tracefs.
Result<std::string> read_text(const std::string& path);

/// One write of all of `text` to an existing file, appended; never truncates. 0 or the errno.
int append_text(const std::string& path, std::string_view text);

/// Names in a directory, sorted, without `.` and `..`; none if it cannot be read.
std::vector<std::string> list_directory(const std::string& path);

/// Parts of `text` between separators; a trailing separator starts no further part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Parts of `text` between blanks and tabs.
std::vector<std::string_view> words(std::string_view text);

} // namespace kps::collect
