#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kps::collect {

/// CRC-32 as of IEEE 802.3 (reflected polynomial 0xEDB88320, initial and final value ~0), the one
/// of zlib.
std::uint32_t crc32(std::span<const std::byte> bytes);

} // namespace kps::collect
