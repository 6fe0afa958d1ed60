#pragma once

#include "runtime/judge/calls.hpp"

namespace kps::judge {

/// Asks the processor for hits and values that are read soon after the one at `at`: hits of one
/// probe lie far apart, and most of the time would go to waiting for them. `nth(i)`: the i-th hit
/// of `count`. Always inline, as GCC takes a call without another effect for one without any.
[[gnu::always_inline]] inline void prefetch(const std::vector<hits::Hit>& hits, std::size_t at,
                                            std::size_t count, const auto& nth) {
    constexpr std::size_t hit_ahead = 16;
    constexpr std::size_t fields_ahead = 8; // where they are, the hit tells
    if (at + hit_ahead < count) __builtin_prefetch(&hits[nth(at + hit_ahead)]);
    if (at + fields_ahead < count) __builtin_prefetch(hits[nth(at + fields_ahead)].fields.data());
}

} // namespace kps::judge
