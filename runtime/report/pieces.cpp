#include "runtime/report/pieces.hpp"

#include "compiler/base/lines.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::report {

const Palette& palette(diag::Colour colour) {
    static constexpr Palette plain{};
    static constexpr Palette coloured{"\033[32m", "\033[1;31m", "\033[1;33m",
                                      "\033[2m",  "\033[1m",    "\033[0m"};
    return colour == diag::Colour::always ? coloured : plain;
}

std::string indented(std::string_view text, std::string_view by) {
    std::string result;
    while (!text.empty())
        result += fmt::format("{}{}\n", by, take_line(text));
    return result;
}

std::string tap_text(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '#' || c == '\\') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

std::string xml_text(std::string text) {
    const auto forbidden = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    };
    std::ranges::replace_if(text, forbidden, '?');
    return text;
}

} // namespace kps::report
