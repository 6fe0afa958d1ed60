#include "compiler/kernel/directory.hpp"

#include "compiler/kernel/symbol_text.hpp"
#include "tests/data/btf_builder.hpp"
#include "tests/unit/kernel/temporary_directory.hpp"
#include "tests/unit/kernel/view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using kps::test::TemporaryDirectory;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view kallsyms = "ffffffff81000000 T _text\n"
                                      "ffffffff81000100 T vfs_read\n"
                                      "ffffffff81000200 t do_int3\n"
                                      "ffffffff81000300 t plain\n"
                                      "ffffffff82000000 D jiffies\n"
                                      "ffffffff83000000 T _sinittext\n"
                                      "ffffffff83000100 t start_up\n"
                                      "ffffffff83000200 T _einittext\n"
                                      "ffffffffc0000100 t vfs_read\t[fuse]\n"
                                      "ffffffffc0000200 t plain\t[fuse]\n"
                                      "ffffffffc0008000 t bpf_prog_6deef7357e7b4530\t[bpf]\n";

std::string btf_text() {
    kps::test::BtfBuilder types;
    types.integer("int", 4);
    const auto bytes = types.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ProbeStatus probe_of(const KernelView& kernel, std::string_view name, std::size_t which = 0) {
    return kernel.symbols().find(name).at(which).probe;
}

TEST(SymbolText, TellsKernelAndModules) {
    KernelFacts facts;
    ASSERT_TRUE(read_symbol_text(kallsyms, facts));
    ASSERT_THAT(facts.modules, SizeIs(1));
    EXPECT_EQ(facts.modules[0].name, "fuse");
    EXPECT_THAT(facts.image.symbols, SizeIs(8));
    EXPECT_THAT(facts.remarks, IsEmpty());
    EXPECT_EQ(facts.image.symbols[1].address, 0xffffffff81000100);
    EXPECT_EQ(facts.image.symbols[4].type, 'D');
}

TEST(SymbolText, SaysThatAddressesAreHidden) {
    KernelFacts facts;
    ASSERT_TRUE(read_symbol_text("0000000000000000 T a\n0000000000000000 t b\t[m]\n", facts));
    EXPECT_THAT(facts.remarks, ElementsAre(HasSubstr("kptr_restrict")));
}

TEST(SymbolText, RefusesOtherText) {
    const struct {
        const char* text;
        const char* message;
    } rows[] = {
        {"", "no symbols"},
        {"ffffffffffffffff B The real System.map is in the linux-image-6.1-dbg package\n",
         "holds one symbol"},
        {"ffffffff81000000 T a\nnonsense\n", "line 2 is no symbol: nonsense"},
        {"ffffffff81000000\n", "line 1"},
        {"ffffffff81000000 T \n", "line 1"},
        {"ffffffff81000000 TT a\n", "line 1"},
    };
    for (const auto& row : rows) {
        KernelFacts facts;
        const auto read = read_symbol_text(row.text, facts);
        ASSERT_FALSE(read) << row.text;
        EXPECT_THAT(read.error().message, HasSubstr(row.message));
    }
}

TEST(Directory, GivesAKernel) {
    const TemporaryDirectory directory;
    directory.add("kallsyms", kallsyms);
    directory.add("btf", btf_text());
    directory.add("config-6.12.3", "#\n# Automatically generated\n# Linux/x86 6.12.3 Kernel "
                                   "Configuration\n#\nCONFIG_KPROBES=y\n");
    directory.add("README", "tracing mini-HOWTO: $arg<N>");
    directory.add("available_filter_functions", "vfs_read\ndo_int3\nvfs_read [fuse]\n");
    directory.add("blacklist", "0xffffffff81000200-0xffffffff81000300\tdo_int3\n");
    const auto facts = read_directory(directory.path());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->image.release, "6.12.3");
    const auto kernel = view(*facts);
    EXPECT_EQ(probe_of(*kernel, "vfs_read"), ProbeStatus::probeable);
    EXPECT_EQ(probe_of(*kernel, "vfs_read", 1), ProbeStatus::probeable);
    EXPECT_EQ(probe_of(*kernel, "do_int3"), ProbeStatus::blacklisted);
    EXPECT_EQ(probe_of(*kernel, "plain"), ProbeStatus::notrace);
    EXPECT_EQ(probe_of(*kernel, "plain", 1), ProbeStatus::notrace);
    EXPECT_EQ(probe_of(*kernel, "jiffies"), ProbeStatus::not_text);
    EXPECT_EQ(probe_of(*kernel, "start_up"), ProbeStatus::init);
    EXPECT_EQ(kernel->config("CONFIG_KPROBES"), "y");
    EXPECT_NE(kernel->btf(), nullptr);
    EXPECT_TRUE(kernel->features().arguments());
    EXPECT_THAT(kernel->remarks(), IsEmpty());
}

