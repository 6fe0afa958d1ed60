#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace kps::kernel {

struct ElfSection {
    std::string_view name;
    std::uint64_t address = 0;
    std::uint64_t offset = 0; ///< in the file
    std::uint64_t size = 0;   ///< in the file: 0 for .bss and the like
};

/// A part of memory that is backed by the file.
struct ElfSegment {
    std::uint64_t address = 0;
    std::uint64_t offset = 0; ///< in the file
    std::uint64_t size = 0;   ///< in the file
};

inline constexpr std::uint16_t elf_machine_x86_64 = 62;
inline constexpr std::uint16_t elf_machine_arm64 = 183;

// Sizes of headers and entries of tables, and of the types of sections the one without contents.
inline constexpr std::uint64_t elf_header_size = 64;
inline constexpr std::uint64_t elf_section_header_size = 64;
inline constexpr std::uint64_t elf_symbol_size = 24;
inline constexpr std::uint64_t elf_relocation_size = 24;
inline constexpr std::uint32_t elf_type_nobits = 8;

/// The headers of an ELF file (System V gABI, 64-bit little-endian). Parts that do not lie inside
/// of the file are left out. Names refer to the bytes it was parsed from.
struct ElfFile {
    std::uint16_t machine = 0;
    std::vector<ElfSegment> segments; ///< of type PT_LOAD
    std::vector<ElfSection> sections;

    /// Contents of the first section of that name, empty if there is none. `data` is the file.
    [[nodiscard]] std::span<const std::byte> section(std::string_view name,
                                                     std::span<const std::byte> data) const;
    /// Where in the file the byte at an address lies; none if it is not loaded from there.
    [[nodiscard]] std::optional<std::uint64_t> file_offset(std::uint64_t address) const;
};

struct ElfSymbol {
    std::string_view name; ///< without the `@VERSION` of a symbol table
    std::uint64_t address = 0;
    enum class Kind : std::uint8_t {
        function,
        indirect_function, ///< its resolver runs at load time and picks the function
        imported,          ///< used here, defined elsewhere
        other,
    } kind = Kind::other;
};

bool is_elf(std::span<const std::byte> data);

/// Fails if `data` is not a 64-bit little-endian ELF file.
Result<ElfFile> parse_elf(std::span<const std::byte> data);

/// The named symbols of a program or library. A stripped one has only those that it exports and
/// imports (`.dynsym`), or none.
struct ElfSymbols {
    std::vector<ElfSymbol> symbols;
    bool is_stripped = false; ///< there is no `.symtab`
};
/// `file` is what `data` was parsed to.
ElfSymbols elf_symbols(std::span<const std::byte> data, const ElfFile& file);

} // namespace kps::kernel
