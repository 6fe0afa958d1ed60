#include "compiler/kernel/elf.hpp"

#include "tests/data/program_builder.hpp"

#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using test::ProgramBuilder;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

ProgramBuilder program() {
    ProgramBuilder builder;
    builder.symbol("main", 0x10).symbol("old@VERS_1", 0x20).symbol("data", 0x30, STT_OBJECT);
    builder.symbol("pick", 0x40, STT_GNU_IFUNC).symbol("malloc", 0, STT_FUNC, SHN_UNDEF);
    return builder;
}

TEST(ElfSymbols, AreThoseOfTheFullerTable) {
    for (const bool stripped : {false, true}) {
        ProgramBuilder builder = program();
        builder.stripped = stripped;
        const std::string file = builder.file();
        const auto elf = parse_elf(bytes_of(file));
        ASSERT_TRUE(elf);
        const ElfSymbols found = elf_symbols(bytes_of(file), *elf);
        EXPECT_EQ(found.is_stripped, stripped);
        ASSERT_EQ(found.symbols.size(), 5U);
        const std::pair<std::string_view, ElfSymbol::Kind> table[] = {
            {"main", ElfSymbol::Kind::function},   {"old", ElfSymbol::Kind::function},
            {"data", ElfSymbol::Kind::other},      {"pick", ElfSymbol::Kind::indirect_function},
            {"malloc", ElfSymbol::Kind::imported},
        };
        for (std::size_t i = 0; i < std::size(table); ++i) {
            EXPECT_EQ(found.symbols[i].name, table[i].first);
            EXPECT_EQ(found.symbols[i].kind, table[i].second) << table[i].first;
        }
        EXPECT_EQ(found.symbols[0].address, ProgramBuilder::address + 0x10);
    }
}

TEST(ElfSymbols, SurviveDamage) {
    const std::string file = program().file();
    for (std::size_t size = 0; size < file.size(); ++size) {
        const std::string part = file.substr(0, size);
        if (const auto elf = parse_elf(bytes_of(part))) elf_symbols(bytes_of(part), *elf);
    }
    for (std::size_t at = 0; at < file.size(); ++at) {
        std::string damaged = file;
        damaged[at] = '\xff';
        if (const auto elf = parse_elf(bytes_of(damaged))) elf_symbols(bytes_of(damaged), *elf);
    }
}

TEST(ElfFile, TellsWhereAnAddressLiesInTheFile) {
    const std::string file = program().file();
    const auto elf = parse_elf(bytes_of(file));
    ASSERT_TRUE(elf);
    const std::pair<std::uint64_t, std::optional<std::uint64_t>> table[] = {
        {ProgramBuilder::address, ProgramBuilder::file_offset},
        {ProgramBuilder::address + 0xff, ProgramBuilder::file_offset + 0xff},
        {ProgramBuilder::address + 0x100, std::nullopt},
        {ProgramBuilder::address - 1, std::nullopt},
        {UINT64_MAX, std::nullopt},
    };
    for (const auto& [address, offset] : table)
        EXPECT_EQ(elf->file_offset(address), offset) << address;
}

} // namespace
} // namespace kps::kernel
