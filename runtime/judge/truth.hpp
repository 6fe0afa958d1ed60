#pragma once

#include <algorithm>
#include <cstdint>

namespace kps::judge {

/// What is known of a statement about what really happened. `unknown` where that depends on a value
/// that could not be read, on a hit that was lost, or on an order that the clock does not tell.
enum class Truth : std::uint8_t { no, unknown, yes };

constexpr Truth decide(bool always, bool never) {
    if (always) return Truth::yes;
    return never ? Truth::no : Truth::unknown;
}

constexpr Truth both(Truth a, Truth b) {
    return std::min(a, b);
}

/// The fewest of up to `most` with which something may hold; `holds(most)` is not `no`, and none
/// that is more makes it `no`.
std::uint64_t fewest(std::uint64_t most, const auto& holds) {
    if (holds(std::uint64_t{0}) != Truth::no) return 0;
    std::uint64_t low = 1;
    while (low < most) {
        const std::uint64_t middle = low + (most - low) / 2;
        if (holds(middle) != Truth::no)
            most = middle;
        else
            low = middle + 1;
    }
    return most;
}

} // namespace kps::judge
