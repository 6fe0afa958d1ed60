#pragma once

#include <cstdint>

namespace kps::hits {

// When the probes are live of a job that is told by hand.
inline constexpr std::uint64_t live = 1000, end = 9000;

} // namespace kps::hits
