#include "compiler/kernel/kallsyms.hpp"

#include "tests/unit/kernel/synthetic_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <tuple>

namespace kps::kernel {
namespace {

using test::Data;
using test::Encoding;
using test::Layout;
using test::SyntheticKernel;
using test::SyntheticSymbol;

std::vector<std::tuple<std::uint64_t, char, std::string>>
listed(const std::vector<SyntheticSymbol>& symbols) {
    std::vector<std::tuple<std::uint64_t, char, std::string>> list;
    for (const SyntheticSymbol& symbol : symbols)
        list.emplace_back(symbol.address, symbol.type, symbol.name);
    return list;
}

std::vector<std::tuple<std::uint64_t, char, std::string>> listed(const Kallsyms& kallsyms) {
    std::vector<std::tuple<std::uint64_t, char, std::string>> list;
    for (const RawSymbol& symbol : kallsyms.symbols)
        list.emplace_back(symbol.address, symbol.type, kallsyms.name_of(symbol));
    return list;
}

void expect_decoded(const SyntheticKernel& kernel) {
    const Data file = kernel.file();
    const auto image = KernelImage::open(file);
    ASSERT_TRUE(image) << image.error().message;
    const auto kallsyms = decode_kallsyms(*image);
    ASSERT_TRUE(kallsyms) << kallsyms.error().message;
    EXPECT_EQ(listed(*kallsyms), listed(kernel.all_symbols()));
}

SyntheticKernel kernel_of(const Layout& layout) {
    return {.machine = layout.encoding == Encoding::above_base ? test::machine_arm64
                                                               : test::machine_x86_64,
            .layout = layout,
            .data = std::vector<std::uint64_t>(
                8, layout.encoding == Encoding::above_base ? test::arm64_base : test::x86_base)};
}

class KallsymsLayout : public testing::TestWithParam<Layout> {};

TEST_P(KallsymsLayout, DecodesEverySymbol) {
    SyntheticKernel kernel = kernel_of(GetParam());
    kernel.symbols = {{kernel.base() + 0x10, 'T', "vfs_read"},
                      {kernel.base() + 0x10, 't', "alias_of_vfs_read"},
                      {kernel.base() + 0x20, 'W', "__x64_sys_read"},
                      {kernel.base() + 0x30, 't', "ext4_read.isra.0"},
                      {kernel.base() + 0x40, 'T', std::string(120, 'x')},
                      {kernel.base() + 0x50, 'D', "0123456789"}};
    expect_decoded(kernel);
}

TEST_P(KallsymsLayout, DecodesRandomSymbols) {
    const std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.$0123456789";
    std::mt19937 random(3);
    for (int round = 0; round < 10; ++round) {
        SyntheticKernel kernel = kernel_of(GetParam());
        const std::size_t longest = kernel.layout.long_lengths ? 500 : 120;
        for (auto count = random() % 2000; count > 0; --count) {
            std::string name(1 + random() % (random() % 16 == 0 ? longest : 30), '_');
            for (char& letter : name)
                letter = letters[random() % letters.size()];
            kernel.symbols.push_back({kernel.base() + random() % SyntheticKernel::data_offset,
                                      "tTdDrRbBwWA"[random() % 11], std::move(name)});
        }
        expect_decoded(kernel);
    }
}

TEST_P(KallsymsLayout, IsNotMisledByOtherDigits) {
    SyntheticKernel kernel = kernel_of(GetParam());
    for (char character = '0'; character < 'z'; ++character) // an UTF-16 table
        kernel.rodata += {character, '\0'};
    expect_decoded(kernel);
}

TEST_P(KallsymsLayout, SurvivesDamage) {
    const SyntheticKernel kernel = kernel_of(GetParam());
    const Data file = kernel.file();
    std::mt19937 random(4);
    for (int round = 0; round < 200; ++round) {
        Data damaged = file;
        for (int flips = 0; flips < 20; ++flips) {
            const auto range = damaged.size() - SyntheticKernel::rodata_offset;
            damaged[SyntheticKernel::rodata_offset +
                    random() % std::min<std::size_t>(range, 20000)] =
                static_cast<std::byte>(random());
        }
        const auto image = KernelImage::open(damaged);
        if (!image) continue;
        const auto kallsyms = decode_kallsyms(*image);
        if (!kallsyms) continue;
        for (const RawSymbol& symbol : kallsyms->symbols)
            EXPECT_EQ(kallsyms->name_of(symbol).size(), symbol.name_size);
    }
}

TEST_P(KallsymsLayout, FailsOnWhatIsCutOff) {
    const Data file = kernel_of(GetParam()).file();
    const auto whole = listed(kernel_of(GetParam()).all_symbols());
    const std::size_t begin = SyntheticKernel::rodata_offset;
    for (std::size_t size = begin; size < std::min(file.size(), begin + 16000); size += 97) {
        Data cut = file;
        std::fill(cut.begin() + static_cast<std::ptrdiff_t>(size), cut.end(), std::byte{0});
        const auto image = KernelImage::open(cut);
        if (!image) continue;
        const auto kallsyms = decode_kallsyms(*image);
        EXPECT_TRUE(!kallsyms || listed(*kallsyms) == whole) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(All, KallsymsLayout, testing::ValuesIn(test::layouts),
                         [](const auto& tested) {
                             std::string name(tested.param.name);
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

TEST(Kallsyms, ReadsLengthsOfTwoBytes) {
    SyntheticKernel kernel;
    for (const std::size_t tokens : {126U, 127U, 128U, 129U, 255U, 256U, 511U})
        kernel.symbols.push_back({kernel.base() + tokens, 't', std::string(tokens - 1, 'x')});
    expect_decoded(kernel);
}

TEST(Kallsyms, KeepsAbsoluteSymbols) {
    SyntheticKernel kernel;
    kernel.symbols = {{0, 'A', "fixed_percpu_data"}, {0x1f000, 'A', "cpu_number"}};
    expect_decoded(kernel);
}

TEST(Kallsyms, FailsWithoutTables) {
    const Data file = test::elf_file(
        test::machine_x86_64,
        std::vector<test::SyntheticSection>{{".text", test::x86_base, Data(100'000)}});
    const auto image = KernelImage::open(file);
    ASSERT_TRUE(image);
    const auto kallsyms = decode_kallsyms(*image);
    ASSERT_FALSE(kallsyms);
    EXPECT_THAT(kallsyms.error().message, testing::HasSubstr("no kallsyms tables"));
}

} // namespace
} // namespace kps::kernel
