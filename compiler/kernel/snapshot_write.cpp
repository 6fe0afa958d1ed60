#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "compiler/kernel/task_pool.hpp"

#include <algorithm>
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

Section compress_entries(SectionKind kind, const SymbolList& list, int level) {
    Section section{kind};
    std::span<const SymbolList::Entry> rest = list.entries;
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
About describe(const KernelFacts& facts) {
    About about{facts.image.release, facts.image.architecture, facts.remarks, {}, 0};
    std::uint32_t chunk = 0;
    std::size_t used = 0;
    for (const ModuleFacts& module : facts.modules) {
        if (used > 0 && used + module.btf.size() > chunk_size) {
            ++chunk;
            used = 0;
        }
        about.modules.push_back({{module.name, module.depends, module.path},
                                 chunk,
                                 static_cast<std::uint32_t>(used),
                                 static_cast<std::uint32_t>(module.btf.size())});
        about.module_symbols += static_cast<std::uint32_t>(module.symbols.size());
        used += module.btf.size();
    }
    return about;
}

std::vector<Section> make_texts(const KernelFacts& facts, const About& about) {
    const ImageFacts& image = facts.image;
    return {compress(SectionKind::about, pack(about), kernel_level),
            compress(SectionKind::config, as_data(image.config), kernel_level),
            compress(SectionKind::readme, as_data(image.readme), kernel_level),
            compress(SectionKind::events, as_data(print_events(image.events)), kernel_level)};
}

std::vector<Section> make_kernel_symbols(const ImageFacts& image, Packing packing) {
    const SymbolList list = list_symbols(image);
    return {pack(SectionKind::kernel_names, as_data(list.names), packing),
            compress_entries(SectionKind::kernel_symbols, list, kernel_level)};
}

Section filter_section(const SymbolList& list) {
    return store(SectionKind::name_filter, NameFilter::of(list).bytes()); // as good as random
}

std::vector<Section> make_module_symbols(std::span<const ModuleFacts> modules) {
    const SymbolList list = list_symbols(modules);
    return {compress(SectionKind::module_names, as_data(list.names), module_level),
            compress_entries(SectionKind::module_symbols, list, module_level),
            filter_section(list)};
}

std::vector<Section> make_module_btf(const KernelFacts& facts, const About& about,
                                     std::uint32_t chunk) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < facts.modules.size(); ++i)
        if (about.modules[i].btf_chunk == chunk)
            bytes.insert(bytes.end(), facts.modules[i].btf.begin(), facts.modules[i].btf.end());
    return {compress(SectionKind::module_btf, bytes, module_level)};
}

/// All sections, in the order in which they are written, made several at a time.
std::vector<Section> make_sections(const KernelFacts& facts, const About& about, Packing packing) {
    // What takes longest comes first, so that no thread is left alone with it.
    std::vector<std::function<std::vector<Section>()>> makers{
        [&] { return make_module_symbols(facts.modules); },
        [&] { return make_kernel_symbols(facts.image, packing); },
        [&] { return std::vector{pack(SectionKind::btf, facts.image.btf, packing)}; },
        [&] { return make_texts(facts, about); }};
    const std::uint32_t chunks = about.modules.empty() ? 0 : about.modules.back().btf_chunk + 1;
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk)
        makers.emplace_back([&, chunk] { return make_module_btf(facts, about, chunk); });
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

std::vector<std::byte> make_header(const std::vector<Section>& sections) {
    std::vector<std::byte> table;
    std::uint64_t offset = header_size + sections.size() * entry_size;
    for (const Section& section : sections) {
        put(table, static_cast<std::uint32_t>(section.kind));
        put(table, static_cast<std::uint32_t>(section.unpacked_size));
        put(table, offset);
        put(table, std::uint64_t{section.packed.size()});
        offset += section.packed.size();
    }
    std::vector<std::byte> header;
    for (const char c : magic)
        put(header, c);
    put(header, version);
    put(header, static_cast<std::uint32_t>(sections.size()));
    put(header, offset); // the size of the file
    std::uint64_t sum = checksum(Bytes(header).subspan(checked_from), 0);
    sum = checksum(table, sum);
    for (const Section& section : sections)
        sum = checksum(section.packed, sum);
    put(header, sum);
    header.insert(header.end(), table.begin(), table.end());
    return header;
}

/// The sections with their header in front; fails if one cannot be compressed.
Result<std::vector<std::vector<std::byte>>> make_parts(const KernelFacts& facts, Packing packing) {
    std::vector<Section> sections = make_sections(facts, describe(facts), packing);
    if (std::ranges::any_of(sections, [](const Section& made) {
            return made.packed.empty() && made.unpacked_size > 0;
        }))
        return fail("compression failed");
    std::vector<std::vector<std::byte>> parts{make_header(sections)};
    for (Section& section : sections)
        parts.push_back(std::move(section.packed));
    return parts;
}

} // namespace

Result<void> write_snapshot(const KernelFacts& facts, const std::filesystem::path& path,
                            Packing packing) {
    const auto made = make_parts(facts, packing);
    if (!made) return fail(fmt::format("cannot write {}: {}", path.string(), made.error().message));
    const std::vector<Bytes> parts(made->begin(), made->end());
    return write_file(path, parts);
}

Result<std::vector<std::byte>> snapshot_bytes(const KernelFacts& facts) {
    const auto made = make_parts(facts, Packing::all);
    if (!made) return std::unexpected(made.error());
    std::vector<std::byte> bytes;
    for (const auto& part : *made)
        bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

} // namespace kps::kernel
