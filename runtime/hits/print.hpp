#pragma once

#include "runtime/hits/hit.hpp"

#include <string>
#include <string_view>

/// Values as reports show them, in the notation of the language where it has one.
namespace kps::hits {

/// What values are called; without one of the two they are shown as numbers.
struct Names {
    const Table<sema::EnumType>* enums = nullptr;
    const SymbolNames* symbols = nullptr;
};

/// Three significant digits in the largest unit that fits: `870 ns`, `12.3 us`, `6.2 ms`, `90 s`.
/// With `exact` as many digits as it takes.
std::string print_duration(std::uint64_t nanoseconds, bool exact = false);

/// In double quotes; control characters and what is not UTF-8 as escapes.
std::string quote(std::string_view text);

/// One integer. `type.kind` is not looked at; sizes and signs are those of its elements. Addresses
/// (`Display::ipv4`, `port`) are in network order as a little-endian kernel loads them.
std::string print_integer(std::uint64_t bits, const sema::ValueType& type, const Names& names);

/// `<unreadable>` for a read that faulted. A string with `Display::symbol` is a symbol's name that
/// was looked up already, and printed bare.
std::string print(const Value& value, const sema::ValueType& type, const Names& names);

} // namespace kps::hits
