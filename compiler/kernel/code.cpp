#include "compiler/kernel/code.hpp"

#include "compiler/kernel/bytes.hpp"

#include <Zydis/Decoder.h>

namespace kps::kernel {

namespace {

/// The table read as entries of `size` bytes, whose lengths of the original and of the replacement
/// stand at the end.
std::optional<std::vector<CodeRange>> read_entries(std::span<const std::byte> table,
                                                   std::uint64_t address, CodeRange text,
                                                   std::size_t size) {
    if (table.size() % size != 0) return std::nullopt;
    std::vector<CodeRange> ranges;
    for (std::size_t at = 0; at < table.size(); at += size) {
        const auto distance = static_cast<std::int64_t>(load_le<std::int32_t>(table, at));
        const std::uint64_t begin = address + at + static_cast<std::uint64_t>(distance);
        const std::uint64_t length = load_le<std::uint8_t>(table, at + size - 2);
        if (begin < text.begin || begin + length > text.end) return std::nullopt;
        ranges.push_back({begin, begin + length});
    }
    return ranges;
}

} // namespace

std::optional<bool> begins_instruction(std::span<const std::byte> code, std::uint64_t offset) {
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    std::uint64_t at = 0;
    while (at < offset) {
        const std::span<const std::byte> rest = slice(code, at, code.size() - at);
        ZydisDecodedInstruction instruction;
        if (rest.empty() || !ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
                                &decoder, nullptr, rest.data(), rest.size(), &instruction)))
            return std::nullopt;
        at += instruction.length;
    }
    return at == offset;
}

std::vector<CodeRange> replaced_code(std::span<const std::byte> table, std::uint64_t address,
                                     CodeRange text) {
    for (const std::size_t size : {std::size_t{14}, std::size_t{12}})
        if (auto ranges = read_entries(table, address, text, size)) return std::move(*ranges);
    return {};
}

} // namespace kps::kernel
