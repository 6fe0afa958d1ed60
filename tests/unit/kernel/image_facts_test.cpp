#include "compiler/kernel/image_facts.hpp"

#include "tests/unit/kernel/synthetic_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace kps::kernel {
namespace {

using test::Data;
using test::SyntheticKernel;

/// A header, no types and the empty string.
Data empty_btf() {
    test::Writer btf;
    btf.number(std::uint16_t{0xeb9f});
    btf.number(std::uint16_t{1});
    for (const std::uint32_t value : {24U, 0U, 0U, 0U, 1U})
        btf.number(value);
    btf.number('\0');
    return btf.done();
}

SyntheticKernel kernel_for(std::uint16_t machine) {
    SyntheticKernel kernel{.machine = machine};
    if (machine == test::machine_arm64) kernel.layout = {.name = "arm64"};
    const Data config = test::pack(test::bytes_of("CONFIG_KPROBES=y\n"), test::Packing::gzip);
    test::Writer rodata;
    rodata.text("Linux version %s (%s)\nLinux version of something else\n");
    rodata.text("Linux version 6.12.1-test (me@here) (gcc) # SMP\n");
    rodata.number('\0');
    rodata.text("\x9f\xeb\x01"); // looks like BTF, but is not
    rodata.number('\0');
    rodata.text(std::string(32, '\xff'));
    rodata.text("tracing mini-HOWTO:\n\n kprobe_events\n");
    rodata.number('\0');
    rodata.text("IKCFG_ST");
    rodata.data(config);
    rodata.text("IKCFG_ED");
    for (const std::byte byte : rodata.done())
        kernel.rodata += static_cast<char>(byte);
    kernel.symbols = {{kernel.base() + 0x100, 'T', "vfs_read"},
                      {kernel.base() + 0x1000, 'T', "_etext"}};
    kernel.data = std::vector<std::uint64_t>(8, kernel.base());
    kernel.btf = empty_btf();
    return kernel;
}

void expect_facts(std::span<const std::byte> file, const SyntheticKernel& kernel) {
    const auto facts = read_image(file);
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->release, "6.12.1-test");
    EXPECT_EQ(facts->architecture,
              kernel.machine == test::machine_arm64 ? Architecture::arm64 : Architecture::x86_64);
    EXPECT_EQ(facts->config, "CONFIG_KPROBES=y\n");
    EXPECT_EQ(facts->readme, "tracing mini-HOWTO:\n\n kprobe_events\n");
    EXPECT_EQ(facts->btf, empty_btf());
    ASSERT_EQ(facts->symbols.size(), kernel.all_symbols().size());
    EXPECT_EQ(facts->name_of(facts->symbols[1]), "vfs_read");
    EXPECT_EQ(facts->symbols[1].address, kernel.base() + 0x100);
}

TEST(ImageFacts, AreReadFromAnyKernel) {
    const SyntheticKernel x86 = kernel_for(test::machine_x86_64);
    expect_facts(x86.file(), x86);
    expect_facts(test::bzimage(test::pack(x86.file(), test::Packing::lz4_legacy)), x86);
    const SyntheticKernel arm64 = kernel_for(test::machine_arm64);
    expect_facts(arm64.file(), arm64);
    expect_facts(test::zboot(test::pack(arm64.file(), test::Packing::gzip)), arm64);
}

TEST(ImageFacts, AreEmptyWhereAKernelHasNone) {
    const SyntheticKernel kernel;
    const auto facts = read_image(kernel.file());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->release, "");
    EXPECT_EQ(facts->config, "");
    EXPECT_EQ(facts->readme, "");
    EXPECT_TRUE(facts->btf.empty());
}

TEST(ImageFacts, FailOnWhatIsNoKernel) {
    EXPECT_FALSE(read_image({}));
    EXPECT_FALSE(read_image(test::bytes_of("text")));
    EXPECT_FALSE(read_image(test::elf_file(test::machine_x86_64, {})));
}

TEST(ImageFacts, SurviveDamage) {
    std::mt19937 random(5);
    for (const std::uint16_t machine : {test::machine_x86_64, test::machine_arm64}) {
        const Data file = kernel_for(machine).file();
        for (int round = 0; round < 60; ++round) {
            Data damaged = file;
            for (int flips = 0; flips < 10; ++flips) {
                damaged[random() % 400] ^= static_cast<std::byte>(1U << random() % 8);
                damaged[SyntheticKernel::rodata_offset + random() % 12000] ^=
                    static_cast<std::byte>(1U << random() % 8);
            }
            const auto facts = read_image(damaged);
            EXPECT_TRUE(!facts || !facts->symbols.empty());
            damaged.resize(random() % damaged.size());
            EXPECT_TRUE(!read_image(damaged) || !damaged.empty());
        }
    }
}

TEST(BootableElf, IsWhatABzimageHolds) {
    const Data elf = kernel_for(test::machine_x86_64).file();
    EXPECT_EQ(bootable_elf(test::bzimage(test::pack(elf, test::Packing::zstd))).value(), elf);
    EXPECT_EQ(bootable_elf(elf).value(), elf);
    const auto flat = bootable_elf(kernel_for(test::machine_arm64).file());
    ASSERT_FALSE(flat);
    EXPECT_THAT(flat.error().message, testing::HasSubstr("flat kernel image"));
}

} // namespace
} // namespace kps::kernel
