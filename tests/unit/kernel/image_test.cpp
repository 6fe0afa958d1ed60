#include "compiler/kernel/image.hpp"

#include "compiler/kernel/bytes.hpp"
#include "tests/unit/kernel/synthetic_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using test::arm64_base;
using test::Data;
using test::x86_base;
using testing::HasSubstr;

Data x86_elf() {
    return test::elf_file(test::machine_x86_64,
                          std::vector<test::SyntheticSection>{
                              {".text", x86_base, test::bytes_of("text of the kernel")},
                              {".data", x86_base + 0x1000, test::bytes_of("data")},
                              {".bss", 0, test::bytes_of("nothing")},
                              {".comment", 0, test::bytes_of("not loaded")}});
}

/// With a table of pointers, as every kernel has, from which its address is told.
Data arm64_flat() {
    test::Writer pointers;
    for (std::uint64_t i = 0; i < 8; ++i)
        pointers.number(arm64_base + 0x100 + i);
    return test::arm64_image(
        std::vector<test::SyntheticSection>{{"", arm64_base, Data(64)},
                                            {"", arm64_base + 0x100, test::bytes_of("text")},
                                            {"", arm64_base + 0x200, pointers.done()}},
        arm64_base);
}

std::string text_at(const KernelImage& image, std::uint64_t address, std::uint64_t size) {
    return std::string(as_text(image.at(address, size)));
}

TEST(Image, ReadsMemoryOfAnElfFile) {
    const Data file = x86_elf();
    const auto image = KernelImage::open(file);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_TRUE(image->is_elf());
    EXPECT_EQ(image->architecture(), Architecture::x86_64);
    EXPECT_EQ(text_at(*image, x86_base, 4), "text");
    EXPECT_EQ(text_at(*image, x86_base + 12, 6), "kernel");
    EXPECT_EQ(text_at(*image, x86_base + 12, 7), "") << "goes beyond the segment";
    EXPECT_EQ(text_at(*image, x86_base - 1, 2), "");
    EXPECT_EQ(text_at(*image, x86_base + 0x1000, 4), "data");
    EXPECT_EQ(as_text(image->from(x86_base + 5)), "of the kernel");
    EXPECT_TRUE(image->starts_at(x86_base));
    EXPECT_FALSE(image->starts_at(x86_base + 1));
    EXPECT_EQ(as_text(image->section(".comment")), "not loaded");
    EXPECT_TRUE(image->section(".BTF").empty());
    EXPECT_TRUE(image->section(".bss").empty());
    const auto offset = as_text(image->bytes()).find("of the kernel");
    EXPECT_EQ(image->address_of(offset), x86_base + 5);
    EXPECT_EQ(image->address_of(0), 0U) << "the ELF header is not loaded";
    EXPECT_EQ(image->address_of(as_text(image->bytes()).find("not loaded")), 0U);
}

TEST(Image, UnwrapsEveryContainer) {
    const Data elf = x86_elf();
    const Data flat = arm64_flat();
    for (const test::Packing packing : test::all_packings) {
        const std::array files{test::pack(elf, packing), test::bzimage(test::pack(elf, packing)),
                               test::pack(flat, packing), test::zboot(test::pack(flat, packing)),
                               test::pack(test::zboot(test::pack(flat, packing)), packing)};
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto image = KernelImage::open(files[i]);
            ASSERT_TRUE(image) << i << ": " << image.error().message;
            EXPECT_TRUE(std::ranges::equal(image->bytes(), i < 2 ? elf : flat)) << i;
        }
    }
    const Data unpacked_payload = test::bzimage(elf);
    EXPECT_TRUE(KernelImage::open(unpacked_payload));
}

TEST(Image, TellsWhereAnArm64ImageIsLinkedTo) {
    const Data file = arm64_flat();
    const auto image = KernelImage::open(file);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_FALSE(image->is_elf());
    EXPECT_EQ(image->architecture(), Architecture::arm64);
    EXPECT_TRUE(image->starts_at(arm64_base));
    EXPECT_EQ(text_at(*image, arm64_base + 0x100, 4), "text");
    EXPECT_EQ(image->address_of(0x100), arm64_base + 0x100);
}

