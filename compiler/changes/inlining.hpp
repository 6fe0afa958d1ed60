#pragma once

#include "compiler/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

namespace kps::changes {

/// In how many places the compiler has put each function in line, by its name; functions that are
/// nowhere put in line are not in it.
using Inlining = std::unordered_map<std::string, std::uint32_t>;

/// Reads it from the DWARF of an ELF file (`DW_TAG_inlined_subroutine`, DWARF 5, 3.3.8). Nothing if
/// the file is no ELF file or has no DWARF; fails if what it has cannot be read.
Result<std::optional<Inlining>> read_inlining(const std::filesystem::path& file);

} // namespace kps::changes
