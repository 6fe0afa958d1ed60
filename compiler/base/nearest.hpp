#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps {

/// Edit distance that counts insertion, deletion, replacement and swap of neighbours (optimal
/// string alignment), or `limit + 1` once it is certain to exceed `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// How far a misspelling of `name` may lie from what was meant: a third of its length, 1 to 3.
std::size_t spelling_limit(std::string_view name);

/// The candidates nearest to `name` within `spelling_limit`, best first, then alphabetically; at
/// most `most`.
std::vector<std::string> nearest_names(std::string_view name,
                                       std::span<const std::string_view> candidates,
                                       std::size_t most = 3);

} // namespace kps
