#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace kps::collect {

/// The whole of `text` as a number of that type, without a sign but `-`; nothing if it is none or
/// too large.
template <class T>
std::optional<T> to_number(std::string_view text, int base = 10) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

} // namespace kps::collect