TEST(Directory, DoesWithLess) {
    const TemporaryDirectory directory;
    directory.add("System.map-6.1", kallsyms.substr(0, kallsyms.find("ffffffffc")));
    directory.add("btf/vmlinux", btf_text());
    directory.add("release", "6.1.0-test\n");
    const auto facts = read_directory(directory.path());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->image.release, "6.1.0-test");
    const auto kernel = view(*facts);
    EXPECT_EQ(probe_of(*kernel, "vfs_read"), ProbeStatus::unknown);
    EXPECT_FALSE(kernel->has_config());
    EXPECT_FALSE(kernel->features().known());
    EXPECT_NE(kernel->btf(), nullptr);
    EXPECT_THAT(kernel->remarks(), ElementsAre(HasSubstr("which functions can be probed")));
}

TEST(Directory, SaysWhatIsMissing) {
    const TemporaryDirectory directory;
    EXPECT_THAT(read_directory(directory.path()).error().message,
                HasSubstr("no file kallsyms or System.map"));
    directory.add("System.map", "ffffffffffffffff B The real System.map is elsewhere\n");
    const auto stub = read_directory(directory.path());
    EXPECT_THAT(stub.error().message, HasSubstr("System.map: it holds one symbol"));
    EXPECT_THAT(stub.error().hint, HasSubstr("stub"));
}

TEST(Running, IsReadFromWhatTheKernelShows) {
    const TemporaryDirectory root;
    root.add("proc/kallsyms", kallsyms);
    root.add("proc/sys/kernel/osrelease", "6.12.3-here\n");
    root.add("proc/mounts", "proc /proc proc rw 0 0\n"
                            "none /here/tracing tracefs rw 0 0\nnone /here/debug debugfs rw 0 0\n");
    root.add("sys/kernel/btf/vmlinux", btf_text());
    root.add("boot/config-6.12.3-here", "CONFIG_KPROBES=y\n");
    root.add("here/tracing/README", "$arg<N>");
    root.add("here/tracing/available_filter_functions", "vfs_read\n");
    root.add("here/debug/kprobes/blacklist", "0x1-0x2\tplain\n");
    const auto facts = read_running(root.path());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_THAT(facts->remarks, IsEmpty());
    EXPECT_EQ(facts->image.release, "6.12.3-here");
    const auto kernel = view(*facts);
    EXPECT_EQ(kernel->origin(), "running system");
    EXPECT_EQ(probe_of(*kernel, "vfs_read"), ProbeStatus::probeable);
    EXPECT_EQ(probe_of(*kernel, "plain"), ProbeStatus::blacklisted);
    EXPECT_EQ(kernel->config("CONFIG_KPROBES"), "y");
}

TEST(Running, SaysWhatIsHidden) {
    const TemporaryDirectory root;
    root.add("proc/kallsyms", "0000000000000000 T a\n0000000000000000 T b\n");
    const auto facts = read_running(root.path());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_THAT(facts->remarks, Contains(HasSubstr("kptr_restrict")));
    EXPECT_THAT(facts->remarks, Contains(HasSubstr("/sys/kernel/btf/vmlinux")));
    EXPECT_THAT(facts->remarks, Contains(HasSubstr("no configuration")));
    EXPECT_THAT(facts->remarks, Contains(HasSubstr("README cannot be read")));
    EXPECT_THAT(facts->remarks, Not(Contains(HasSubstr("no symbols"))));
    const TemporaryDirectory nothing;
    const auto bare = read_running(nothing.path());
    ASSERT_FALSE(bare);
    EXPECT_THAT(bare.error().message, HasSubstr("neither symbols nor types"));
}

} // namespace
} // namespace kps::kernel
