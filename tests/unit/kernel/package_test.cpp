#include "compiler/kernel/package.hpp"

#include "compiler/kernel/boot.hpp"
#include "compiler/kernel/deb.hpp"
#include "compiler/kernel/fetch.hpp"
#include "compiler/kernel/module.hpp"
#include "compiler/kernel/open.hpp"
#include "tests/unit/kernel/deb_builder.hpp"
#include "tests/unit/kernel/module_builder.hpp"
#include "tests/unit/kernel/synthetic_image.hpp"
#include "tests/unit/kernel/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using kps::test::Files;
using kps::test::make_ar;
using kps::test::make_deb;
using kps::test::make_tar;
using kps::test::ModuleBuilder;
using kps::test::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string text_of(std::span<const std::byte> data) {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::string xz(std::string_view text) {
    return text_of(test::pack(test::bytes_of(text), test::Packing::xz));
}

/// `fuse` with one function of each kind; it needs `cuse` and `virtio_ring`.
std::string fuse_module() {
    ModuleBuilder module;
    const auto text = module.section(".text", ModuleBuilder::alloc | ModuleBuilder::exec);
    const auto init = module.section(".init.text", ModuleBuilder::alloc | ModuleBuilder::exec);
    const auto noinstr =
        module.section(".noinstr.text", ModuleBuilder::alloc | ModuleBuilder::exec);
    const auto rodata = module.section(".rodata", ModuleBuilder::alloc);
    const auto data = module.section(".data", ModuleBuilder::alloc | ModuleBuilder::write);
    const auto bss = module.section(".bss", ModuleBuilder::alloc | ModuleBuilder::write, {},
                                    ModuleBuilder::nobits);
    const auto comment = module.section(".comment", 0);
    const auto base = module.symbol("", text, 0, 0, 3);
    module.symbol("fuse_open", text, 0, 0x20);
    module.symbol("fuse_traced", text, 0x40, 0x30, 0x12);
    module.symbol("fuse_plain", text, 0x80, 8);
    module.symbol("fuse_guarded", noinstr, 0x10, 8);
    module.symbol("fuse_init", init, 0, 8);
    module.symbol("table", rodata, 0, 8, 0x01);
    module.symbol("state", data, 0, 8, 0x01);
    module.symbol("zeros", bss, 0, 8, 0x01);
    module.symbol("weak_one", text, 0x90, 8, 0x22);
    module.symbol("note", comment, 0, 8, 0x01);
    module.symbol("printk", 0, 0, 0, 0x10);
    module.symbol("__ksymtab_fuse_traced", rodata, 8, 0, 0x00);
    module.section(".rela__mcount_loc", 0,
                   ModuleBuilder::relocation(base, 4) + ModuleBuilder::relocation(base, 0x40),
                   ModuleBuilder::rela);
    module.section(".BTF", 0, "types");
    module.section(".modinfo", ModuleBuilder::alloc,
                   std::string("license=GPL\0depends=cuse,virtio-ring\0name=fuse\0", 46));
    return module.file();
}

std::string leaf_module(const std::string& name) {
    ModuleBuilder module;
    module.section(".modinfo", 0, "depends=" + std::string(1, '\0') + "name=" + name);
    return module.file();
}

test::SyntheticKernel synthetic_kernel() {
    test::SyntheticKernel kernel;
    kernel.rodata = "Linux version 6.12.1-test (me) #1 SMP";
    kernel.rodata += '\0';
    kernel.symbols = {{kernel.base() + 0x100, 'T', "vfs_read"},
                      {kernel.base() + 0x1000, 'T', "_etext"}};
    return kernel;
}

std::string kernel_image() {
    return text_of(test::bzimage(test::pack(synthetic_kernel().file(), test::Packing::zstd)));
}

Files kernel_files() {
    const std::string modules = "lib/modules/6.12.1-test/";
    return {{"boot/config-6.12.1-test", "CONFIG_FUSE_FS=m\n"},
            {"boot/vmlinuz-6.12.1-test", kernel_image()},
            {modules + "kernel/fs/fuse/fuse.ko.xz", xz(fuse_module())},
            {modules + "kernel/fs/fuse/cuse.ko", leaf_module("cuse")},
            {modules + "kernel/drivers/virtio-ring.ko.xz", xz(leaf_module("virtio_ring"))},
            {modules + "kernel/drivers/broken.ko", "not a module"},
            {modules + "modules.builtin", "kernel/fs/ext4/ext4.ko\nkernel/a-b.ko\n"},
            {"usr/share/doc/changelog", std::string(10000, 'x')}};
}

TEST(Module, TellsSymbolsAsKallsymsDoes) {
    const std::string file = fuse_module();
    const auto module = read_module(std::as_bytes(std::span(file)), "kernel/fs/other-name.ko");
    ASSERT_TRUE(module) << module.error().message;
    EXPECT_EQ(module->name, "fuse");
    EXPECT_THAT(module->depends, ElementsAre("cuse", "virtio_ring"));
    EXPECT_EQ(text_of(module->btf), "types");
    const struct {
        std::string_view name;
        char type;
        ProbeStatus probe;
    } rows[] = {
        {"fuse_open", 't', ProbeStatus::probeable},
        {"fuse_traced", 'T', ProbeStatus::probeable},
        {"fuse_plain", 't', ProbeStatus::notrace},
        {"fuse_guarded", 't', ProbeStatus::blacklisted},
        {"table", 'r', ProbeStatus::not_text},
        {"state", 'd', ProbeStatus::not_text},
        {"zeros", 'b', ProbeStatus::not_text},
        {"weak_one", 'w', ProbeStatus::notrace},
        {"__ksymtab_fuse_traced", 'r', ProbeStatus::not_text},
    };
    ASSERT_THAT(module->symbols, SizeIs(std::size(rows)));
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        const RawSymbol& symbol = module->symbols[i];
        const auto name =
            std::string_view(module->names).substr(symbol.name_offset, symbol.name_size);
        EXPECT_EQ(name, rows[i].name);
        EXPECT_EQ(symbol.type, rows[i].type) << name;
        EXPECT_EQ(symbol.probe, rows[i].probe) << name;
    }
    EXPECT_EQ(module->symbols[1].address, 0x40U);
    EXPECT_EQ(module->sizes[1], 0x30U);
}

