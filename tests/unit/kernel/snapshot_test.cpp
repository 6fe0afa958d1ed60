#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "tests/data/btf_builder.hpp"
#include "tests/unit/kernel/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace kps::kernel {
namespace {

using kps::test::TemporaryDirectory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

void add_kernel_types(kps::test::BtfBuilder& types) {
    const TypeId integer = types.integer("int", 4);
    types.function("vfs_read", integer, {{"file", types.pointer({})}});
    types.enum32("mode", {{"ON", 1}});
    types.structure("file", 8, {{"x", integer}, {"y", integer, 32}});
}

KernelFacts fixture() {
    kps::test::BtfBuilder types;
    add_kernel_types(types);
    const TypeId integer{1};
    kps::test::BtfBuilder module_types(types);
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

using Bytes = std::vector<std::byte>;

Bytes written(const TemporaryDirectory& directory, const KernelFacts& facts,
              Packing packing = Packing::all) {
    const auto path = directory.path() / "kernel.kps";
    EXPECT_TRUE(write_snapshot(facts, path, packing));
    return *read_file(path);
}

Result<std::shared_ptr<const KernelView>>
open_bytes(const TemporaryDirectory& directory, std::span<const std::byte> content,
           std::optional<std::chrono::sys_seconds> changed = {}) {
    const auto path = directory.path() / "bad.kps";
    const std::span<const std::byte> parts[] = {content};
    EXPECT_TRUE(write_file(path, parts, changed));
    return open_snapshot(path, "test");
}

std::string complaint(const TemporaryDirectory& directory, std::span<const std::byte> content) {
    const auto view = open_bytes(directory, content);
    return view ? "" : view.error().message;
}

/// When a snapshot says that it was written.
std::chrono::sys_seconds time_in(const Bytes& snapshot) {
    return std::chrono::sys_seconds(std::chrono::seconds(load_le<std::int64_t>(snapshot, 40)));
}

struct Place {
    std::size_t begin = 0, size = 0;
};

Place section(const Bytes& file, snapshot::SectionKind kind) {
    for (std::size_t i = 0; i < load_le<std::uint32_t>(file, 12); ++i) {
        const std::size_t entry = snapshot::header_size + i * snapshot::entry_size;
        if (load_le<std::uint32_t>(file, entry) == static_cast<std::uint32_t>(kind))
            return {load_le<std::uint64_t>(file, entry + 8),
                    load_le<std::uint64_t>(file, entry + 16)};
    }
    ADD_FAILURE() << "no section " << static_cast<int>(kind);
    return {};
}

/// Looks at everything, so that a sanitizer sees what is read where nothing is.
void walk(const KernelView& view) {
    const SymbolTable& symbols = view.symbols();
    for (const Symbol& symbol : symbols.all()) {
        EXPECT_LT(symbol.module, view.modules().size());
        EXPECT_LE(symbol.probe, ProbeStatus::unknown);
        static_cast<void>(symbols.find(symbol.name));
        static_cast<void>(symbols.suffixed(symbol.name));
    }
    static_cast<void>(symbols.find("__pfx_vfs_read"));
    static_cast<void>(symbols.nearest_functions("vfs_raed"));
    static_cast<void>(symbols.functions_like("*read", 0));
    static_cast<void>(view.config("CONFIG_KPROBES"));
    static_cast<void>(view.events());
    for (const Btf* btf : {view.btf(), view.module_btf(2)}) {
        if (btf == nullptr) continue;
        for (std::uint32_t id = 0; id < btf->type_count() + 2; ++id) {
            static_cast<void>(btf->spell({id}));
            static_cast<void>(btf->members({id}));
            static_cast<void>(btf->find(btf->type({id}).kind, btf->type({id}).name));
            static_cast<void>(btf->functions(btf->type({id}).name));
        }
        static_cast<void>(btf->find_enumerators("ON"));
        static_cast<void>(btf->functions("vfs_read"));
    }
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
    const auto symbols = expected->symbols().all();
    const auto found = (*view)->symbols().all();
    ASSERT_EQ(found.size(), symbols.size());
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        EXPECT_EQ(found[i].name, symbols[i].name);
        EXPECT_EQ(found[i].address, symbols[i].address);
        EXPECT_EQ(found[i].size, symbols[i].size);
        EXPECT_EQ(found[i].type, symbols[i].type);
        EXPECT_EQ(found[i].probe, symbols[i].probe);
        EXPECT_EQ(found[i].module, symbols[i].module);
        EXPECT_EQ((*view)->symbols().find(symbols[i].name).size(),
                  expected->symbols().find(symbols[i].name).size());
    }
    EXPECT_EQ((*view)->symbols().size(), expected->symbols().size());
    EXPECT_EQ((*view)->config("CONFIG_KPROBES"), "y");
    EXPECT_EQ((*view)->module_btf(2)->bytes().size(), expected->module_btf(2)->bytes().size());
}

TEST(Snapshot, HoldsTheSameTypesInPlace) {
    const TemporaryDirectory directory;
    const auto view = open_bytes(directory, written(directory, fixture(), Packing::modules_only));
    ASSERT_TRUE(view) << view.error().message;
    const Btf& types = *(*view)->btf();
    const auto expected = Btf::parse(fixture().image.btf);
    EXPECT_TRUE(std::ranges::equal(types.bytes(), expected->bytes()));
    ASSERT_EQ(types.type_count(), expected->type_count());
    for (std::uint32_t id = 0; id < types.type_count(); ++id)
        EXPECT_EQ(types.spell({id}), expected->spell({id}));
    EXPECT_EQ(types.functions("vfs_read"), expected->functions("vfs_read"));
    EXPECT_EQ(types.find(TypeKind::integer, "int"), expected->find(TypeKind::integer, "int"));
    EXPECT_THAT(types.find_enumerators("ON"), SizeIs(1));
    EXPECT_EQ((*view)->module_btf(2)->find(TypeKind::integer, "int"), TypeId{1});
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
        kps::test::BtfBuilder base;
        add_kernel_types(base);
        kps::test::BtfBuilder types(base);
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
    for (const Packing packing : {Packing::all, Packing::modules_only}) {
        const Bytes good = written(directory, fixture(), packing);
        EXPECT_EQ(complaint(directory, good), "");
        for (std::size_t size = 0; size < good.size(); size += 1 + size / 64) {
            const auto view =
                open_bytes(directory, std::span(good).first(size), time_in(good)); // as if in time
            ASSERT_FALSE(view) << size;
            EXPECT_THAT(view.error().message, HasSubstr(size < 8 ? "not a snapshot" : "cut short"))
                << size;
        }
    }
}

TEST(Snapshot, IsRefusedWhenAByteIsFlipped) {
    const TemporaryDirectory directory;
    for (const Packing packing : {Packing::all, Packing::modules_only}) {
        const Bytes good = written(directory, fixture(), packing);
        for (std::size_t i = 0; i < good.size(); i += 1 + i / 256) {
            Bytes bad = good;
            bad[i] ^= std::byte{0x10};
            EXPECT_NE(complaint(directory, bad), "") << i;
        }
    }
}

TEST(Snapshot, IsBelievedWhenItBearsTheTimeOfItsWriting) {
    const TemporaryDirectory directory;
    Bytes file = written(directory, fixture(), Packing::modules_only);
    file[section(file, snapshot::SectionKind::kernel_names).begin] = std::byte{'w'};
    EXPECT_TRUE(open_bytes(directory, file, time_in(file)));
    const auto later = open_bytes(directory, file, time_in(file) + std::chrono::seconds(1));
    ASSERT_FALSE(later);
    EXPECT_THAT(later.error().message, HasSubstr("wrong checksum"));
    EXPECT_EQ(time_in(written(directory, fixture(), Packing::all)), std::chrono::sys_seconds{});
}

TEST(Snapshot, IsSafeToReadWhenDamageGoesUnseen) {
    const TemporaryDirectory directory;
    const Bytes good = written(directory, fixture(), Packing::modules_only);
    const std::size_t head = section(good, snapshot::SectionKind::module_names).begin;
    std::minstd_rand random(1);
    for (int round = 0; round < 1000; ++round) {
        Bytes bad = good;
        const std::size_t first = random() % bad.size();
        for (std::size_t i = first, end = std::min(bad.size(), i + 1 + random() % 6); i < end; ++i)
            bad[i] = static_cast<std::byte>(random() % 3 == 0 ? 0xff : random());
        if (bad == good) continue;
        const auto view = open_bytes(directory, bad, time_in(good));
        EXPECT_FALSE(view && first < head) << first;
        if (view) walk(**view);
    }
}

TEST(Snapshot, IsSafeToReadWhenWholeSectionsAreDamaged) {
    using enum snapshot::SectionKind;
    const TemporaryDirectory directory;
    const Bytes good = written(directory, fixture(), Packing::modules_only);
    for (const auto kind : {kernel_names, kernel_records, btf_records, btf_names, name_filter,
                            modules, module_symbols, module_btf, config, events}) {
        const Place place = section(good, kind);
        for (const unsigned value : {0x00U, 0x01U, 0x41U, 0x7fU, 0x80U, 0xffU}) {
            Bytes bad = good;
            std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>(place.begin), place.size,
                        static_cast<std::byte>(value));
            if (const auto view = open_bytes(directory, bad, time_in(good))) walk(**view);
        }
    }
}

TEST(Snapshot, IsRefusedWhenNewerOrTooLong) {
    const TemporaryDirectory directory;
    const auto good = written(directory, fixture());
    auto newer = good;
    newer[8] = std::byte{7};
    EXPECT_THAT(complaint(directory, newer), HasSubstr("newer version: 7, this program reads 3"));
    auto longer = good;
    longer.push_back(std::byte{0});
    EXPECT_THAT(complaint(directory, longer), HasSubstr("follows its end"));
    EXPECT_THAT(open_snapshot(directory.path() / "absent", "").error().message,
                HasSubstr("cannot open"));
}

TEST(Snapshot, RefusesNamesThatNoFileCanHold) {
    std::vector<SymbolEntry> entries(65'538), unpacked;
    for (SymbolEntry& entry : entries)
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
