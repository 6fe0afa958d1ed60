#pragma once

#include "compiler/kernel/symbol_list.hpp"

namespace kps::kernel::snapshot {

inline constexpr std::string_view magic{"kpskern\0", 8};
inline constexpr std::uint32_t version = 3;
inline constexpr std::size_t header_size = 48, entry_size = 24;

enum class SectionKind : std::uint32_t {
    about = 1,          ///< `About`
    config = 2,         ///< text
    readme = 3,         ///< text
    kernel_names = 4,   ///< `SymbolRecords::names`
    kernel_symbols = 5, ///< `SymbolRecords::entries`, by `pack_entries`
    module_names = 6,
    module_symbols = 7,
    name_filter = 8, ///< `NameFilter` of the modules' symbols
    btf = 9,         ///< of the kernel
    module_btf = 10, ///< that of several modules, one after the other; there are several of these
    events = 11,     ///< text, by `print_events`
    modules = 12,    ///< a `ModuleEntry` for each
    // What is used in place; a snapshot may do without these.
    kernel_records = 13, ///< `SymbolRecords::entries` as they are; there is no `kernel_symbols`
    btf_records = 14,    ///< `Btf::records`
    btf_names = 15,      ///< `Btf::names`
};

/// 64 bits of `data`; continues from `seed`. Multiplies and rotates four lanes of 8 bytes; finds
/// damage, not malice.
std::uint64_t checksum(std::span<const std::byte> data, std::uint64_t seed);
/// That of the header and the table of sections; `head` begins with them.
std::uint64_t head_checksum(std::span<const std::byte> head, std::size_t sections);

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
    std::uint32_t module_symbols = 0; ///< how many
};

std::vector<std::byte> pack(const About& about);
/// Nothing if the bytes are not what `pack` makes.
std::optional<About> unpack_about(std::span<const std::byte> bytes);

/// The modules, without the kernel itself.
std::vector<std::byte> pack(std::span<const ModuleEntry> modules);
std::optional<std::vector<ModuleEntry>> unpack_modules(std::span<const std::byte> bytes);

inline constexpr std::size_t block_entries = 8192;

/// A block of up to `block_entries`, one frame of its section: each field byte by byte, all lowest
/// bytes of the addresses, all second ones, ... (which compresses better), then sizes, modules,
/// name sizes, types, probe states, paddings.
std::vector<std::byte> pack_entries(std::span<const SymbolEntry> entries);
/// The inverse; appends to the entries of the blocks before it. False if it is not what
/// `pack_entries` makes, or an entry names a module from `modules` on.
bool unpack_entries(std::span<const std::byte> block, std::size_t modules,
                    std::vector<SymbolEntry>& to);

} // namespace kps::kernel::snapshot
