#pragma once

#include "runtime/hits/hit.hpp"

/// How values are kept, whatever recorded them.
namespace kps::hits {

/// The low `size` bytes (1 to 8), extended by their sign.
constexpr std::uint64_t extended(std::uint64_t bits, std::uint8_t size, bool is_signed) {
    const unsigned unused = 64 - 8U * size;
    const std::uint64_t high = bits << unused;
    if (!is_signed) return high >> unused;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(high) >> unused);
}

/// A string of type `type`: no more of it than the type has.
inline Value limited(std::string_view text, const sema::ValueType& type, Storage& storage) {
    if (type.count != 0) text = text.substr(0, type.count);
    return storage.keep(text);
}

} // namespace kps::hits
