#include "runtime/hits/values.hpp"
#include "runtime/recordings/binding.hpp"

#include <algorithm>
#include <charconv>

namespace kps::recordings {

namespace {

using hits::Unreadable;
using hits::Value;

std::optional<std::uint64_t> plain_number(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
    if (is_hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return is_negative ? 0 - value : value;
}

/// Symbols and pointers are printed as bare hexadecimal digits by some.
std::optional<std::uint64_t> pointer_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    return is_whole && text.size() == 16 ? std::optional(value) : std::nullopt;
}

/// `1.2.3.4` as the bytes lie in memory.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        const auto part = plain_number(text.substr(0, dot));
        if (!part || *part > 255 || (dot == text.size()) != (shift == 24)) return std::nullopt;
        value |= *part << shift;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return value;
}

std::optional<std::uint64_t> number(std::string_view text, const sema::ValueType& type,
                                    const Table<sema::EnumType>& enums) {
    if (const auto plain = plain_number(text)) {
        const bool swapped = type.display == sema::Display::port && type.size == 2;
        return swapped ? (*plain & 0xff) << 8 | (*plain >> 8 & 0xff) : *plain;
    }
    if (type.enumeration)
        for (const auto& enumerator : enums[*type.enumeration].enumerators)
            if (enumerator.name == text) return static_cast<std::uint64_t>(enumerator.value);
    if (type.display == sema::Display::ipv4) return ipv4_number(text);
    if (type.display == sema::Display::boolean && (text == "true" || text == "Y")) return 1;
    if (type.display == sema::Display::boolean && (text == "false" || text == "N")) return 0;
    if (text.size() == 3 && text.front() == '\'' && text.back() == '\'')
        return static_cast<unsigned char>(text[1]);
    return pointer_number(text);
}

Value array(std::string_view text, const sema::ValueType& type, const Table<sema::EnumType>& enums,
            hits::Storage& storage) {
    if (!text.starts_with('{') || !text.ends_with('}')) return Unreadable{};
    text = text.substr(1, text.size() - 2);
    std::vector<std::uint64_t> elements;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const auto element = number(text.substr(0, comma), type, enums);
        if (!element) return Unreadable{};
        elements.push_back(hits::extended(*element, type.size, type.is_signed));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    const auto kept = storage.make<std::uint64_t>(elements.size());
    std::ranges::copy(elements, kept.begin());
    return hits::Elements(kept);
}

} // namespace

Value read_printed(std::string_view text, const sema::ValueType& type,
                   const Table<sema::EnumType>& enums, hits::Storage& storage) {
    if (text == "(fault)") return Unreadable{};
    switch (type.kind) {
    case sema::TypeKind::integer:
        if (const auto value = number(text, type, enums))
            return hits::extended(*value, type.size, type.is_signed);
        return Unreadable{};
    case sema::TypeKind::array: return array(text, type, enums, storage);
    case sema::TypeKind::string:
    case sema::TypeKind::bytes:
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            text = text.substr(1, text.size() - 2);
        return hits::limited(text, type, storage);
    }
    return Unreadable{};
}

} // namespace kps::recordings
