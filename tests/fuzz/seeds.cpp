// Writes the first inputs of the fuzz targets: DIRECTORY/TARGET/NAME. Small ones, of every form
// that the readers know; the specs among tests and examples are those of the grammar.

#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "runtime/collect/wire.hpp"
#include "tests/data/btf_builder.hpp"
#include "tests/unit/hits/bpf_sample.hpp"
#include "tests/unit/hits/captured.hpp"
#include "tests/unit/hits/sample_writer.hpp"
#include "tests/unit/kernel/deb_builder.hpp"
#include "tests/unit/kernel/event_types.hpp"
#include "tests/unit/kernel/module_builder.hpp"
#include "tests/unit/kernel/synthetic_image.hpp"

#include <fmt/core.h>

namespace kps {
namespace {

using kernel::test::Data;
using kernel::test::Writer;

std::filesystem::path root;

void write(std::string_view target, const std::string& name, std::span<const std::byte> content) {
    const std::span<const std::byte> parts[] = {content};
    if (!kernel::write_file(root / target / name, parts)) std::exit(1);
}

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

// ---------------------------------------------------------------- images

constexpr std::uint64_t tables_offset = 0x1000; // as kallsyms_fuzz.cpp has it
constexpr std::uint64_t rodata_offset = 0x100;  // of whole images

/// Just over one block of names, so that there are two markers; with names as short as can be.
std::vector<kernel::test::SyntheticSymbol> symbols(std::uint64_t base) {
    std::vector<kernel::test::SyntheticSymbol> all{{base, 'T', "_stext"},
                                                   {base, 'T', "do_one"},
                                                   {base + 16, 't', "do_one.cold"},
                                                   {base + 32, 'T', "_etext"}};
    for (unsigned i = 0; i < 256; ++i)
        all.push_back({base + 0x2000 + i, 'd', "d" + std::to_string(i)});
    return all;
}

Data tables(const kernel::test::Layout& layout, std::uint64_t base) {
    return kallsyms_tables(symbols(base), layout, base + tables_offset, base);
}

std::vector<kernel::test::SyntheticSection> sections(std::uint64_t base) {
    Writer rodata;
    rodata.text(std::string_view("Linux version 6.12.1-seed (x) #1\0", 33));
    rodata.text("IKCFG_ST");
    rodata.data(kernel::test::pack(bytes_of("CONFIG_KPROBES=y\n"), kernel::test::Packing::gzip));
    rodata.text(std::string_view("IKCFG_ED\0tracing mini-HOWTO:\n\0", 30));
    rodata.align(16);
    rodata.data(kallsyms_tables(symbols(base), kernel::test::layouts.back(),
                                base + rodata_offset + rodata.size(), base));
    return {{".text", base, Data(64)},
            {".rodata", base + rodata_offset, rodata.done()},
            {".BTF", 0, test::BtfBuilder().bytes()}};
}

std::string module_file() {
    test::ModuleBuilder module;
    const auto text =
        module.section(".text", test::ModuleBuilder::alloc | test::ModuleBuilder::exec);
    const auto base = module.symbol("", text, 0, 0, 3);
    module.symbol("fuse_open", text, 0, 0x20, 0x12);
    module.symbol("__ksymtab_fuse_open", text, 0, 0, 0);
    module.section(".rela__mcount_loc", 0, test::ModuleBuilder::relocation(base, 4),
                   test::ModuleBuilder::rela);
    module.section(".modinfo", test::ModuleBuilder::alloc,
                   std::string("depends=cuse,virtio-ring\0name=fuse\0", 35));
    return module.file();
}

Data x86_image() {
    return elf_file(kernel::test::machine_x86_64, sections(kernel::test::x86_base));
}

void write_images() {
    using namespace kernel::test;
    for (const Layout& layout : layouts) {
        const bool is_arm64 = layout.name.ends_with("arm64");
        Writer input;
        input.number(static_cast<std::uint8_t>(is_arm64));
        input.data(tables(layout, is_arm64 ? arm64_base : x86_base));
        write("kallsyms", std::string(layout.name), input.done());
    }
    write("image", "elf", x86_image());
    for (const Packing packing : all_packings)
        write("image", fmt::format("bzimage-{}", static_cast<int>(packing)),
              bzimage(pack(bytes_of("neither ELF nor arm64"), packing)));
    write("image", "bzimage", bzimage(pack(x86_image(), Packing::zstd)));
    std::vector<SyntheticSection> flat = sections(arm64_base);
    flat.pop_back();
    write("image", "arm64", arm64_image(flat, arm64_base));
    write("image", "zboot", zboot(pack(arm64_image(flat, arm64_base), Packing::gzip)));
    write("image", "module", bytes_of(module_file()));
}

// ---------------------------------------------------------------- types, packages, snapshots

/// One type of most kinds.
void add_types(test::BtfBuilder& types) {
    const kernel::TypeId integer = types.integer("int", 4);
    const kernel::TypeId text = types.pointer(types.const_type(types.integer("char", 1)));
    const kernel::TypeId part = types.union_type("", 4, {{"a", integer}, {"b", integer}});
    const kernel::TypeId file = types.structure(
        "file", 24, {{"x", integer, 0, 3}, {"", part, 32}, {"name", types.array(text, 2), 64}});
    types.enum32("mode", {{"ON", 1}});
    types.enum64("wide", {{"FAR", 1}});
    types.function("vfs_open", types.typedef_type("s32", integer),
                   {{"file", types.pointer(file)}, {"", {}}});
    types.variable("jiffies", types.volatile_type(integer));
    types.floating("double", 8);
    types.forward("inode");
}

Data base_types() {
    test::BtfBuilder base;
    add_types(base);
    return base.bytes();
}

Data module_types() {
    test::BtfBuilder base;
    add_types(base);
    test::BtfBuilder module(base);
    const kernel::TypeId device = module.structure("device", 4, {{"state", {1}}});
    module.function("lb_submit", {1}, {{"device", module.pointer(device)}});
    return module.bytes();
}

void write_types() {
    const Data base = base_types();
    Writer input;
    input.number(static_cast<std::uint16_t>(base.size()));
    input.data(base);
    input.data(module_types());
    write("btf", "kinds", input.done());
}

/// Two events, the second of a system call; what follows the table is that of system calls.
void write_events() {
    const auto at = [](std::uint64_t offset) { return kernel::test::x86_base + offset; };
    const auto text = [&](std::uint64_t number) { return at(272 + 16 * number); };
    Writer memory;
    for (const std::uint64_t word : {
             at(24), at(56), std::uint64_t{0x1000},                         // the tables
             at(88), text(0), std::uint64_t{0}, std::uint64_t{0},           // 24: an event
             at(104), text(1), at(216), std::uint64_t{0},                   // 56: a system call's
             text(2), at(120), text(3), at(184),                            // 88: their classes
             text(4), text(5), std::uint64_t{4} << 32 | 4, std::uint64_t{2} // 120: a field
         })
        memory.number(word);
    memory.pad_to(184);
    memory.number(~std::uint64_t{0}); // a function defines the fields
    memory.pad_to(216);
    for (const std::uint64_t word : {std::uint64_t{2}, at(240), at(256), // its arguments
                                     text(4), text(6), text(5), text(7)})
        memory.number(word);
    for (const char* name :
         {"plug", "sys_enter_look", "block", "syscalls", "int", "nr", "char *", "path"}) {
        memory.text(name);
        memory.pad_to((memory.size() / 16 + 1) * 16);
    }
    const Data types = test::event_types();
    Writer input;
    input.number(std::uint8_t{2});
    input.number(static_cast<std::uint16_t>(types.size()));
    input.data(types);
    input.data(memory.done());
    write("events", "image", input.done());
    write("events", "text",
          kernel::test::bytes_of("sched:switch\n 8 16 u comm char[16]\n 24 4 s pid pid_t\n"));
    write("events", "format",
          kernel::test::bytes_of("name: switch\nID: 3\nformat:\n"
                                 "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"));
}

void write_package(const std::string& data, int (*filter)(archive*), const test::Files& files) {
    write("package", data,
          bytes_of(
              test::make_ar({{"debian-binary", "2.0\n"}, {data, test::make_tar(files, filter)}})));
}

void write_packages() {
    const std::string modules = "lib/modules/6.12.1-seed/";
    const test::Files small{{"boot/vmlinuz-6.12.1-seed", "no image"},
                            {modules + "kernel/fuse.ko", module_file()}};
    write_package("data.tar", archive_write_add_filter_none, small);
    write_package("data.tar.gz", archive_write_add_filter_gzip, small);
    write_package("data.tar.zst", archive_write_add_filter_zstd, small);
    write_package(
        "data.tar.xz", archive_write_add_filter_xz,
        {{"boot/config-6.12.1-seed", "CONFIG_FUSE_FS=m\n"},
         {"boot/vmlinuz-6.12.1-seed", text_of(kernel::test::bzimage(kernel::test::pack(
                                          x86_image(), kernel::test::Packing::zstd)))},
         {modules + "kernel/cuse.ko.xz",
          text_of(kernel::test::pack(bytes_of(module_file()), kernel::test::Packing::xz))}});
}

/// The same snapshot with its sections as they are, to be used in place.
Data unpacked(const kernel::KernelFacts& facts) {
    using namespace kernel::snapshot;
    const kernel::SymbolRecords list = list_symbols(facts.image);
    const auto types = kernel::Btf::parse(facts.image.btf);
    const ModuleEntry module{{facts.modules[0].name, {"base"}, "a.ko"},
                             0,
                             0,
                             static_cast<std::uint32_t>(facts.modules[0].btf.size())};
    const auto copy = [](auto bytes) { return Data(bytes.begin(), bytes.end()); };
    const std::pair<SectionKind, Data> sections[] = {
        {SectionKind::about,
         pack(About{facts.image.release, facts.image.architecture, facts.remarks, 0})},
        {SectionKind::config, kernel::test::bytes_of(facts.image.config)},
        {SectionKind::readme, kernel::test::bytes_of(facts.image.readme)},
        {SectionKind::kernel_names, kernel::test::bytes_of(list.names)},
        {SectionKind::kernel_records, copy(std::as_bytes(std::span(list.entries)))},
        {SectionKind::btf, facts.image.btf},
        {SectionKind::btf_records, copy(types->records())},
        {SectionKind::btf_names, copy(types->names())},
        {SectionKind::events, kernel::test::bytes_of(print_events(facts.image.events))},
        {SectionKind::modules, pack(std::span(&module, 1))},
        {SectionKind::module_btf, facts.modules[0].btf},
    };
    Writer out, contents;
    out.text(magic);
    out.number(version);
    out.number(static_cast<std::uint32_t>(std::size(sections)));
    out.pad_to(header_size); // size and checksums: the target sets them
    const std::size_t begin = header_size + std::size(sections) * entry_size;
    for (const auto& [kind, content] : sections) {
        out.number(static_cast<std::uint32_t>(kind));
        out.number(static_cast<std::uint32_t>(content.size()));
        out.number(std::uint64_t{begin + contents.size()});
        out.number(std::uint64_t{content.size()});
        contents.data(content);
    }
    out.data(contents.done());
    return out.done();
}

void write_snapshots() {
    kernel::KernelFacts facts;
    facts.image.release = "6.12.1-seed";
    facts.image.config = "CONFIG_KPROBES=y\n";
    facts.image.readme = "tracing mini-HOWTO:\n$arg<N>";
    facts.image.btf = base_types();
    facts.image.events = {{"sched", "switch", {{"char[16]", "comm", 8, 16, false}}}};
    facts.remarks = {"a remark"};
    facts.add("vfs_read", 0x1000, 'T', kernel::ProbeStatus::probeable);
    facts.add("__pfx_vfs_read", 0xff0, 't');
    facts.add("vfs_read.cold", 0x2000, 't', kernel::ProbeStatus::notrace);
    facts.modules = {{.name = "loop_back", .path = "a/loop-back.ko", .depends = {"base"}}};
    facts.modules[0].add("lb_submit", 0x10, 't', kernel::ProbeStatus::probeable);
    facts.modules[0].sizes = {12};
    facts.modules[0].btf = module_types();
    std::filesystem::create_directories(root / "snapshot");
    if (!write_snapshot(facts, root / "snapshot" / "packed")) std::exit(1);
    write("snapshot", "in-place", unpacked(facts));
}

// ---------------------------------------------------------------- traces and the protocol

/// Messages as trace_fuzz.cpp and samples_fuzz.cpp read them.
class TraceInput {
public:
    TraceInput() = default;
    explicit TraceInput(bool after_formats) {
        out_.number(static_cast<std::uint8_t>(after_formats));
    }
    TraceInput& add(std::uint8_t kind, const Data& content) {
        out_.number(kind);
        out_.number(static_cast<std::uint16_t>(content.size()));
        out_.data(content);
        return *this;
    }
    [[nodiscard]] const Data& done() const { return out_.done(); }

private:
    Writer out_;
};

/// Its first byte is that of what stands before it; zeros at the end do not count.
Data content(std::uint8_t first, std::span<const std::byte> rest, std::size_t most = SIZE_MAX) {
    Data all{std::byte{first}};
    all.insert(all.end(), rest.begin(),
               rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), most)));
    return all;
}

