#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "tests/data/btf_builder.hpp"
#include "tests/unit/kernel/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

KernelFacts fixture() {
    test::BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    types.function("vfs_read", integer, {{"file", types.pointer({})}});
    test::BtfBuilder module_types(types);
    module_types.function("fuse_open", integer, {{"inode", integer}});
    KernelFacts facts;
    facts.image.release = "6.12.0-test";
    facts.image.architecture = Architecture::arm64;
    facts.image.config = "CONFIG_KPROBES=y\n";
    facts.image.readme = "tracing mini-HOWTO: $arg<N>";
    facts.image.btf = types.bytes();
    facts.image.events = {{"sched", "sched_idle", {{"pid_t", "pid", 8, 4, true}}}};
    facts.remarks = {"a remark"};
    facts.add("vfs_write", 0xffffffff81000040, 't', ProbeStatus::notrace);
    facts.add("vfs_read", 0xffffffff81000000, 'T');
    facts.add("vfs_read", 0xffffffff81000100, 't', ProbeStatus::blacklisted);
    facts.modules = {{.name = "empty", .path = "empty.ko"},
                     {.name = "fuse", .path = "fs/fuse.ko", .depends = {"empty", "crc32"}}};
    facts.modules[1].add("fuse_open", 0x10, 't', ProbeStatus::probeable);
    facts.modules[1].sizes = {12};
    facts.modules[1].btf = module_types.bytes();
    return facts;
}

std::vector<std::byte> written(const TemporaryDirectory& directory, const KernelFacts& facts) {
    const auto path = directory.path() / "kernel.kps";
    EXPECT_TRUE(write_snapshot(facts, path));
    return *read_file(path);
}

std::string complaint(const TemporaryDirectory& directory, std::span<const std::byte> content) {
    const auto path = directory.path() / "bad.kps";
    const std::span<const std::byte> parts[] = {content};
    EXPECT_TRUE(write_file(path, parts));
    const auto view = open_snapshot(path, "test");
    return view ? "" : view.error().message;
}

TEST(Snapshot, KeepsEverything) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "kernel.kps";
    ASSERT_TRUE(write_snapshot(fixture(), path));
    const auto opened = open_snapshot(path, "debian:6.12 (snapshot)");
    ASSERT_TRUE(opened) << opened.error().message;
    const KernelView& view = **opened;
    EXPECT_EQ(view.release(), "6.12.0-test");
    EXPECT_EQ(view.architecture(), Architecture::arm64);
    EXPECT_EQ(view.origin(), "debian:6.12 (snapshot)");
    EXPECT_EQ(view.config("CONFIG_KPROBES"), "y");
    EXPECT_EQ(view.events(), fixture().image.events);
    EXPECT_TRUE(view.features().arguments());
    EXPECT_THAT(view.remarks(), ElementsAre("a remark"));
    ASSERT_NE(view.btf(), nullptr);
    EXPECT_THAT(view.btf()->functions("vfs_read"), SizeIs(1));
    ASSERT_THAT(view.modules(), SizeIs(3));
    EXPECT_EQ(view.modules()[2].path, "fs/fuse.ko");
    EXPECT_THAT(view.modules()[2].depends, ElementsAre("empty", "crc32"));
    EXPECT_EQ(view.module_btf(1), nullptr);
    ASSERT_NE(view.module_btf(2), nullptr);
    EXPECT_THAT(view.module_btf(2)->functions("fuse_open"), SizeIs(1));
}

TEST(Snapshot, KeepsSymbols) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "kernel.kps";
    ASSERT_TRUE(write_snapshot(fixture(), path));
    const auto view = *open_snapshot(path, "");
    const auto made = *make_view(fixture());
    EXPECT_EQ(view->symbols().size(), 4U);
    const auto read = view->symbols().all(), expected = made->symbols().all();
    ASSERT_EQ(read.size(), expected.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        EXPECT_EQ(read[i].name, expected[i].name);
        EXPECT_EQ(read[i].address, expected[i].address);
        EXPECT_EQ(read[i].size, expected[i].size);
        EXPECT_EQ(read[i].type, expected[i].type);
        EXPECT_EQ(read[i].probe, expected[i].probe);
        EXPECT_EQ(read[i].module, expected[i].module);
    }
    EXPECT_THAT(view->symbols().find("vfs_read"), SizeIs(2));
    EXPECT_EQ(view->symbols().find("fuse_open").at(0).size, 12U);
}

