#pragma once

#include "compiler/diagnostics/render.hpp"

#include <string>
#include <string_view>

/// What the reports of runs, of gates and of changes between kernels have in common.
namespace kps::report {

/// What begins and ends a colour on a terminal; all empty without colours.
struct Palette {
    std::string_view good, bad, doubt, quiet, bold, reset;
};
const Palette& palette(diag::Colour colour);

/// Each line of `text` behind `by`, the last with a newline whether it has one or not.
std::string indented(std::string_view text, std::string_view by);

/// Text for a description in TAP 14, where `#` begins a directive and `\` escapes.
std::string tap_text(std::string_view text);

/// Text for XML 1.0, which has no place for control characters, not even escaped: `?` stands for
/// them. What the format escapes is left to who writes it.
std::string xml_text(std::string text);

} // namespace kps::report
