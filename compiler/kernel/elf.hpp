#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <cstdint>
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

/// The headers of an ELF file (System V gABI, 64-bit little-endian). Parts that do not lie inside
/// of the file are left out. Names refer to the bytes it was parsed from.
struct ElfFile {
    std::uint16_t machine = 0;
    std::vector<ElfSegment> segments; ///< of type PT_LOAD
    std::vector<ElfSection> sections;
};

bool is_elf(std::span<const std::byte> data);

/// Fails if `data` is not a 64-bit little-endian ELF file.
Result<ElfFile> parse_elf(std::span<const std::byte> data);

} // namespace kps::kernel