void write_traces() {
    const hits::Captured captured("6.12");
    const Data live{std::byte{0}}, drained{std::byte{3}, std::byte{0xff}, std::byte{0xff}};
    unsigned number = 0;
    for (const std::string prefix : {"cpu", "ovr_cpu"})
        for (const collect::Message& message : captured.pages(prefix)) {
            const auto& page = std::get<collect::Page>(message.body);
            write("trace", fmt::format("page-{}", number++),
                  TraceInput(true)
                      .add(3, live)
                      .add(2, content(static_cast<std::uint8_t>(page.cpu), page.bytes, 600))
                      .add(4, Data(6, std::byte{2}))
                      .add(5, Data(2, std::byte{1}))
                      .done());
        }
    const std::string header = hits::read_text(captured.folder / "header_page") + '\0' +
                               hits::read_text(captured.folder / "header_event");
    TraceInput formats(false);
    formats.add(1, kernel::test::bytes_of(header));
    std::uint8_t event = 0;
    for (const char* name : {"kps_t.open_enter", "kps_t.open_enter_all", "task.task_rename"}) {
        const std::string text = hits::read_text(captured.folder / (std::string(name) + ".format"));
        formats.add(0, content(event++, bytes_of(text.substr(0, text.find("print fmt")))));
    }
    write("trace", "formats", formats.add(3, drained).add(6, live).add(7, live).done());
}

