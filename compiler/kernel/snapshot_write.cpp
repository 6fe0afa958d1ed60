#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "compiler/kernel/task_pool.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <zstd.h>

namespace kps::kernel {

namespace {

using namespace snapshot;
using Bytes = std::span<const std::byte>;

// Higher levels take several times as long for a tenth of the size.
constexpr int kernel_level = 6, module_level = 3;
constexpr std::size_t chunk_size = 1 << 19; // of module BTF; a module's is read with its chunk

struct Section {
    SectionKind kind{};
    std::size_t unpacked_size = 0;
    std::vector<std::byte> packed{}; ///< empty, though the other is not, if compression failed
};

/// Appends a frame with `bytes`; a section that cannot be compressed ends up empty.
void add_frame(Section& section, Bytes bytes, int level) {
    const std::size_t before = section.packed.size();
    section.packed.resize(before + ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compress(section.packed.data() + before, section.packed.size() - before, bytes.data(),
                      bytes.size(), level);
    section.packed.resize(ZSTD_isError(size) ? 0 : before + size);
    section.unpacked_size += bytes.size();
}

/// As it is.
Section store(SectionKind kind, Bytes bytes) {
    return {kind, bytes.size(), {bytes.begin(), bytes.end()}};
}

/// Equal sizes would say that it is stored as it is.
Section compress(SectionKind kind, Bytes bytes, int level) {
    Section section{kind};
    add_frame(section, bytes, level);
    return section.packed.size() == bytes.size() ? store(kind, bytes) : section;
}

Section pack(SectionKind kind, Bytes bytes, Packing packing) {
    return packing == Packing::all ? compress(kind, bytes, kernel_level) : store(kind, bytes);
}

Section compress_entries(SectionKind kind, const SymbolRecords& list, int level) {
    Section section{kind};
    std::span<const SymbolEntry> rest = list.entries;
    do {
        const auto block = rest.first(std::min(rest.size(), block_entries));
        add_frame(section, pack_entries(block), level);
        rest = rest.subspan(block.size());
    } while (!rest.empty());
    return section;
}

Bytes as_data(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Says in which chunk, and where in it, each module's BTF goes.
std::vector<ModuleEntry> place_modules(const std::vector<ModuleFacts>& modules) {
    std::vector<ModuleEntry> places;
    std::uint32_t chunk = 0;
    std::size_t used = 0;
    for (const ModuleFacts& module : modules) {
        if (used > 0 && used + module.btf.size() > chunk_size) {
            ++chunk;
            used = 0;
        }
        places.push_back({{module.name, module.depends, module.path},
                          chunk,
                          static_cast<std::uint32_t>(used),
                          static_cast<std::uint32_t>(module.btf.size())});
        used += module.btf.size();
    }
    return places;
}

std::vector<Section> make_texts(const KernelFacts& facts, Packing packing) {
    const ImageFacts& image = facts.image;
    About about{image.release, image.architecture, facts.remarks, 0};
    for (const ModuleFacts& module : facts.modules)
        about.module_symbols += static_cast<std::uint32_t>(module.symbols.size());
    return {store(SectionKind::about, pack(about)),
            pack(SectionKind::config, as_data(image.config), packing),
            pack(SectionKind::readme, as_data(image.readme), packing),
            compress(SectionKind::events, as_data(print_events(image.events)), kernel_level)};
}

std::vector<Section> make_kernel_symbols(const ImageFacts& image, Packing packing) {
    const SymbolRecords list = list_symbols(image);
    const Section names = pack(SectionKind::kernel_names, as_data(list.names), packing);
    if (packing == Packing::all)
        return {names, compress_entries(SectionKind::kernel_symbols, list, kernel_level)};
    return {names, store(SectionKind::kernel_records, std::as_bytes(std::span(list.entries)))};
}

/// Damaged types go without what is told of them, so that a reader tells what is wrong.
std::vector<Section> make_types(const ImageFacts& image, Packing packing) {
    std::vector<Section> sections{pack(SectionKind::btf, image.btf, packing)};
    if (packing == Packing::all) return sections;
    const auto btf = Btf::parse(image.btf);
    if (!btf) return sections;
    sections.push_back(store(SectionKind::btf_records, btf->records()));
    sections.push_back(store(SectionKind::btf_names, btf->names()));
    return sections;
}

Section filter_section(const SymbolRecords& list) {
    return store(SectionKind::name_filter, NameFilter::of(list).bytes()); // as good as random
}

std::vector<Section> make_module_symbols(std::span<const ModuleFacts> modules) {
    const SymbolRecords list = list_symbols(modules);
    return {compress(SectionKind::module_names, as_data(list.names), module_level),
            compress_entries(SectionKind::module_symbols, list, module_level),
            filter_section(list)};
}

std::vector<Section> make_module_btf(const KernelFacts& facts,
                                     const std::vector<ModuleEntry>& places, std::uint32_t chunk) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < facts.modules.size(); ++i)
        if (places[i].btf_chunk == chunk)
            bytes.insert(bytes.end(), facts.modules[i].btf.begin(), facts.modules[i].btf.end());
    return {compress(SectionKind::module_btf, bytes, module_level)};
}

/// All sections, in the order in which they are written, made several at a time.
std::vector<Section> make_sections(const KernelFacts& facts, Packing packing) {
    const std::vector<ModuleEntry> places = place_modules(facts.modules);
    // What takes longest comes first, so that no thread is left alone with it.
    std::vector<std::function<std::vector<Section>()>> makers{
        [&] { return make_module_symbols(facts.modules); },
        [&] { return make_kernel_symbols(facts.image, packing); },
        [&] { return make_types(facts.image, packing); },
        [&] { return make_texts(facts, packing); },
        [&] { return std::vector{compress(SectionKind::modules, pack(places), kernel_level)}; }};
    const std::uint32_t chunks = places.empty() ? 0 : places.back().btf_chunk + 1;
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk)
        makers.emplace_back([&, chunk] { return make_module_btf(facts, places, chunk); });
    std::vector<std::vector<Section>> made(makers.size());
    {
        TaskPool pool(std::max(1U, std::thread::hardware_concurrency()) - 1, 0);
        for (std::size_t i = 0; i < makers.size(); ++i)
            pool.add(0, [&, i] { made[i] = makers[i](); });
    }
    std::vector<Section> sections;
    for (auto& some : made)
        std::ranges::move(some, std::back_inserter(sections));
    return sections;
}

template <class T>
void put(std::vector<std::byte>& out, T number) {
    const Bytes bytes = std::as_bytes(std::span(&number, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class T>
void set(std::vector<std::byte>& out, std::size_t at, T number) {
    std::memcpy(out.data() + at, &number, sizeof number);
}

std::vector<std::byte> make_header(const std::vector<Section>& sections,
                                   std::optional<std::chrono::sys_seconds> written) {
    std::vector<std::byte> header(header_size);
    std::uint64_t offset = header_size + sections.size() * entry_size, sum = 0;
    for (const Section& section : sections) {
        put(header, static_cast<std::uint32_t>(section.kind));
        put(header, static_cast<std::uint32_t>(section.unpacked_size));
        put(header, offset);
        put(header, std::uint64_t{section.packed.size()});
        offset += section.packed.size();
        sum = checksum(section.packed, sum);
    }
    std::memcpy(header.data(), magic.data(), magic.size());
    set(header, 8, version);
    set(header, 12, static_cast<std::uint32_t>(sections.size()));
    set(header, 16, offset); // the size of the file
    set(header, 32, sum);
    set(header, 40, written ? std::int64_t{written->time_since_epoch().count()} : 0);
    set(header, 24, head_checksum(header, sections.size()));
    return header;
}

/// The sections with their header in front; fails if one cannot be compressed.
Result<std::vector<std::vector<std::byte>>>
make_parts(const KernelFacts& facts, Packing packing,
           std::optional<std::chrono::sys_seconds> written) {
    std::vector<Section> sections = make_sections(facts, packing);
    if (std::ranges::any_of(sections, [](const Section& made) {
            return made.packed.empty() && made.unpacked_size > 0;
        }))
        return fail("compression failed");
    std::vector<std::vector<std::byte>> parts{make_header(sections, written)};
    for (Section& section : sections)
        parts.push_back(std::move(section.packed));
    return parts;
}

} // namespace

Result<void> write_snapshot(const KernelFacts& facts, const std::filesystem::path& path,
                            Packing packing) {
    std::optional<std::chrono::sys_seconds> written;
    if (packing == Packing::modules_only)
        written = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto made = make_parts(facts, packing, written);
    if (!made) return fail(fmt::format("cannot write {}: {}", path.string(), made.error().message));
    const std::vector<Bytes> parts(made->begin(), made->end());
    return write_file(path, parts, written);
}

Result<std::vector<std::byte>> snapshot_bytes(const KernelFacts& facts) {
    const auto made = make_parts(facts, Packing::all, {});
    if (!made) return std::unexpected(made.error());
    std::vector<std::byte> bytes;
    for (const auto& part : *made)
        bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

} // namespace kps::kernel