TEST(Module, SurvivesDamage) {
    const std::string good = fuse_module();
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(0xff);
        const auto flipped = read_module(std::as_bytes(std::span(bad)), "a.ko");
        const auto cut = read_module(std::as_bytes(std::span(good).first(i)), "a.ko");
        EXPECT_TRUE(!flipped || flipped->symbols.size() < 100);
        EXPECT_TRUE(!cut || cut->symbols.size() < 100);
    }
}

TEST(Module, IsNamedAsTheKernelDoes) {
    EXPECT_EQ(module_name_of("kernel/drivers/net/virtio-net.ko.xz"), "virtio_net");
    EXPECT_EQ(module_name_of("8021q.ko"), "8021q");
    EXPECT_TRUE(is_module_path("a/b.ko"));
    EXPECT_TRUE(is_module_path("a/b.ko.zst"));
    EXPECT_FALSE(is_module_path("a/b.ko.bak"));
    EXPECT_FALSE(is_module_path("a/b.xz"));
}

TEST(Package, GivesImageConfigurationAndModules) {
    const TemporaryDirectory directory;
    const auto facts =
        read_package(std::array{directory.add("linux.deb", make_deb(kernel_files()))});
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->image.release, "6.12.1-test");
    EXPECT_EQ(facts->image.config, "CONFIG_FUSE_FS=m\n");
    EXPECT_EQ(facts->origin, "linux.deb");
    ASSERT_THAT(facts->modules, SizeIs(3));
    EXPECT_EQ(facts->modules[0].name, "cuse");
    EXPECT_EQ(facts->modules[1].name, "fuse");
    EXPECT_EQ(facts->modules[1].path, "lib/modules/6.12.1-test/kernel/fs/fuse/fuse.ko.xz");
    EXPECT_EQ(facts->modules[2].name, "virtio_ring");
    EXPECT_THAT(facts->remarks, ElementsAre(HasSubstr("module broken.ko is left out")));
}

