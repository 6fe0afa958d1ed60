#include "compiler/kernel/symbol_list.hpp"

#include "compiler/kernel/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <ranges>
#include <utility>

namespace kps::kernel {

namespace {

using Entry = SymbolEntry;

constexpr std::string_view padding_prefix = "__pfx_";
constexpr std::size_t longest_stored_name = UINT16_MAX; // KSYM_NAME_LEN is 512

/// The first 8 bytes of a name as a number that orders as they do.
std::uint64_t sort_key(std::string_view name) {
    std::array<char, 8> head{};
    std::ranges::copy(name.substr(0, head.size()), head.begin());
    return std::byteswap(std::bit_cast<std::uint64_t>(head));
}

/// What a symbol's padding is to probes; where that is otherwise, it is kept as an entry.
ProbeStatus padding_probe(ProbeStatus of_function) {
    return of_function == ProbeStatus::probeable ? ProbeStatus::notrace : of_function;
}

bool is_padding_of(const Entry& padding, const Entry& function) {
    return padding.module == function.module && padding.type == function.type && padding.size > 0 &&
           padding.size <= UINT8_MAX && padding.address + padding.size == function.address &&
           padding.probe == padding_probe(function.probe) && function.padding == 0;
}

/// Indexes of entries, in the order of their names.
using NameOrder = std::vector<std::uint32_t>;

NameOrder order_by_name(const SymbolRecords& list) {
    struct Key {
        std::uint64_t head;
        std::uint32_t index;
    };
    std::vector<Key> keys(list.entries.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i)
        keys[i] = {sort_key(list.name(list.entries[i])), i};
    std::ranges::sort(keys, [&list](const Key& a, const Key& b) {
        if (a.head != b.head) return a.head < b.head;
        const Entry &left = list.entries[a.index], &right = list.entries[b.index];
        if (const int order = list.name(left).compare(list.name(right)); order != 0)
            return order < 0;
        return std::pair(left.module, left.address) < std::pair(right.module, right.address);
    });
    NameOrder order(keys.size());
    std::ranges::transform(keys, order.begin(), &Key::index);
    return order;
}

/// Makes fields of `__pfx_` entries, whose order is that of the names they belong to, and takes
/// them out of `order`.
void fold_padding(SymbolRecords& list, NameOrder& order) {
    const auto name = [&list](std::uint32_t index) { return list.name(list.entries[index]); };
    const auto padded = std::ranges::equal_range(order, padding_prefix, {}, [&](std::uint32_t i) {
        return name(i).substr(0, padding_prefix.size());
    });
    const NameOrder paddings(padded.begin(), padded.end());
    const auto place = order.erase(padded.begin(), padded.end()) - order.begin();
    auto function = order.begin();
    NameOrder unmatched;
    for (const std::uint32_t index : paddings) {
        const std::string_view wanted = name(index).substr(padding_prefix.size());
        while (function != order.end() && name(*function) < wanted)
            ++function;
        auto same = function;
        while (same != order.end() && name(*same) == wanted &&
               !is_padding_of(list.entries[index], list.entries[*same]))
            ++same;
        if (same != order.end() && name(*same) == wanted)
            list.entries[*same].padding = static_cast<std::uint8_t>(list.entries[index].size);
        else
            unmatched.push_back(index);
    }
    order.insert(order.begin() + place, unmatched.begin(), unmatched.end());
}

/// Sorts by name and lays the names out anew in that order.
void sort(SymbolRecords& list) {
    NameOrder order = order_by_name(list);
    fold_padding(list, order);
    SymbolRecords sorted;
    sorted.names.reserve(list.names.size());
    sorted.entries.reserve(order.size());
    for (const std::uint32_t index : order) {
        sorted.entries.push_back(list.entries[index]);
        sorted.entries.back().name_offset = static_cast<std::uint32_t>(sorted.names.size());
        sorted.names += list.name(list.entries[index]);
    }
    list = std::move(sorted);
}

/// For entries of one module, which are given in any order.
void reach_to_next(std::span<Entry> entries) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order(entries.size());
    for (std::uint32_t i = 0; i < order.size(); ++i)
        order[i] = {entries[i].address, i};
    if (!std::ranges::is_sorted(order)) std::ranges::sort(order);
    std::uint64_t next = UINT64_MAX, here = UINT64_MAX; // addresses above, and of this one
    for (std::size_t i = order.size(); i-- > 0;) {
        if (order[i].first != here) next = std::exchange(here, order[i].first);
        const std::uint64_t size = next - here;
        const bool plausible = next != UINT64_MAX && size <= UINT32_MAX;
        entries[order[i].second].size = plausible ? static_cast<std::uint32_t>(size) : 0;
    }
}

void append(SymbolRecords& list, std::span<const RawSymbol> symbols, std::string_view names,
            std::span<const std::uint32_t> sizes, ModuleIndex module) {
    const std::size_t first = list.entries.size();
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        const RawSymbol& raw = symbols[i];
        const std::string_view name = names.substr(
            raw.name_offset, std::min<std::size_t>(raw.name_size, longest_stored_name));
        list.entries.push_back({raw.address, sizes.empty() ? 0 : sizes[i],
                                static_cast<std::uint32_t>(list.names.size()),
                                static_cast<std::uint16_t>(name.size()),
                                static_cast<std::uint16_t>(module), raw.type, raw.probe});
        list.names += name;
    }
    if (sizes.empty()) reach_to_next(std::span(list.entries).subspan(first));
}

