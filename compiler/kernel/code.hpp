#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kps::kernel {

/// Whether an instruction begins at `offset` of x86-64 code that begins with one. Nothing if what
/// stands before it cannot be decoded. The kernel finds out in the same way (`can_probe`,
/// arch/x86/kernel/kprobes/core.c, v6.12).
std::optional<bool> begins_instruction(std::span<const std::byte> code, std::uint64_t offset);

/// A range of addresses, the end excluded.
struct CodeRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// The code that the kernel replaces while it boots, so that the image does not tell where
/// instructions begin: the entries of the `table` of alternatives, which lies at `address` (`struct
/// alt_instr`, arch/x86/include/asm/alternative.h: 12 bytes to v6.2, 14 since). Empty if the table
/// is of neither form; `text` are the addresses that entries may refer to.
std::vector<CodeRange> replaced_code(std::span<const std::byte> table, std::uint64_t address,
                                     CodeRange text);

} // namespace kps::kernel
