#pragma once

#include <cstdint>
#include <fmt/core.h>
#include <string>
#include <string_view>

namespace kps {

/// `1 hit`, `3 hits`
inline std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace kps
