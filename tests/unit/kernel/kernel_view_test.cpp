#include "compiler/kernel/facts.hpp"

#include "tests/data/btf_builder.hpp"
#include "tests/unit/kernel/view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

KernelFacts small_kernel() {
    KernelFacts facts;
    facts.origin = "test";
    facts.image.release = "6.12.0-test";
    facts.image.config = "CONFIG_KPROBES=y\n# CONFIG_RV is not set\nCONFIG_HZ=250\n"
                         "CONFIG_LOCALVERSION=\"-test\"\nCONFIG_VIRTIO_FS=m\n";
    facts.add("vfs_read", 0x1000);
    facts.add("vfs_write", 0x1040, 't');
    facts.add("vfs_alias", 0x1040, 'T');
    facts.add("__pfx_vfs_reed", 0x1100, 't', ProbeStatus::notrace);
    facts.add("vfs_open.isra.0", 0x1110, 't', ProbeStatus::notrace);
    facts.add("jiffies", 0x9000, 'D', ProbeStatus::not_text);
    facts.add("vfs", 0x9010, 'D', ProbeStatus::not_text);
    facts.modules = {{.name = "virtiofs", .path = "virtiofs.ko", .depends = {"fuse"}},
                     {.name = "fuse", .path = "fuse.ko"}};
    facts.modules[0].add("vfs_read", 0x20, 't', ProbeStatus::probeable);
    facts.modules[0].add("virtio_open.cold", 0x30, 't', ProbeStatus::notrace);
    facts.modules[1].add("fuse_open", 0x10, 't', ProbeStatus::probeable);
    facts.modules[1].sizes = {7};
    return facts;
}

TEST(SymbolTable, FindsByNameTheKernelFirst) {
    const auto kernel = view(small_kernel());
    const auto found = kernel->symbols().find("vfs_read");
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].module, 0U);
    EXPECT_EQ(found[0].address, 0x1000U);
    EXPECT_EQ(found[0].size, 0x40U);
    EXPECT_EQ(found[0].probe, ProbeStatus::probeable);
    EXPECT_EQ(found[1].module, 1U);
    EXPECT_THAT(kernel->symbols().find("fuse_open"), ElementsAre(Field(&Symbol::size, 7U)));
    EXPECT_THAT(kernel->symbols().find("vfs_rea"), IsEmpty());
    EXPECT_THAT(kernel->symbols().find(""), IsEmpty());
    EXPECT_EQ(kernel->symbols().size(), 10U);
}

TEST(SymbolTable, GivesSymbolsOfOneAddressOneSize) {
    const auto kernel = view(small_kernel());
    EXPECT_EQ(kernel->symbols().find("vfs_write").at(0).size, 0xc0U);
    EXPECT_EQ(kernel->symbols().find("vfs_alias").at(0).size, 0xc0U);
    EXPECT_EQ(kernel->symbols().find("vfs").at(0).size, 0U); // nothing after it
}

TEST(SymbolTable, FindsWhatACompilerMadeOfAFunction) {
    const auto kernel = view(small_kernel());
    EXPECT_THAT(kernel->symbols().suffixed("vfs_open"),
                ElementsAre(Field(&Symbol::name, "vfs_open.isra.0")));
    EXPECT_THAT(kernel->symbols().suffixed("virtio_open"),
                ElementsAre(Field(&Symbol::name, "virtio_open.cold")));
    EXPECT_THAT(kernel->symbols().suffixed("vfs"), IsEmpty());
}

TEST(SymbolTable, OffersFunctionsNearAMisspelling) {
    const auto kernel = view(small_kernel());
    EXPECT_THAT(kernel->symbols().nearest_functions("vfs_raed"), ElementsAre("vfs_read"));
    EXPECT_THAT(kernel->symbols().nearest_functions("fuse_opne"), ElementsAre("fuse_open"));
    EXPECT_THAT(kernel->symbols().nearest_functions("jiffie"), IsEmpty());
    EXPECT_THAT(kernel->symbols().nearest_functions("__pfx_vfs_reex"), IsEmpty());
}