/// A hit with fields of every kind, a long string, a call; the maps of two CPUs.
void write_samples() {
    using namespace hits;
    const sema::ResolvedSpec spec = bpf::spec();
    const std::string path(300, 'p');
    std::uint64_t numbers[] = {1, 2};
    const Value ticked[] = {9UL, "eth0", "mac-is", Elements(numbers)};
    const Value entered[] = {std::string_view(path), 1UL};
    const Value returned[] = {Unreadable{}};
    const Hit tick_hit{bpf::tick, 100, 1, 7, 7, "cat", ticked};
    const Hit enter_hit{bpf::enter, 110, 1, 7, 7, "cat", entered};
    const Hit leave_hit{bpf::leave, 120, 1, 7, 7, "cat", returned};
    Data samples;
    add_sample(samples, SampleWriter().record(spec.probes[bpf::tick], tick_hit, true, 2));
    add_sample(samples, SampleWriter().long_string(enter_hit, 0, path));
    add_sample(samples, SampleWriter()
                            .record(spec.probes[bpf::enter], enter_hit, false)
                            .record(spec.probes[bpf::leave], leave_hit, false, 1));
    const auto words = [](std::size_t count) { return Data(8 * count, std::byte{1}); };
    const auto entry = [&](std::uint8_t cpus, std::size_t key, std::size_t count) {
        Data all(1 + key, std::byte{0});
        all[0] = std::byte{cpus};
        const Data value = words(count);
        all.insert(all.end(), value.begin(), value.end());
        return all;
    };
    const Data drained{std::byte{3}, std::byte{0xff}, std::byte{0xff}};
    write("samples", "hits", TraceInput().add(0, samples).add(5, drained).done());
    write("samples", "maps",
          TraceInput()
              .add(5, drained)
              .add(1, entry(2, 4, 28))
              .add(2, entry(0, 80, 2))
              .add(3, entry(0, 4, 3))
              .add(4, words(1))
              .add(6, Data(1))
              .done());
}