TEST(Package, IsReadFromSeveralFiles) {
    const TemporaryDirectory directory;
    const std::string modules = "usr/lib/modules/7.2-test/";
    const auto facts = read_package(
        std::array{directory.add("base.deb", make_deb({{modules + "config", "CONFIG_X=y\n"}})),
                   directory.add("binary.deb", make_deb({{modules + "vmlinuz", kernel_image()}})),
                   directory.add("modules.deb",
                                 make_deb({{modules + "kernel/cuse.ko", leaf_module("cuse")}}))});
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(facts->image.config, "CONFIG_X=y\n");
    EXPECT_THAT(facts->modules, SizeIs(1));
}

TEST(Package, SaysWhatIsWrongWithIt) {
    const TemporaryDirectory directory;
    const std::string good = make_deb(kernel_files());
    const struct {
        std::string content;
        const char* message;
    } rows[] = {
        {make_deb({{"usr/share/doc/x", "x"}}), "holds no kernel image"},
        {make_deb({{"boot/vmlinuz-1", "x"}}), "not a kernel image"},
        {make_ar({{"debian-binary", "2.0\n"}}), "has no data.tar"},
        {good.substr(0, good.size() / 2), "bad.deb"},
        {"!<arch>\nnonsense", "bad.deb"},
        {"", "bad.deb"},
    };
    for (const auto& row : rows) {
        const auto facts = read_package(std::array{directory.add("bad.deb", row.content)});
        ASSERT_FALSE(facts) << row.message;
        EXPECT_THAT(facts.error().message, HasSubstr(row.message));
    }
    EXPECT_FALSE(read_package(std::array{directory.path() / "absent.deb"}));
}