TEST(SymbolTable, ListsAllByAddress) {
    const auto kernel = view(small_kernel());
    std::vector<std::string> names;
    for (const Symbol& symbol : kernel->symbols().all())
        names.emplace_back(symbol.name);
    EXPECT_THAT(names, ElementsAre("vfs_read", "vfs_alias", "vfs_write", "__pfx_vfs_reed",
                                   "vfs_open.isra.0", "jiffies", "vfs", "vfs_read",
                                   "virtio_open.cold", "fuse_open"));
}

TEST(SymbolTable, FindsEachOfManyModuleSymbols) {
    KernelFacts facts = small_kernel();
    for (unsigned i = 0; i < 3000; ++i)
        facts.modules[0].add("name_" + std::to_string(i * 7919), i, 't', ProbeStatus::probeable);
    const auto kernel = view(std::move(facts));
    for (unsigned i = 0; i < 3000; ++i)
        ASSERT_THAT(kernel->symbols().find("name_" + std::to_string(i * 7919)), SizeIs(1));
}

// Most `__pfx_NAME` are kept as a field of NAME; these are all but one that could not be.
TEST(SymbolTable, KeepsPaddingSymbols) {
    KernelFacts facts;
    struct Row {
        const char* name;
        std::uint64_t address;
        char type;
        ProbeStatus probe;
    };
    const Row rows[] = {
        {"__pfx_open", 0x1000, 't', ProbeStatus::notrace},
        {"open", 0x1010, 't', ProbeStatus::probeable},
        {"Upper", 0x1020, 'T', ProbeStatus::probeable},
        {"__pfx_twice", 0x1030, 't', ProbeStatus::notrace},
        {"twice", 0x1040, 't', ProbeStatus::notrace},
        {"__pfx_twice", 0x1050, 't', ProbeStatus::notrace},
        {"twice", 0x1060, 't', ProbeStatus::probeable},
        {"__pfx_alone", 0x1070, 't', ProbeStatus::notrace},
        {"__pfx_init", 0x1080, 't', ProbeStatus::init},
        {"init", 0x1090, 't', ProbeStatus::init},
        {"__pfx_odd", 0x10a0, 't', ProbeStatus::blacklisted},
        {"odd", 0x10b0, 't', ProbeStatus::probeable},
        {"__pfx_Upper", 0x10c0, 'T', ProbeStatus::notrace},
        {"end", 0x10d0, 't', ProbeStatus::notrace},
    };
    for (const Row& row : rows)
        facts.add(row.name, row.address, row.type, row.probe);
    facts.modules = {{.name = "other"}};
    facts.modules[0].add("__pfx_run", 0x10, 't', ProbeStatus::notrace);
    facts.modules[0].add("run", 0x20, 't', ProbeStatus::probeable);
    const auto kernel = view(std::move(facts));
    EXPECT_EQ(kernel->symbols().size(), std::size(rows) + 2);
    const auto all = kernel->symbols().all();
    ASSERT_THAT(all, SizeIs(std::size(rows) + 2));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        EXPECT_EQ(all[i].name, rows[i].name);
        EXPECT_EQ(all[i].address, rows[i].address);
        EXPECT_EQ(all[i].type, rows[i].type);
        EXPECT_EQ(all[i].probe, rows[i].probe) << all[i].name;
        EXPECT_EQ(all[i].size, i + 1 < std::size(rows) ? 0x10U : 0U);
    }
    EXPECT_THAT(kernel->symbols().find("__pfx_twice"), SizeIs(2));
    EXPECT_THAT(kernel->symbols().find("__pfx_open"), SizeIs(1));
    EXPECT_THAT(kernel->symbols().find("__pfx_odd"), SizeIs(1));
    EXPECT_THAT(kernel->symbols().find("__pfx_ope"), IsEmpty());
    EXPECT_THAT(kernel->symbols().find("__pfx_run"), ElementsAre(Field(&Symbol::module, 1U)));
}

