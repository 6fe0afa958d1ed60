#pragma once

#include "compiler/kernel/symbol_list.hpp"

namespace kps::kernel::snapshot {

inline constexpr std::string_view magic{"kpskern\0", 8};
inline constexpr std::uint32_t version = 2;
inline constexpr std::size_t header_size = 32, entry_size = 24;
inline constexpr std::size_t checked_from = 8, checked_to = 24; // of the header

enum class SectionKind : std::uint32_t {
    about = 1,          ///< `About`
    config = 2,         ///< text
    readme = 3,         ///< text
    kernel_names = 4,   ///< `SymbolList::names`
    kernel_symbols = 5, ///< `SymbolList::entries`, by `pack_entries`
    module_names = 6,
    module_symbols = 7,
    name_filter = 8, ///< `NameFilter` of the modules' symbols
    btf = 9,         ///< of the kernel
    module_btf = 10, ///< that of several modules, one after the other; there are several of these
    events = 11,     ///< text, by `print_events`
};

/// 64 bits of `data`; continues from `seed`. Multiplies and rotates four lanes of 8 bytes; finds
/// damage, not malice.
std::uint64_t checksum(std::span<const std::byte> data, std::uint64_t seed);

/// What is known of a module without its symbols and types.
struct ModuleEntry {
    Module module;
    std::uint32_t btf_chunk = 0; ///< number of the `module_btf` section
    std::uint32_t btf_offset = 0, btf_size = 0;
};

struct About {
    std::string release;
    Architecture architecture = Architecture::x86_64;
    std::vector<std::string> remarks;
    std::vector<ModuleEntry> modules; ///< without the kernel itself
    std::uint32_t module_symbols = 0; ///< how many
};

std::vector<std::byte> pack(const About& about);
/// Nothing if the bytes are not what `pack` makes.
std::optional<About> unpack_about(std::span<const std::byte> bytes);

inline constexpr std::size_t block_entries = 8192;

/// A block of up to `block_entries`, one frame of its section: each field byte by byte, all lowest
/// bytes of the addresses, all second ones, ... (which compresses better), then sizes, modules,
/// name sizes, types, probe states, paddings.
std::vector<std::byte> pack_entries(std::span<const SymbolList::Entry> entries);
/// The inverse; appends to the entries of the blocks before it. False if it is not what
/// `pack_entries` makes, or an entry names a module from `modules` on.
bool unpack_entries(std::span<const std::byte> block, std::size_t modules,
                    std::vector<SymbolList::Entry>& to);

} // namespace kps::kernel::snapshot
