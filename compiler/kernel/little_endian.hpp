#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace kps::kernel {

static_assert(std::endian::native == std::endian::little);

/// Whether `size` bytes from `offset` lie within `data`; safe against overflow.
constexpr bool fits(std::span<const std::byte> data, std::uint64_t offset, std::uint64_t size) {
    return offset <= data.size() && size <= data.size() - offset;
}

/// The little-endian number at `offset`, which must lie within `data` (see `fits`).
template <class T>
T load(std::span<const std::byte> data, std::size_t offset) {
    T value;
    std::memcpy(&value, data.data() + offset, sizeof value);
    return value;
}

/// The bytes of `data` as text.
inline std::string_view as_text(std::span<const std::byte> data) {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

/// The text from `offset` to the next NUL, or to the end of `data`; empty if outside.
inline std::string_view c_string(std::span<const std::byte> data, std::uint64_t offset) {
    if (offset >= data.size()) return {};
    const std::string_view rest = as_text(data).substr(offset);
    return rest.substr(0, rest.find('\0'));
}

} // namespace kps::kernel