test::Writer relocations(std::uint64_t target, std::uint64_t value, std::uint64_t count) {
    test::Writer table;
    for (std::uint64_t i = 0; i < count; ++i) {
        table.number(target + 8 * i);
        table.number(std::uint64_t{1027});
        table.number(value + i);
    }
    return table;
}

TEST(Image, RelocatesArm64) {
    constexpr std::uint64_t count = 40;
    const std::vector<test::SyntheticSection> sections{
        {".text", arm64_base, Data(64)},
        {".data", arm64_base + 0x100, Data(8 * count)},
        {".rela.dyn", arm64_base + 0x400,
         relocations(arm64_base + 0x100, arm64_base + 0x77, count).done()}};
    for (const Data& file :
         {test::arm64_image(sections, arm64_base), test::elf_file(test::machine_arm64, sections)}) {
        const auto image = KernelImage::open(file);
        ASSERT_TRUE(image) << image.error().message;
        for (std::uint64_t i = 0; i < count; ++i)
            EXPECT_EQ(read_le<std::uint64_t>(image->at(arm64_base + 0x100 + 8 * i, 8), 0),
                      arm64_base + 0x77 + i);
    }
}

TEST(Image, SkipsRelocationsOutsideOfTheImage) {
    const std::vector<test::SyntheticSection> sections{
        {".text", arm64_base, Data(64)},
        {".rela.dyn", arm64_base + 0x400, relocations(0x1000, arm64_base, 40).done()}};
    const Data file = test::elf_file(test::machine_arm64, sections);
    EXPECT_TRUE(KernelImage::open(file));
}

TEST(Image, RelocatesWithinTheTableItself) {
    constexpr std::uint64_t table = arm64_base + 0x100;
    const std::vector<test::SyntheticSection> sections{
        {".text", arm64_base, Data(64)},
        {".rela.dyn", table, relocations(table + 20, 0x1111, 16).done()}};
    const Data file = test::arm64_image(sections, arm64_base);
    const auto image = KernelImage::open(file);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_EQ(read_le<std::uint64_t>(image->at(table + 20, 8), 0), 0x1111U);
}

TEST(Image, RefusesWhatIsNoKernel) {
    Data old_protocol = test::bzimage(x86_elf());
    old_protocol[0x206] = std::byte{0x07};
    Data elf_of_32_bits = x86_elf();
    elf_of_32_bits[4] = std::byte{1};
    const struct {
        Data file;
        std::string_view message;
    } cases[] = {
        {{}, "not a kernel image"},
        {test::bytes_of("text"), "not a kernel image"},
        {test::pack(test::bytes_of("text"), test::Packing::gzip), "not a kernel image"},
        {test::bzimage(test::bytes_of("\x89LZO")), "cannot unpack"},
        {old_protocol, "boot protocol before 2.08"},
        {elf_of_32_bits, "not a 64-bit little-endian"},
        {test::elf_file(243, {}), "for machine 243"},
    };
    for (const auto& [file, message] : cases) {
        const auto image = KernelImage::open(file);
        ASSERT_FALSE(image) << message;
        EXPECT_THAT(image.error().message, HasSubstr(message));
    }
    const Data whole = test::bzimage(x86_elf());
    const auto cut = KernelImage::open(std::span(whole).first(whole.size() - 100));
    ASSERT_FALSE(cut);
    EXPECT_THAT(cut.error().message, HasSubstr("cut short"));
}

TEST(Image, SurvivesTruncation) {
    for (const Data& file : {x86_elf(), test::bzimage(x86_elf()), arm64_flat(),
                             test::zboot(test::pack(arm64_flat(), test::Packing::gzip))})
        for (std::size_t size = 0; size < file.size(); ++size) {
            const Data part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
            const auto image = KernelImage::open(part);
            EXPECT_TRUE(!image || image->at(x86_base, 18).size() <= 18);
        }
}

} // namespace
} // namespace kps::kernel
