#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"
#include "compiler/kernel/view_parts.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <future>
#include <zstd.h>

namespace kps::kernel {

namespace {

using namespace snapshot;
using Bytes = std::span<const std::byte>;

constexpr std::size_t largest_section = std::size_t{128} << 20;

struct Section {
    SectionKind kind{};
    std::size_t unpacked_size = 0;
    Bytes packed;
};

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view problem) {
    return fail(fmt::format("cannot use the snapshot {}: {}", path.string(), problem),
                "make it anew with `kps kernel snapshot`, or fetch the kernel again");
}

/// The file with its sections still packed.
class Snapshot {
public:
    static Result<std::shared_ptr<const Snapshot>> open(const std::filesystem::path& path);
    static Result<std::shared_ptr<const Snapshot>> open(std::vector<std::byte> bytes,
                                                        const std::string& origin);
    /// Whether it is as it was written; until that is known its content is only safe to read.
    [[nodiscard]] bool is_intact() const;
    /// A section's content, as bytes or text; empty if there is none or it cannot be unpacked.
    template <class Container = std::vector<std::byte>>
    [[nodiscard]] Container unpack(SectionKind kind, std::size_t number = 0) const;

    /// Unpacks a section frame by frame; stops when `take(bytes)` returns false.
    template <class Take>
    void unpack_frames(SectionKind kind, Take take) const;
    /// Most is read once.
    void release() const {
        if (mapped_) mapped_->release();
    }

private:
    explicit Snapshot(MappedFile file) : mapped_(std::move(file)), file_(mapped_->bytes()) {}
    explicit Snapshot(std::vector<std::byte> bytes) : owned_(std::move(bytes)), file_(owned_) {}
    static Result<std::shared_ptr<const Snapshot>> read(std::shared_ptr<Snapshot> snapshot,
                                                        const std::filesystem::path& path);
    [[nodiscard]] std::string check_header() const; // what is wrong, or nothing
    std::string read_table();

    std::optional<MappedFile> mapped_; // one of the two
    std::vector<std::byte> owned_;
    Bytes file_;
    std::vector<Section> sections_;
};

std::string Snapshot::check_header() const {
    const Bytes file = file_;
    if (!is_snapshot(file)) return "it is not a snapshot";
    if (file.size() < header_size) return "it is cut short";
    if (const auto found = load_le<std::uint32_t>(file, 8); found != version)
        return fmt::format("it is of {} version: {}, this program reads {}",
                           found > version ? "a newer" : "an older", found, version);
    const auto size = load_le<std::uint64_t>(file, 16);
    if (size > file.size())
        return fmt::format("it is cut short: {} of {} bytes are there", file.size(), size);
    if (size < file.size()) return "it is damaged: something follows its end";
    return {};
}

std::string Snapshot::read_table() {
    const Bytes file = file_;
    const std::uint64_t count = load_le<std::uint32_t>(file, 12);
    if (!in_bounds(file, header_size, count * entry_size)) return "it is damaged: wrong table";
    for (std::uint64_t i = 0; i < count; ++i) {
        const Bytes entry = file.subspan(header_size + i * entry_size, entry_size);
        const auto offset = load_le<std::uint64_t>(entry, 8);
        const auto size = load_le<std::uint64_t>(entry, 16);
        const std::size_t unpacked = load_le<std::uint32_t>(entry, 4);
        if (!in_bounds(file, offset, size) || unpacked > largest_section)
            return "it is damaged: wrong table";
        sections_.push_back({static_cast<SectionKind>(load_le<std::uint32_t>(entry, 0)), unpacked,
                             file.subspan(offset, size)});
    }
    return {};
}

bool Snapshot::is_intact() const {
    const Bytes file = file_;
    std::uint64_t sum = checksum(file.subspan(checked_from, checked_to - checked_from), 0);
    sum = checksum(file.subspan(header_size, sections_.size() * entry_size), sum);
    for (const Section& section : sections_)
        sum = checksum(section.packed, sum);
    return sum == load_le<std::uint64_t>(file, checked_to);
}

Result<std::shared_ptr<const Snapshot>> Snapshot::open(const std::filesystem::path& path) {
    auto file = MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    return read(std::shared_ptr<Snapshot>(new Snapshot(std::move(*file))), path);
}

Result<std::shared_ptr<const Snapshot>> Snapshot::open(std::vector<std::byte> bytes,
                                                       const std::string& origin) {
    return read(std::shared_ptr<Snapshot>(new Snapshot(std::move(bytes))), origin);
}

Result<std::shared_ptr<const Snapshot>> Snapshot::read(std::shared_ptr<Snapshot> snapshot,
                                                       const std::filesystem::path& path) {
    std::string problem = snapshot->check_header();
    if (problem.empty()) problem = snapshot->read_table();
    if (problem.empty()) return snapshot;
    return refuse(path, problem);
}

template <class Container>
Container Snapshot::unpack(SectionKind kind, std::size_t number) const {
    Container content;
    for (const Section& section : sections_) {
        if (section.kind != kind || number-- != 0) continue;
        content.resize(section.unpacked_size);
        if (section.packed.size() == content.size()) {
            std::ranges::copy(section.packed, std::as_writable_bytes(std::span(content)).begin());
            break;
        }
        const std::size_t size = ZSTD_decompress(content.data(), content.size(),
                                                 section.packed.data(), section.packed.size());
        if (size != content.size()) content.clear();
        break;
    }
    return content;
}

template <class Take>
void Snapshot::unpack_frames(SectionKind kind, Take take) const {
    const auto section = std::ranges::find(sections_, kind, &Section::kind);
    if (section == sections_.end()) return;
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       ZSTD_freeDCtx);
    std::vector<std::byte> buffer;
    for (Bytes rest = section->packed; !rest.empty();) {
        const std::size_t packed = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
        const auto unpacked = ZSTD_getFrameContentSize(rest.data(), rest.size());
        if (ZSTD_isError(packed) || unpacked > section->unpacked_size) return;
        buffer.resize(unpacked);
        const std::size_t size =
            ZSTD_decompressDCtx(context.get(), buffer.data(), buffer.size(), rest.data(), packed);
        if (size != unpacked || !take(Bytes(buffer))) return;
        rest = rest.subspan(packed);
    }
}

