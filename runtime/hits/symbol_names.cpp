#include "runtime/hits/symbol_names.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>

namespace kps::hits {

namespace {

constexpr std::uint64_t kernel_half = std::uint64_t{1} << 63;
constexpr std::uint64_t page_bytes = 4096;

struct Symbol {
    std::uint64_t address = 0;
    std::string_view name;
    std::string_view module; // empty: of the kernel itself
};

/// Marks of compilers and assemblers, as `is_mapping_symbol` (include/linux/module_symbol.h) has
/// it.
bool is_mark(std::string_view name) {
    return name.starts_with('$') || name.starts_with(".L") || name.starts_with("L0");
}

/// `ADDRESS TYPE NAME`, of a module with a tab and `[MODULE]`. None of an offset into the memory of
/// a CPU, a hidden address, a mark.
std::optional<Symbol> symbol_in(std::string_view line) {
    Symbol symbol;
    const char* const end = line.data() + line.size();
    const auto number = std::from_chars(line.data(), end, symbol.address, 16);
    line.remove_prefix(static_cast<std::size_t>(number.ptr - line.data()));
    if (line.size() < 4 || symbol.address < kernel_half) return std::nullopt;
    line.remove_prefix(3);
    const std::size_t tab = std::min(line.find('\t'), line.size());
    symbol.name = line.substr(0, tab);
    if (tab + 3 <= line.size()) symbol.module = line.substr(tab + 2, line.size() - tab - 3);
    return is_mark(symbol.name) ? std::nullopt : std::optional(symbol);
}

/// The symbols that lie above one address that is looked up and not above the next.
struct Interval {
    std::optional<Symbol> lowest;
    std::optional<Symbol> highest;

    void add(const Symbol& symbol) {
        if (!lowest || symbol.address < lowest->address) lowest = symbol;
        if (!highest || symbol.address > highest->address) highest = symbol;
    }
};

/// Of the symbols, one before each of `addresses`, which are in order, and one after all.
std::vector<Interval> intervals_between(const std::vector<std::uint64_t>& addresses,
                                        std::string_view kallsyms) {
    std::vector<Interval> intervals(addresses.size() + 1);
    while (!kallsyms.empty()) {
        const std::size_t end = std::min(kallsyms.find('\n'), kallsyms.size());
        if (const auto symbol = symbol_in(kallsyms.substr(0, end))) {
            const auto above = std::ranges::lower_bound(addresses, symbol->address);
            intervals[static_cast<std::size_t>(above - addresses.begin())].add(*symbol);
        }
        kallsyms.remove_prefix(std::min(end + 1, kallsyms.size()));
    }
    return intervals;
}

bool lies_in(std::uint64_t address, const Symbol& symbol, const std::optional<Symbol>& next) {
    if (next && next->module == symbol.module) return true;
    return address / page_bytes == symbol.address / page_bytes;
}

std::string place_in(const Symbol& symbol, std::uint64_t address) {
    std::string text(symbol.name);
    if (address != symbol.address) text += fmt::format("+{:#x}", address - symbol.address);
    if (!symbol.module.empty()) text += fmt::format(" [{}]", symbol.module);
    return text;
}

} // namespace

void add_addresses(const Value& value, const sema::ValueType& type, Addresses& addresses) {
    if (type.display != sema::Display::symbol) return;
    if (const auto* const address = std::get_if<std::uint64_t>(&value)) addresses.insert(*address);
    if (const auto* const elements = std::get_if<Elements>(&value))
        addresses.insert(elements->begin(), elements->end());
}

SymbolNames name_addresses(const Addresses& addresses, std::string_view kallsyms) {
    std::vector<std::uint64_t> sorted(addresses.begin(), addresses.end());
    std::ranges::sort(sorted);
    const std::vector<Interval> intervals = intervals_between(sorted, kallsyms);
    std::vector<std::optional<Symbol>> next(sorted.size()); // above each address
    for (std::size_t i = sorted.size(); i-- > 0;)
        next[i] = intervals[i + 1].lowest || i + 1 == sorted.size() ? intervals[i + 1].lowest
                                                                    : next[i + 1];
    SymbolNames names;
    std::optional<Symbol> below;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (intervals[i].highest) below = intervals[i].highest;
        if (below && lies_in(sorted[i], *below, next[i]))
            names.emplace_hint(names.end(), sorted[i], place_in(*below, sorted[i]));
    }
    return names;
}

} // namespace kps::hits
