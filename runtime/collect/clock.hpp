#pragma once

#include <cstdint>
#include <ctime>

namespace kps::collect {

/// CLOCK_MONOTONIC in nanoseconds, the clock of all times in messages.
inline std::uint64_t monotonic_ns() {
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

} // namespace kps::collect
