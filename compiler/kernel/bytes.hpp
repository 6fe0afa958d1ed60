#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace kps::kernel {

/// Whether `offset .. offset + size` lies inside of `data`; safe for any values.
constexpr bool in_bounds(std::span<const std::byte> data, std::uint64_t offset,
                         std::uint64_t size) {
    return offset <= data.size() && size <= data.size() - offset;
}

/// The little-endian integer at `offset`, or nothing if it does not lie inside.
template <class T>
std::optional<T> read_le(std::span<const std::byte> data, std::uint64_t offset) {
    static_assert(std::is_integral_v<T>);
    if (!in_bounds(data, offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, data.data() + offset, sizeof value);
    return value;
}

/// The little-endian integer at `offset`, which is known to lie inside.
template <class T>
T load_le(std::span<const std::byte> data, std::size_t offset) {
    static_assert(std::is_integral_v<T>);
    T value;
    std::memcpy(&value, data.data() + offset, sizeof value);
    return value;
}

/// A part of `data`, or an empty span if it does not lie inside.
constexpr std::span<const std::byte> slice(std::span<const std::byte> data, std::uint64_t offset,
                                           std::uint64_t size) {
    return in_bounds(data, offset, size) ? data.subspan(offset, size)
                                         : std::span<const std::byte>{};
}

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
