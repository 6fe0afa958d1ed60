#pragma once

#include "compiler/kernel/facts.hpp"
#include "compiler/kernel/kept_bytes.hpp"

#include <functional>
#include <mutex>

namespace kps::kernel {

/// One record of a list of symbols, in memory as in snapshots (numbers little-endian).
struct SymbolEntry {
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t name_offset = 0;
    std::uint16_t name_size = 0;
    std::uint16_t module = 0;
    char type = '?';
    ProbeStatus probe = ProbeStatus::unknown;
    std::uint8_t padding = 0; ///< bytes of `__pfx_NAME`; 0: there is none
    std::uint8_t unused = 0;
};
static_assert(std::has_unique_object_representations_v<SymbolEntry> && sizeof(SymbolEntry) == 24);

/// Symbols in the order of their names (as bytes), then modules, then addresses. A third of a
/// recent kernel's are `__pfx_NAME`, the padding before `NAME`: those are not entries but a field
/// of theirs.
struct SymbolRecords {
    std::string names; ///< of the entries, in their order, with nothing between them
    std::vector<SymbolEntry> entries;

    [[nodiscard]] std::string_view name(const SymbolEntry& entry) const {
        return std::string_view(names).substr(entry.name_offset, entry.name_size);
    }
};

/// Looks symbols up in such records where they lie. They are not trusted: what an entry refers to
/// is checked when it is looked at, and entries in another order are merely not found.
class SymbolList {
public:
    using Entry = SymbolEntry;
    /// Of entries, from `begin` to before `end`.
    struct Range {
        std::size_t begin = 0, end = 0;
    };

    SymbolList() = default;
    explicit SymbolList(SymbolRecords records);
    /// An entry that names a module from `modules` on is taken for one of the first.
    SymbolList(KeptBytes entries, KeptBytes names, std::size_t modules);

    [[nodiscard]] Range all() const { return {0, entries_.bytes.size() / sizeof(Entry)}; }
    [[nodiscard]] Entry operator[](std::size_t index) const;
    /// Empty if it does not lie among the names.
    [[nodiscard]] std::string_view name(const Entry& entry) const;
    [[nodiscard]] Symbol symbol(const Entry& entry) const;
    [[nodiscard]] Range named(std::string_view name) const;
    [[nodiscard]] Range beginning_with(std::string_view prefix) const;
    /// How many symbols it stands for.
    [[nodiscard]] std::size_t size() const;
    /// Characters of all names together.
    [[nodiscard]] std::size_t names_size() const { return names_.bytes.size(); }

private:
    KeptBytes entries_, names_;
    std::size_t modules_ = 0;
};

/// The `__pfx_NAME` symbols of a list, in the order of their names.
class PaddingSymbols {
public:
    PaddingSymbols() = default;
    explicit PaddingSymbols(const SymbolList& list);
    [[nodiscard]] std::span<const Symbol> all() const { return symbols_; }
    /// Those whose names begin with `prefix`.
    [[nodiscard]] std::span<const Symbol> beginning_with(std::string_view prefix) const;

private:
    std::vector<char> names_; // not a string: its characters stay when it is moved
    std::vector<Symbol> symbols_;
};

/// Sorts the symbols of the kernel (`modules` empty and `image` given) or of modules into a list.
/// Sizes that the facts leave open reach to the next symbol of the same module.
SymbolRecords list_symbols(const ImageFacts& image);
SymbolRecords list_symbols(std::span<const ModuleFacts> modules);

/// A Bloom filter of names, so that a name of the kernel is looked up without the modules' symbols.
/// It goes by what precedes the first dot, to find `name.suffix` too.
class NameFilter {
public:
    static NameFilter of(const SymbolRecords& list);
    NameFilter() = default;
    explicit NameFilter(KeptBytes bits);

    [[nodiscard]] bool may_hold(std::string_view name) const;
    [[nodiscard]] std::span<const std::byte> bytes() const { return bits_.bytes; }

private:
    KeptBytes bits_; ///< a power of two of them, or none
};

struct SymbolTable::Parts {
    SymbolList kernel;
    NameFilter filter; ///< of `modules()`
    std::function<SymbolList()> load_modules;
    std::size_t module_symbols = 0;

    [[nodiscard]] const SymbolList& modules() const;
    [[nodiscard]] const PaddingSymbols& kernel_padding() const;
    [[nodiscard]] const PaddingSymbols& module_padding() const;

private:
    mutable std::once_flag loaded_, kernel_padded_, modules_padded_;
    mutable SymbolList modules_;
    mutable PaddingSymbols kernel_padding_, module_padding_;
};

} // namespace kps::kernel
