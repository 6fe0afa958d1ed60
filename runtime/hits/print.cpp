#include "runtime/hits/print.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/base/utf8.hpp"
#include "compiler/semantics/errno_names.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <utility>

namespace kps::hits {

namespace {

using sema::Display;
using sema::ValueType;

struct Unit {
    std::uint64_t nanoseconds;
    const char* name;
};
constexpr Unit units[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};

/// `whole.fraction` without trailing zeros; `digits` of the fraction are kept.
std::string decimal(std::uint64_t value, std::uint64_t unit, unsigned digits) {
    std::string fraction;
    std::uint64_t rest = value % unit;
    for (unsigned i = 0; i < digits && rest != 0; ++i) {
        rest *= 10;
        fraction += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
    while (!fraction.empty() && fraction.back() == '0')
        fraction.pop_back();
    return fmt::format("{}{}{}", value / unit, fraction.empty() ? "" : ".", fraction);
}

/// To three significant digits, half up.
std::uint64_t round_to_three(std::uint64_t value) {
    std::uint64_t step = 1;
    while (value / step >= 1000)
        step *= 10;
    const std::uint64_t rounded = value / step + (value % step * 2 >= step && step > 1 ? 1 : 0);
    return rounded > UINT64_MAX / step ? value : rounded * step;
}

/// Length of the character beyond ASCII that `text` starts with, 0 if it starts with none that can
/// be shown as it is.
std::size_t shown_length(std::string_view text) {
    const std::size_t length = utf8_length(text);
    const bool is_control = text.front() == '\xc2' && length == 2 && text[1] < '\xa0'; // to U+009F
    return length == 1 || is_control ? 0 : length;
}

std::string escape_byte(unsigned char byte, char delimiter) {
    switch (byte) {
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    case '\\': return "\\\\";
    default: break;
    }
    if (byte == static_cast<unsigned char>(delimiter)) return fmt::format("\\{}", delimiter);
    if (byte >= 0x20 && byte < 0x7f) return std::string(1, static_cast<char>(byte));
    return fmt::format("\\x{:02x}", byte);
}

std::string quote_with(std::string_view text, char delimiter) {
    std::string quoted(1, delimiter);
    while (!text.empty()) {
        const std::size_t length = shown_length(text);
        if (length > 0)
            quoted += text.substr(0, length);
        else
            quoted += escape_byte(static_cast<unsigned char>(text.front()), delimiter);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return quoted + delimiter;
}

std::string print_decimal(std::uint64_t bits, bool is_signed) {
    return is_signed ? fmt::to_string(static_cast<std::int64_t>(bits)) : fmt::to_string(bits);
}

std::string print_hex(std::uint64_t bits, std::uint8_t size) {
    const std::uint64_t mask = size >= 8 ? UINT64_MAX : (std::uint64_t{1} << (size * 8U)) - 1;
    return fmt::format("{:#x}", bits & mask);
}

std::string print_errno(std::uint64_t bits, bool is_signed) {
    const std::uint64_t positive = 0 - bits;
    const std::string_view name =
        positive <= INT32_MAX ? sema::errno_name(static_cast<std::int64_t>(positive)) : "";
    return name.empty() ? print_decimal(bits, is_signed) : fmt::format("-{}", name);
}

std::string print_enumerator(std::uint64_t bits, const ValueType& type, const Names& names) {
    if (type.enumeration && names.enums != nullptr)
        for (const auto& enumerator : (*names.enums)[*type.enumeration].enumerators)
            if (static_cast<std::uint64_t>(enumerator.value) == bits) return enumerator.name;
    return print_decimal(bits, type.is_signed);
}

std::string print_address(std::uint64_t bits, const ValueType& type, const Names& names) {
    if (names.symbols != nullptr)
        if (const auto named = names.symbols->find(bits); named != names.symbols->end())
            return named->second;
    return print_hex(bits, type.size);
}

std::string print_ipv4(std::uint64_t bits) {
    return fmt::format("{}.{}.{}.{}", bits & 0xff, bits >> 8 & 0xff, bits >> 16 & 0xff,
                       bits >> 24 & 0xff);
}

using Groups = std::array<unsigned, 8>;

/// The longest run of at least two zero groups, the first of equals, as RFC 5952 shortens it.
std::pair<std::size_t, std::size_t> longest_zeros(const Groups& groups) {
    std::pair<std::size_t, std::size_t> best{groups.size(), groups.size()};
    for (std::size_t begin = 0; begin < groups.size(); ++begin) {
        std::size_t end = begin;
        while (end < groups.size() && groups[end] == 0)
            ++end;
        if (end - begin > std::max<std::size_t>(best.second - best.first, 1)) best = {begin, end};
    }
    return best;
}

std::string print_ipv6(std::string_view bytes) {
    Groups groups{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        groups[i / 2] = groups[i / 2] << 8 | static_cast<unsigned char>(bytes[i]);
    const auto [begin, end] = longest_zeros(groups);
    std::string text;
    for (std::size_t i = 0; i < begin; ++i)
        text += fmt::format("{}{:x}", i > 0 ? ":" : "", groups[i]);
    if (begin < end) text += "::";
    for (std::size_t i = end; i < groups.size(); ++i)
        text += fmt::format("{}{:x}", i > end ? ":" : "", groups[i]);
    return text;
}

std::string print_bytes(std::string_view bytes) {
    std::string text;
    for (char byte : bytes)
        text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(byte));
    return text;
}

std::string print_string(std::string_view text, const ValueType& type) {
    if (type.display == Display::symbol) return std::string(text);
    if (type.display == Display::ipv6 && text.size() == 16) return print_ipv6(text);
    return type.kind == sema::TypeKind::bytes ? print_bytes(text) : quote(text);
}

} // namespace

std::string print_duration(std::uint64_t nanoseconds, bool exact) {
    const std::uint64_t shown = exact ? nanoseconds : round_to_three(nanoseconds);
    for (const Unit& unit : units)
        if (shown >= unit.nanoseconds)
            return fmt::format("{} {}", decimal(shown, unit.nanoseconds, 9), unit.name);
    return fmt::format("{} ns", shown);
}

std::string quote(std::string_view text) {
    return quote_with(text, '"');
}

std::string print_integer(std::uint64_t bits, const ValueType& type, const Names& names) {
    switch (type.display) {
    case Display::hex: return print_hex(bits, type.size);
    case Display::symbol: return print_address(bits, type, names);
    case Display::boolean: return bits <= 1 ? (bits == 1 ? "true" : "false") : fmt::to_string(bits);
    case Display::character: {
        const char character = static_cast<char>(bits & 0xff);
        return quote_with({&character, 1}, '\'');
    }
    case Display::enumerator: return print_enumerator(bits, type, names);
    case Display::errno_code: return print_errno(bits, type.is_signed);
    case Display::ipv4: return print_ipv4(bits);
    case Display::port: return fmt::to_string((bits & 0xff) << 8 | (bits >> 8 & 0xff));
    case Display::duration: return print_duration(bits);
    case Display::decimal:
    case Display::ipv6:
    case Display::text: return print_decimal(bits, type.is_signed);
    }
    std::unreachable();
}

std::string print(const Value& value, const ValueType& type, const Names& names) {
    return std::visit(Overloaded{
                          [](Unreadable) -> std::string { return "<unreadable>"; },
                          [&](std::uint64_t bits) { return print_integer(bits, type, names); },
                          [&](std::string_view text) { return print_string(text, type); },
                          [&](const Elements& elements) {
                              std::vector<std::string> texts;
                              for (std::uint64_t bits : elements)
                                  texts.push_back(print_integer(bits, type, names));
                              return fmt::format("[{}]", fmt::join(texts, ", "));
                          },
                      },
                      value);
}

} // namespace kps::hits
