#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace kps::kernel {

/// Whether `data` begins with the magic of a stream that `unpack_payload` takes.
bool is_compressed(std::span<const std::byte> data);

inline constexpr std::size_t largest_payload = std::size_t{1} << 30;

/// Unpacks one gzip, xz, zstd, LZ4 (frame or legacy), lzma or bzip2 stream, told by its magic. What
/// follows the stream (a bzImage appends the unpacked size) is ignored. Fails if the magic is none
/// of these, the stream is damaged or cut short, or more than `limit` bytes come out.
Result<std::vector<std::byte>> unpack_payload(std::span<const std::byte> data,
                                              std::size_t limit = largest_payload);

} // namespace kps::kernel