TEST(Snapshot, HoldsTheSameWithoutPackingTheKernelsNamesAndTypes) {
    const TemporaryDirectory directory;
    const auto packed = directory.path() / "packed.kps";
    const auto plain = directory.path() / "plain.kps";
    ASSERT_TRUE(write_snapshot(fixture(), packed, Packing::all));
    ASSERT_TRUE(write_snapshot(fixture(), plain, Packing::modules_only));
    const auto expected = *open_snapshot(packed, "");
    const auto view = open_snapshot(plain, "");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_TRUE(std::ranges::equal((*view)->btf()->bytes(), expected->btf()->bytes()));
    const auto symbols = expected->symbols().all();
    const auto found = (*view)->symbols().all();
    ASSERT_EQ(found.size(), symbols.size());
    for (std::size_t i = 0; i < symbols.size(); ++i)
        EXPECT_EQ(found[i].name, symbols[i].name);
    EXPECT_EQ((*view)->module_btf(2)->bytes().size(), expected->module_btf(2)->bytes().size());
}

TEST(Snapshot, HoldsAnEmptyKernel) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "kernel.kps";
    ASSERT_TRUE(write_snapshot({}, path));
    const auto view = open_snapshot(path, "");
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ((*view)->btf(), nullptr);
    EXPECT_EQ((*view)->symbols().size(), 0U);
    EXPECT_THAT((*view)->modules(), SizeIs(1));
}

TEST(Snapshot, SpreadsModuleTypesOverChunks) {
    const TemporaryDirectory directory;
    KernelFacts facts = fixture();
    const ModuleFacts fuse = facts.modules[1];
    for (unsigned i = 0; i < 40; ++i) {
        test::BtfBuilder base;
        base.function("vfs_read", base.integer("int", 4), {{"file", base.pointer({})}});
        test::BtfBuilder types(base);
        for (unsigned k = 0; k < 2000; ++k)
            types.function("module_" + std::to_string(i) + "_" + std::to_string(k), TypeId{1});
        facts.modules.push_back({.name = "module_" + std::to_string(i), .btf = types.bytes()});
    }
    const auto path = directory.path() / "kernel.kps";
    ASSERT_TRUE(write_snapshot(facts, path));
    const auto view = *open_snapshot(path, "");
    for (ModuleIndex i = 0; i < 40; ++i) {
        const Btf* btf = view->module_btf(3 + i);
        ASSERT_NE(btf, nullptr);
        EXPECT_THAT(btf->functions("module_" + std::to_string(i) + "_1999"), SizeIs(1));
    }
}

TEST(Snapshot, IsRefusedWhenCut) {
    const TemporaryDirectory directory;
    const auto good = written(directory, fixture());
    EXPECT_EQ(complaint(directory, good), "");
    for (std::size_t size = 0; size < good.size(); size += 1 + size / 64) {
        const std::string message = complaint(directory, std::span(good).first(size));
        EXPECT_THAT(message, HasSubstr(size < 8 ? "not a snapshot" : "cut short")) << size;
    }
}

TEST(Snapshot, IsRefusedWhenAByteIsFlipped) {
    const TemporaryDirectory directory;
    const auto good = written(directory, fixture());
    for (std::size_t i = 0; i < good.size(); i += 1 + i / 256) {
        auto bad = good;
        bad[i] ^= std::byte{0x10};
        EXPECT_NE(complaint(directory, bad), "") << i;
    }
}

TEST(Snapshot, IsRefusedWhenNewerOrTooLong) {
    const TemporaryDirectory directory;
    const auto good = written(directory, fixture());
    auto newer = good;
    newer[8] = std::byte{7};
    EXPECT_THAT(complaint(directory, newer), HasSubstr("newer version: 7, this program reads 2"));
    auto longer = good;
    longer.push_back(std::byte{0});
    EXPECT_THAT(complaint(directory, longer), HasSubstr("follows its end"));
    EXPECT_THAT(open_snapshot(directory.path() / "absent", "").error().message,
                HasSubstr("cannot open"));
}

TEST(Snapshot, RefusesNamesThatNoFileCanHold) {
    std::vector<SymbolList::Entry> entries(65'538), unpacked;
    for (SymbolList::Entry& entry : entries)
        entry.name_size = UINT16_MAX;
    EXPECT_FALSE(snapshot::unpack_entries(snapshot::pack_entries(entries), 1, unpacked));
    entries.resize(2), unpacked.clear();
    EXPECT_TRUE(snapshot::unpack_entries(snapshot::pack_entries(entries), 1, unpacked));
}

TEST(Snapshot, ReplacesAFileOnlyWhenComplete) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "a" / "b" / "kernel.kps";
    ASSERT_TRUE(write_snapshot(fixture(), path));
    ASSERT_TRUE(write_snapshot(fixture(), path));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
    EXPECT_FALSE(write_snapshot(fixture(), path / "below-a-file"));
}

} // namespace
} // namespace kps::kernel