std::string_view stem(std::string_view name) {
    if (name.starts_with(padding_prefix)) name.remove_prefix(padding_prefix.size());
    return name.substr(0, name.find('.', 1));
}

/// Where a name's bits are, for a filter of `size` bytes.
std::array<std::size_t, 4> places(std::string_view name, std::size_t size) {
    // FNV-1a: the filter is stored, so the hash must not differ between builds.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : stem(name))
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x00000100000001b3;
    hash ^= hash >> 32;
    const std::uint64_t step = std::rotl(hash * 0x9e3779b97f4a7c15, 29) | 1;
    std::array<std::size_t, 4> places{};
    for (std::size_t i = 0; i < places.size(); ++i)
        places[i] = (hash + i * step) & (size * 8 - 1);
    return places;
}

} // namespace

SymbolList::SymbolList(SymbolRecords records)
    : SymbolList(keep(std::move(records.entries)), keep(std::move(records.names)), SIZE_MAX) {}

SymbolList::SymbolList(KeptBytes entries, KeptBytes names, std::size_t modules)
    : entries_(std::move(entries)), names_(std::move(names)), modules_(modules) {}

Entry SymbolList::operator[](std::size_t index) const {
    Entry entry;
    std::memcpy(&entry, entries_.bytes.subspan(index * sizeof entry).data(), sizeof entry);
    if (entry.module >= modules_) entry.module = 0;
    if (entry.probe > ProbeStatus::unknown) entry.probe = ProbeStatus::unknown;
    return entry;
}

std::string_view SymbolList::name(const Entry& entry) const {
    return as_text(slice(names_.bytes, entry.name_offset, entry.name_size));
}

Symbol SymbolList::symbol(const Entry& entry) const {
    return {entry.address, entry.size, name(entry), entry.type, entry.probe, entry.module};
}

SymbolList::Range SymbolList::named(std::string_view wanted) const {
    Range found = beginning_with(wanted); // a name precedes all longer ones that begin so
    std::size_t end = found.begin;
    while (end < found.end && (*this)[end].name_size == wanted.size())
        ++end;
    found.end = end;
    return found;
}

SymbolList::Range SymbolList::beginning_with(std::string_view prefix) const {
    const auto indexes = std::views::iota(std::size_t{0}, all().end);
    const auto head = [&](std::size_t i) { return name((*this)[i]).substr(0, prefix.size()); };
    const auto begin = std::ranges::lower_bound(indexes, prefix, {}, head);
    const auto end = std::ranges::upper_bound(begin, indexes.end(), prefix, {}, head);
    const auto place = [&](auto at) { return at == indexes.end() ? indexes.size() : *at; };
    return {place(begin), place(end)};
}

