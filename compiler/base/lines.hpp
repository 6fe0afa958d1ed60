#pragma once

#include <algorithm>
#include <string_view>

namespace kps {

/// Takes the text up to the next newline, and that, off the front of `text`.
inline std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

} // namespace kps