TEST(Package, StopsWhenNoMoreIsWanted) {
    const TemporaryDirectory directory;
    const auto deb = directory.add("a.deb", make_deb({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
    std::vector<std::string> seen;
    const auto visited = visit_deb(
        deb, [](std::string_view path) { return path != "a"; },
        [&](const std::string& path, const std::vector<std::byte>& bytes) {
            seen.push_back(path + "=" + text_of(bytes));
            return false;
        });
    EXPECT_TRUE(visited);
    EXPECT_THAT(seen, ElementsAre("b=2"));
}

TEST(Package, MayBePackedOtherwise) {
    const TemporaryDirectory directory;
    const std::string data = make_tar(kernel_files(), archive_write_add_filter_gzip);
    const auto deb =
        directory.add("a.deb", make_ar({{"debian-binary", "2.0\n"}, {"data.tar.gz", data}}));
    EXPECT_TRUE(read_package(std::array{deb}));
}

/// Has the cache in a directory of its own.
class Cache : public testing::Test {
protected:
    Cache() { ::setenv("KPS_CACHE", (directory_.path() / "cache").c_str(), 1); }
    ~Cache() override { ::unsetenv("KPS_CACHE"); }

    std::string deb() { return directory_.add("linux.deb", make_deb(kernel_files())).string(); }
    /// As fetching leaves it.
    void cache_kernel() {
        const auto entry = directory_.path() / "cache/kernels/6.12.1-test";
        const std::string content = make_deb(kernel_files());
        const auto package = directory_.add("cache/kernels/6.12.1-test/linux.deb", content);
        ASSERT_TRUE(snapshot_kernel(package.string(), entry / "kernel.kps"));
        std::filesystem::create_directory(directory_.path() / "cache/kernels/names");
        std::filesystem::create_symlink("../6.12.1-test",
                                        directory_.path() / "cache/kernels/names/debian:6.12");
    }
    TemporaryDirectory directory_;
};

TEST_F(Cache, KeepsASnapshotOfAPackage) {
    const std::string package = deb();
    std::vector<std::string> steps;
    const Progress note = [&](const std::string& step) { steps.push_back(step); };
    const auto first = open_kernel(package, note);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = open_kernel(package, note);
    ASSERT_TRUE(second);
    EXPECT_THAT(steps, ElementsAre("reading linux.deb"));
    EXPECT_THAT((*second)->symbols().find("fuse_traced"), SizeIs(1));
    EXPECT_EQ((*second)->origin(), package + " (snapshot)");
}

TEST_F(Cache, MakesASnapshotAnewThatCannotBeUsed) {
    cache_kernel();
    directory_.add("cache/kernels/6.12.1-test/kernel.kps", "kpskern");
    EXPECT_TRUE(open_kernel("debian:6.12"));
    std::vector<std::string> steps;
    const auto again = open_kernel("debian:6.12", [&](const auto& step) { steps.push_back(step); });
    EXPECT_TRUE(again);
    EXPECT_THAT(steps, testing::IsEmpty());
}

TEST_F(Cache, GivesABootableImage) {
    const std::string package = deb();
    const auto image = bootable_image(package);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_EQ(std::filesystem::file_size(*image), synthetic_kernel().file().size());
    EXPECT_EQ(bootable_image(package).value(), *image);
    EXPECT_FALSE(bootable_image("running"));
}

TEST_F(Cache, GivesModulesInLoadOrder) {
    const auto loaded = [](const std::string& kernel, std::vector<std::string> names) {
        const auto modules = modules_with_dependencies(kernel, names);
        std::string list = modules ? "" : modules.error().message;
        if (modules)
            for (const ModuleImage& module : *modules) {
                EXPECT_TRUE(text_of(module.second)
                                .starts_with("\x7f"
                                             "ELF"));
                list += module.first + " ";
            }
        return list;
    };
    const std::string package = deb();
    EXPECT_EQ(loaded(package, {"fuse"}), "cuse virtio_ring fuse ");
    EXPECT_EQ(loaded(package, {"virtio-ring", "ext4", "fuse", "a_b"}), "virtio_ring cuse fuse ");
    EXPECT_EQ(loaded(package, {"ext4"}), "");
    EXPECT_EQ(loaded(package, {}), "");
    EXPECT_THAT(loaded(package, {"cuse", "nosuch", "neither"}),
                HasSubstr("no module nosuch, neither"));
}

TEST_F(Cache, KnowsFetchedKernelsByNameAndRelease) {
    cache_kernel();
    for (const char* name : {"debian:6.12", "debian:6.12.1-test"}) {
        const auto kernel = fetch_kernel(name);
        ASSERT_TRUE(kernel) << kernel.error().message;
        EXPECT_EQ(kernel->release, "6.12.1-test");
        EXPECT_THAT(kernel->packages, SizeIs(1));
        const auto view = open_kernel(name);
        ASSERT_TRUE(view) << view.error().message;
        EXPECT_EQ((*view)->release(), "6.12.1-test");
    }
    const auto kernels = cached_kernels();
    ASSERT_THAT(kernels, SizeIs(1));
    EXPECT_THAT(kernels[0].names, ElementsAre("debian:6.12"));
    const auto modules = modules_with_dependencies("debian:6.12", std::vector<std::string>{"cuse"});
    ASSERT_TRUE(modules) << modules.error().message;
    EXPECT_THAT(*modules, SizeIs(1));
}

TEST_F(Cache, RefusesNamesOfNoKernel) {
    for (const char* name : {"debian:", "debian:../x", "debian:bookworm", "debian:6.12 x", "6.12",
                             "debian:6.1/2", "debian:-6"}) {
        const auto kernel = fetch_kernel(name);
        ASSERT_FALSE(kernel) << name;
        EXPECT_THAT(kernel.error().message, HasSubstr("names no kernel"));
    }
    EXPECT_THAT(open_kernel("6.12").error().hint, HasSubstr("debian:6.12"));
    EXPECT_THAT(open_kernel("no/such/file").error().message, HasSubstr("no file or directory"));
}

TEST_F(Cache, WritesSnapshotsOfAnyKernel) {
    const auto file = directory_.path() / "out.kps";
    ASSERT_TRUE(snapshot_kernel(deb(), file));
    const auto copy = directory_.path() / "copy.kps";
    ASSERT_TRUE(snapshot_kernel(file.string(), copy));
    EXPECT_EQ(std::filesystem::file_size(file), std::filesystem::file_size(copy));
    const auto image = directory_.add("vmlinuz-6.12.1-test", kernel_image());
    directory_.add("config-6.12.1-test", "CONFIG_FROM_BOOT=y\n");
    ASSERT_TRUE(snapshot_kernel(image.string(), file));
    EXPECT_EQ((*open_kernel(file.string()))->config("CONFIG_FROM_BOOT"), "y");
}

} // namespace
} // namespace kps::kernel
