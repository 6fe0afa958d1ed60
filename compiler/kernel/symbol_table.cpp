#include "compiler/kernel/symbol_list.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>
#include <bit>
#include <fnmatch.h>

namespace kps::kernel {

namespace {

void take(std::vector<Symbol>& symbols, const SymbolList& list, SymbolList::Range range) {
    for (std::size_t i = range.begin; i < range.end; ++i)
        symbols.push_back(list.symbol(list[i]));
}

bool is_function_name(std::string_view name) {
    return name.find('.') == name.npos && !name.starts_with("__pfx_") &&
           !name.starts_with("__cfi_");
}

bool is_text(const SymbolEntry& entry) {
    return (entry.type | 0x20) == 't' || (entry.type | 0x20) == 'w';
}

/// Which characters occur: names whose sets differ by more than two per edit cannot be near.
std::uint64_t letters(std::string_view name) {
    std::uint64_t set = 0;
    for (const char c : name)
        set |= std::uint64_t{1} << (static_cast<unsigned char>(c) & 63);
    return set;
}

void collect_near(std::vector<std::string_view>& candidates, const SymbolList& list,
                  std::string_view name) {
    const std::size_t limit = spelling_limit(name);
    const std::uint64_t wanted = letters(name);
    for (std::size_t i = 0; i < list.all().end; ++i) {
        const SymbolEntry entry = list[i];
        if (!is_text(entry) || entry.name_size + limit < name.size() ||
            name.size() + limit < entry.name_size)
            continue;
        const std::string_view candidate = list.name(entry);
        const auto differing = static_cast<std::size_t>(std::popcount(letters(candidate) ^ wanted));
        if (differing <= 2 * limit && is_function_name(candidate)) candidates.push_back(candidate);
    }
}

void take(std::vector<Symbol>& symbols, std::span<const Symbol> more) {
    symbols.insert(symbols.end(), more.begin(), more.end());
}

void take_in_order(std::vector<Symbol>& symbols, const SymbolList& list,
                   const PaddingSymbols& padding) {
    const auto first = static_cast<std::ptrdiff_t>(symbols.size());
    take(symbols, list, list.all());
    take(symbols, padding.all());
    std::stable_sort(symbols.begin() + first, symbols.end(), [](const Symbol& a, const Symbol& b) {
        return std::pair(a.module, a.address) < std::pair(b.module, b.address);
    });
}

bool may_be_padding(std::string_view name) {
    return name.starts_with("__pfx_");
}

} // namespace

SymbolTable::SymbolTable(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SymbolTable::SymbolTable(SymbolTable&&) noexcept = default;
SymbolTable& SymbolTable::operator=(SymbolTable&&) noexcept = default;
SymbolTable::~SymbolTable() = default;

std::size_t SymbolTable::size() const {
    return parts_->kernel.size() + parts_->module_symbols;
}

std::vector<Symbol> SymbolTable::find(std::string_view name) const {
    std::vector<Symbol> found;
    const auto take_named = [&](std::span<const Symbol> begin_so) {
        for (const Symbol& symbol : begin_so)
            if (symbol.name == name) found.push_back(symbol);
    };
    const bool in_modules = parts_->filter.may_hold(name);
    take(found, parts_->kernel, parts_->kernel.named(name));
    if (may_be_padding(name)) take_named(parts_->kernel_padding().beginning_with(name));
    if (in_modules) take(found, parts_->modules(), parts_->modules().named(name));
    if (in_modules && may_be_padding(name))
        take_named(parts_->module_padding().beginning_with(name));
    return found;
}

std::vector<Symbol> SymbolTable::suffixed(std::string_view base) const {
    const std::string prefix = std::string(base) + '.';
    std::vector<Symbol> found;
    const bool in_modules = parts_->filter.may_hold(base);
    take(found, parts_->kernel, parts_->kernel.beginning_with(prefix));
    if (may_be_padding(base)) take(found, parts_->kernel_padding().beginning_with(prefix));
    if (in_modules) take(found, parts_->modules(), parts_->modules().beginning_with(prefix));
    if (in_modules && may_be_padding(base))
        take(found, parts_->module_padding().beginning_with(prefix));
    return found;
}

std::vector<std::string> SymbolTable::nearest_functions(std::string_view name) const {
    std::vector<std::string_view> candidates;
    collect_near(candidates, parts_->kernel, name);
    collect_near(candidates, parts_->modules(), name);
    return nearest_names(name, candidates);
}

std::vector<Symbol> SymbolTable::functions_like(const std::string& pattern,
                                                ModuleIndex module) const {
    const SymbolList& list = module == 0 ? parts_->kernel : parts_->modules();
    const std::string fixed = pattern.substr(0, pattern.find_first_of("*?[\\"));
    std::vector<Symbol> found;
    const SymbolList::Range range = list.beginning_with(fixed);
    for (std::size_t i = range.begin; i < range.end; ++i) {
        const SymbolEntry entry = list[i];
        if (entry.module != module || !is_text(entry)) continue;
        const std::string name(list.name(entry));
        if (is_function_name(name) && ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0)
            found.push_back(list.symbol(entry));
    }
    return found;
}

std::vector<Symbol> SymbolTable::text() const {
    std::vector<Symbol> symbols;
    const auto take_text = [&](const SymbolList& list) {
        for (std::size_t i = 0; i < list.all().end; ++i) {
            const SymbolEntry entry = list[i];
            if (!is_text(entry) || entry.probe == ProbeStatus::not_text) continue;
            const Symbol symbol = list.symbol(entry);
            if (!symbol.name.starts_with("__pfx_") && !symbol.name.starts_with("__cfi_"))
                symbols.push_back(symbol);
        }
    };
    symbols.reserve(parts_->kernel.all().end + parts_->modules().all().end);
    take_text(parts_->kernel);
    const auto of_modules = static_cast<std::ptrdiff_t>(symbols.size());
    take_text(parts_->modules());
    std::ranges::inplace_merge(symbols, symbols.begin() + of_modules, {}, &Symbol::name);
    return symbols;
}

std::vector<Symbol> SymbolTable::all() const {
    std::vector<Symbol> symbols;
    symbols.reserve(parts_->kernel.size() + parts_->modules().size());
    take_in_order(symbols, parts_->kernel, parts_->kernel_padding());
    take_in_order(symbols, parts_->modules(), parts_->module_padding());
    return symbols;
}

} // namespace kps::kernel