std::size_t SymbolList::size() const {
    std::size_t symbols = 0;
    for (std::size_t i = 0; i < all().end; ++i)
        symbols += (*this)[i].padding != 0 ? 2U : 1U;
    return symbols;
}

PaddingSymbols::PaddingSymbols(const SymbolList& list) {
    names_.reserve(list.names_size() + list.all().end * padding_prefix.size());
    for (std::size_t i = 0; i < list.all().end; ++i) {
        const Entry entry = list[i];
        if (entry.padding == 0) continue;
        const std::string_view name = list.name(entry);
        // Only names that lie over each other, which are damaged, are longer than all of them.
        if (names_.capacity() - names_.size() < padding_prefix.size() + name.size()) return;
        const char* begin = names_.data() + names_.size(); // stays there, by the reserve
        names_.insert(names_.end(), padding_prefix.begin(), padding_prefix.end());
        names_.insert(names_.end(), name.begin(), name.end());
        symbols_.push_back({entry.address - entry.padding,
                            entry.padding,
                            {begin, padding_prefix.size() + name.size()},
                            entry.type,
                            padding_probe(entry.probe),
                            entry.module});
    }
}

std::span<const Symbol> PaddingSymbols::beginning_with(std::string_view prefix) const {
    const auto found = std::ranges::equal_range(symbols_, prefix, {}, [&](const Symbol& symbol) {
        return symbol.name.substr(0, prefix.size());
    });
    return {found.begin(), found.end()};
}

SymbolRecords list_symbols(const ImageFacts& image) {
    SymbolRecords list;
    list.names.reserve(image.names.size());
    list.entries.reserve(image.symbols.size());
    append(list, image.symbols, image.names, {}, 0);
    sort(list);
    return list;
}

SymbolRecords list_symbols(std::span<const ModuleFacts> modules) {
    SymbolRecords list;
    for (ModuleIndex i = 0; i < modules.size(); ++i)
        append(list, modules[i].symbols, modules[i].names, modules[i].sizes, i + 1);
    sort(list);
    return list;
}

NameFilter::NameFilter(KeptBytes bits) : bits_(std::move(bits)) {
    if (!std::has_single_bit(bits_.bytes.size())) bits_ = {};
}

NameFilter NameFilter::of(const SymbolRecords& list) {
    if (list.entries.empty()) return {};
    // 8 to 16 bits a name and 4 of them set: one name in 40 to 400 is taken for one by mistake.
    std::vector<std::byte> bits(std::bit_ceil(list.entries.size()));
    for (const Entry& entry : list.entries)
        for (const std::size_t place : places(list.name(entry), bits.size()))
            bits[place / 8] |= std::byte{1} << (place % 8);
    return NameFilter(keep(std::move(bits)));
}

bool NameFilter::may_hold(std::string_view name) const {
    const std::span<const std::byte> bits = bits_.bytes;
    return !bits.empty() && std::ranges::all_of(places(name, bits.size()), [&](std::size_t place) {
        return (bits[place / 8] >> (place % 8) & std::byte{1}) != std::byte{0};
    });
}

const SymbolList& SymbolTable::Parts::modules() const {
    std::call_once(loaded_, [this] {
        if (load_modules) modules_ = load_modules();
    });
    return modules_;
}

const PaddingSymbols& SymbolTable::Parts::kernel_padding() const {
    std::call_once(kernel_padded_, [this] { kernel_padding_ = PaddingSymbols(kernel); });
    return kernel_padding_;
}

const PaddingSymbols& SymbolTable::Parts::module_padding() const {
    std::call_once(modules_padded_, [this] { module_padding_ = PaddingSymbols(modules()); });
    return module_padding_;
}

} // namespace kps::kernel
