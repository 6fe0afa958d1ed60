#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

/// The path of an ELF program's interpreter (PT_INTERP; System V gABI, 64-bit little-endian), or
/// nothing if it is static, damaged, or no ELF file.
std::string elf_interpreter(std::span<const std::byte> file);

/// The words after `#!` of a script: its interpreter and at most one argument (execve(2)); none for
/// other files.
std::vector<std::string> script_interpreter(std::span<const std::byte> file);

} // namespace kps::machine