TEST(KernelView, ReadsTheConfiguration) {
    const auto kernel = view(small_kernel());
    const struct {
        const char* name;
        std::optional<std::string_view> value;
    } rows[] = {
        {"CONFIG_KPROBES", "y"},   {"CONFIG_HZ", "250"},        {"CONFIG_LOCALVERSION", "-test"},
        {"CONFIG_VIRTIO_FS", "m"}, {"CONFIG_RV", std::nullopt}, {"CONFIG_KPROBE", std::nullopt},
        {"KPROBES", std::nullopt}, {"", std::nullopt},
    };
    for (const auto& row : rows)
        EXPECT_EQ(kernel->config(row.name), row.value) << row.name;
    EXPECT_TRUE(kernel->has_config());
    EXPECT_FALSE(view({})->has_config());
}

TEST(KernelView, ParsesTypesOfModulesWhenAsked) {
    kps::test::BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    kps::test::BtfBuilder own(types);
    own.function("fuse_open", integer, {{"inode", integer}});
    KernelFacts facts = small_kernel();
    facts.image.btf = types.bytes();
    facts.modules[0].btf = {std::byte{1}}; // damaged
    facts.modules[1].btf = own.bytes();
    const auto kernel = view(std::move(facts));
    EXPECT_EQ(kernel->module_btf(0), kernel->btf());
    EXPECT_EQ(kernel->module_btf(1), nullptr);
    ASSERT_NE(kernel->module_btf(2), nullptr);
    EXPECT_THAT(kernel->module_btf(2)->functions("fuse_open"), SizeIs(1));
    EXPECT_EQ(kernel->module_btf(2), kernel->module_btf(2));
    EXPECT_EQ(kernel->module_btf(3), nullptr);
    EXPECT_EQ(kernel->modules().at(0).name, "vmlinux");
    EXPECT_THAT(kernel->modules().at(1).depends, ElementsAre("fuse"));
}

TEST(KernelView, IsEmptyWhenNothingIsKnown) {
    const auto kernel = view({});
    EXPECT_EQ(kernel->btf(), nullptr);
    EXPECT_EQ(kernel->module_btf(0), nullptr);
    EXPECT_FALSE(kernel->features().known());
    EXPECT_THAT(kernel->symbols().all(), IsEmpty());
}

TEST(KernelView, RefusesDamagedTypes) {
    KernelFacts facts = small_kernel();
    facts.image.btf = {std::byte{1}, std::byte{2}};
    const auto made = make_view(std::move(facts));
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, testing::HasSubstr("test: damaged BTF"));
}

// Excerpts of the README of 6.1 and of 6.12.
TEST(ProbeFeatures, GoByTheReadme) {
    const ProbeFeatures old("\t  place: <path>:<offset>\n r[maxactive][:[<group>/][<event>]]\n"
                            "\t     args: <name>=fetcharg[:type]\n"
                            "\t fetcharg: (%<register>|$<efield>), @<address>, $arg<N>,\n"
                            "\t           +|-[u]<offset>(<fetcharg>), \\imm-value\n"
                            "\t     type: s8/16/32/64, symbol, string, ustring,\n");
    EXPECT_TRUE(old.known());
    EXPECT_TRUE(old.arguments());
    EXPECT_TRUE(old.user_memory());
    EXPECT_TRUE(old.maxactive());
    EXPECT_FALSE(old.btf_arguments());
    EXPECT_FALSE(old.return_arguments());
    const ProbeFeatures recent("fetcharg: $arg<N>, <argname>[->field[->field|.field...]],\n"
                               "\t    kernel return probes support: $retval, $arg<N>, $comm\n");
    EXPECT_TRUE(recent.btf_arguments());
    EXPECT_TRUE(recent.return_arguments());
    EXPECT_FALSE(recent.user_memory());
    const ProbeFeatures retval_only("$arg<N>\nkernel return probes support: $retval\n$arg<N>\n");
    EXPECT_FALSE(retval_only.return_arguments());
}

} // namespace
} // namespace kps::kernel
