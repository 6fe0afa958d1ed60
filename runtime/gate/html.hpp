#pragma once

#include "runtime/gate/run_report.hpp"

#include <span>
#include <string>
#include <string_view>

/// Pieces of the HTML report.
namespace kps::gate {

/// The style sheet, runtime/gate/report.css.
std::string_view style();

/// Text for the content of an element or for an attribute in double quotes.
std::string escaped(std::string_view text);

/// `<NAME ATTRIBUTES>INNER</NAME>`; the text in both must be escaped.
std::string element(std::string_view name, std::string_view attributes, std::string_view inner);

/// Bars of `histogram` as SVG, with the buckets and the scale that all of `together` need, so that
/// the drawings of several kernels can be laid side by side.
std::string drawing(const Histogram& histogram, std::span<const Histogram* const> together);

} // namespace kps::gate