template <class T>
void write_frame(const std::string& name, std::uint8_t choice, const T& value) {
    Data stream;
    collect::encode(value, stream);
    Writer whole, payload;
    whole.number(static_cast<std::uint8_t>(choice | 15 << 2));
    whole.data(stream);
    write("protocol", name, whole.done());
    payload.number(static_cast<std::uint8_t>(choice | 2 | 63 << 2));
    payload.data(std::span(stream).subspan(12));
    write("protocol", name + "-payload", payload.done());
}

void write_protocol() {
    collect::Job job;
    job.id = 7;
    job.instance = job.group = "kps_1";
    job.define = {{"kprobe_events", "p:kps_1/a vfs_read"}, {"uprobe_events", "r:kps_1/b /x:8"}};
    job.enable = {{"kps_1", "a"}, {"sched", "sched_switch"}};
    job.setup = {"true"};
    job.run = {{"cat /x", "nobody", 5}, {"true", {}, {}}};
    job.watch_ns = 1;
    job.names_symbols = true;
    write_frame<collect::Request>("job", 1, job);
    write_frame<collect::Request>("cancel", 1, collect::Cancel{3});
    write_frame<collect::Request>("power-off", 1, collect::PowerOff{});
    const std::vector<collect::Message> messages{
        {0, collect::Hello{1, "6.12", 2, "README"}},
        {7, collect::EventFormat{{"g", "n"}, "ID: 1"}},
        {7, collect::PageFormat{"page", "event"}},
        {7, collect::Page{1, Data(20)}},
        {7, collect::Mark{collect::Phase::drained, 1, 2}},
        {7, collect::CommandEnded{collect::CommandRole::cleanup, 1, -1, 9, true, 5, "out"}},
        {7, collect::CpuStats{1, 2, 3, 4, 5, 6}},
        {7, collect::ProbeProfile{"a", 1, 2}},
        {7, collect::Refused{1, 22, "log"}},
        {7, collect::Trouble{"message", "hint"}},
        {7, collect::Done{true}},
        {7, collect::ToldUntil{1}},
        {7, collect::KernelSymbols{"0 T a"}}};
    for (const collect::Message& message : messages)
        write_frame("message-" + std::to_string(message.body.index()), 0, message);
}

} // namespace
} // namespace kps

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    kps::root = argv[1];
    kps::write_images();
    kps::write_types();
    kps::write_events();
    kps::write_packages();
    kps::write_snapshots();
    kps::write_traces();
    kps::write_samples();
    kps::write_protocol();
}