/// Nothing if they are not as they were written.
std::optional<SymbolList> unpack_symbols(const Snapshot& snapshot, SectionKind names,
                                         SectionKind entries, std::size_t modules) {
    SymbolList list;
    list.names = snapshot.unpack<std::string>(names);
    bool sane = true;
    snapshot.unpack_frames(
        entries, [&](Bytes block) { return sane = unpack_entries(block, modules, list.entries); });
    const std::size_t names_end =
        list.entries.empty() ? 0 : list.entries.back().name_offset + list.entries.back().name_size;
    if (!sane || names_end != list.names.size()) return std::nullopt;
    return list;
}

Result<std::unique_ptr<Btf>> unpack_btf(const Snapshot& snapshot) {
    std::vector<std::byte> bytes = snapshot.unpack(SectionKind::btf);
    if (bytes.empty()) return nullptr;
    auto btf = Btf::parse(std::move(bytes));
    if (!btf) return std::unexpected(btf.error());
    btf->index_names();
    return std::make_unique<Btf>(std::move(*btf));
}

/// Puts the modules' part in, to be read when asked for.
void put_modules(KernelView::Parts& parts, std::vector<ModuleEntry> entries,
                 const std::shared_ptr<const Snapshot>& snapshot) {
    SymbolTable::Parts& symbols = *parts.symbol_parts;
    symbols.filter = NameFilter(snapshot->unpack(SectionKind::name_filter));
    parts.modules.push_back(kernel_itself());
    for (const ModuleEntry& entry : entries)
        parts.modules.push_back(entry.module);
    symbols.load_modules = [snapshot, modules = parts.modules.size()] {
        return unpack_symbols(*snapshot, SectionKind::module_names, SectionKind::module_symbols,
                              modules)
            .value_or(SymbolList{});
    };
    parts.load_btf = [snapshot, entries = std::move(entries)](ModuleIndex module) {
        const ModuleEntry& entry = entries.at(module - 1);
        const auto chunk = snapshot->unpack(SectionKind::module_btf, entry.btf_chunk);
        const Bytes btf = slice(chunk, entry.btf_offset, entry.btf_size);
        return std::vector<std::byte>(btf.begin(), btf.end());
    };
}

/// Reads all of it; `path` is for messages.
Result<std::shared_ptr<const KernelView>> view_of(const std::shared_ptr<const Snapshot>& snapshot,
                                                  const std::filesystem::path& path,
                                                  std::string origin,
                                                  KernelView::CodeReader read_code) {
    // Types and symbols take about the same time.
    auto types = std::async(std::launch::async, [&] { return unpack_btf(*snapshot); });
    const bool intact = snapshot->is_intact();
    auto parts = std::make_unique<KernelView::Parts>();
    auto about = unpack_about(snapshot->unpack(SectionKind::about));
    auto symbols =
        unpack_symbols(*snapshot, SectionKind::kernel_names, SectionKind::kernel_symbols, 1);
    auto btf = types.get();
    if (!intact) return refuse(path, "it is damaged: wrong checksum");
    if (!about || !symbols) return refuse(path, "it is damaged");
    if (!btf) return refuse(path, btf.error().message);
    parts->release = std::move(about->release);
    parts->architecture = about->architecture;
    parts->origin = std::move(origin);
    parts->read_code = std::move(read_code);
    parts->remarks = std::move(about->remarks);
    parts->features = ProbeFeatures(snapshot->unpack<std::string>(SectionKind::readme));
    parts->config = snapshot->unpack<std::string>(SectionKind::config);
    parts->load_events = [snapshot] {
        return parse_events(snapshot->unpack<std::string>(SectionKind::events));
    };
    parts->btf = std::move(*btf);
    parts->symbol_parts->kernel = std::move(*symbols);
    parts->symbol_parts->module_symbols = about->module_symbols;
    put_modules(*parts, std::move(about->modules), snapshot);
    snapshot->release();
    return std::make_shared<const KernelView>(std::move(parts));
}

} // namespace

bool is_snapshot(Bytes head) {
    return as_text(head).starts_with(magic);
}

Result<std::shared_ptr<const KernelView>> open_snapshot(const std::filesystem::path& path,
                                                        std::string origin,
                                                        KernelView::CodeReader read_code) {
    auto opened = Snapshot::open(path);
    if (!opened) return std::unexpected(opened.error());
    return view_of(*opened, path, std::move(origin), std::move(read_code));
}

Result<std::shared_ptr<const KernelView>> open_snapshot(std::vector<std::byte> bytes,
                                                        std::string origin) {
    auto opened = Snapshot::open(std::move(bytes), origin);
    if (!opened) return std::unexpected(opened.error());
    return view_of(*opened, origin, origin, {});
}

} // namespace kps::kernel
