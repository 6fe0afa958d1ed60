#include "runtime/hits/symbol_names.hpp"

#include <gmock/gmock.h>

namespace kps::hits {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::uint64_t kernel_text = 0xffff'ffff'8100'0000;
constexpr std::uint64_t module_memory = 0xffff'ffff'c000'0000;

/// As 6.12 has it: by address, then module by module in the order of their own tables.
constexpr std::string_view told_symbols = "0000000000000000 A fixed_percpu_data\n"
                                          "0000000000001000 A cpu_debug_store\n"
                                          "ffffffff81000000 T _stext\n"
                                          "ffffffff81000000 T _text\n"
                                          "ffffffff81000040 t $x\n"
                                          "ffffffff81000100 T vfs_open\n"
                                          "ffffffff81000200 t m_stop\n"
                                          "ffffffff81009000 D init_task\n"
                                          "ffffffff8100a000 B _end\n"
                                          "ffffffffc0001000 t fuse_open\t[fuse]\n"
                                          "ffffffffc0003000 d fuse_ops\t[fuse]\n"
                                          "ffffffffc0000f00 t .LC1\t[fuse]\n"
                                          "ffffffffc0001800 t fuse_last\t[fuse]\n"
                                          "ffffffffc0008800 t dummy_setup\t[dummy]\n"
                                          "ffffffffc0008000 t dummy_init\t[dummy]\n"
                                          "ffffffffc000a010 t bpf_prog_1\t[bpf]\n"
                                          "broken\n"
                                          "\n"
                                          "ffffffffc000b010 t\n"
                                          "ffffffffc000b020 t x";

std::string name_at(std::uint64_t address) {
    const SymbolNames names = name_addresses({address}, told_symbols);
    return names.empty() ? "-" : names.at(address);
}

TEST(SymbolNames, AreOfTheNearestSymbolBelow) {
    struct Row {
        std::uint64_t address;
        std::string name;
    };
    const Row rows[] = {
        {kernel_text, "_stext"}, // the first of two
        {kernel_text + 0x41, "_stext+0x41"},
        {kernel_text + 0x100, "vfs_open"},
        {kernel_text + 0x110, "vfs_open+0x10"},
        {kernel_text + 0x1ff, "vfs_open+0xff"},
        {kernel_text + 0x8fff, "m_stop+0x8dff"}, // the kernel is without gaps
        {kernel_text + 0xa008, "_end+0x8"},
        {kernel_text + 0xb000, "-"}, // beyond its page
        {module_memory, "-"},
        {module_memory + 0xf80, "-"},
        {module_memory + 0x1000, "fuse_open [fuse]"},
        {module_memory + 0x17ff, "fuse_open+0x7ff [fuse]"},
        {module_memory + 0x2fff,
         "fuse_last+0x17ff [fuse]"}, // on its next page, but before its next
        {module_memory + 0x3fff, "fuse_ops+0xfff [fuse]"},
        {module_memory + 0x4000, "-"}, // whoever's
        {module_memory + 0x7fff, "-"},
        {module_memory + 0x8801, "dummy_setup+0x1 [dummy]"},
        {module_memory + 0x9000, "-"},
        {module_memory + 0xa010, "bpf_prog_1 [bpf]"},
        {module_memory + 0xb01f, "-"},
        {module_memory + 0xb021, "x+0x1"},
        {UINT64_MAX, "-"},
        {0, "-"},
        {0x1008, "-"}, // memory of a CPU
        {0x7fff'f7a0'1234, "-"},
        {0xffff'8880'0123'4567, "-"}, // the heap
    };
    Addresses all;
    for (const Row& row : rows) {
        EXPECT_EQ(name_at(row.address), row.name) << std::hex << row.address;
        all.insert(row.address);
    }
    const SymbolNames together = name_addresses(all, told_symbols);
    for (const Row& row : rows) {
        const auto found = together.find(row.address);
        EXPECT_EQ(found == together.end() ? "-" : found->second, row.name)
            << std::hex << row.address;
    }
}

TEST(SymbolNames, AreMissingWhereTheKernelHidesItsAddresses) {
    EXPECT_THAT(
        name_addresses({kernel_text}, "0000000000000000 T _stext\n0000000000000000 T vfs_open\n"),
        IsEmpty());
    EXPECT_THAT(name_addresses({kernel_text}, ""), IsEmpty());
    EXPECT_THAT(name_addresses({}, told_symbols), IsEmpty());
}

TEST(SymbolNames, AreLookedUpOfWhatIsShownByName) {
    const sema::ValueType symbol{.display = sema::Display::symbol};
    const std::uint64_t frames[] = {2, 3, 2};
    Addresses addresses;
    add_addresses(Unreadable{}, symbol, addresses);
    add_addresses(std::string_view("vfs_open"), symbol, addresses);
    add_addresses(std::uint64_t{9}, {.display = sema::Display::hex}, addresses);
    EXPECT_THAT(addresses, IsEmpty());
    add_addresses(std::uint64_t{1}, symbol, addresses);
    add_addresses(Elements(frames), symbol, addresses);
    EXPECT_THAT(addresses, testing::UnorderedElementsAre(1, 2, 3));
}

} // namespace
} // namespace kps::hits
