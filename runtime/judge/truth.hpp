#pragma once

#include <algorithm>
#include <cstdint>

namespace kps::judge {

/// What is known of a statement about what really happened. `unknown` where that depends on a value
/// that could not be read, on a hit that was lost, or on an order that the clock does not tell.
enum class Truth : std::uint8_t { no, unknown, yes };

constexpr Truth both(Truth a, Truth b) {
    return std::min(a, b);
}

} // namespace kps::judge
