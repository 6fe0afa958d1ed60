#include "compiler/kernel/snapshot.hpp"

#include "compiler/kernel/snapshot_file.hpp"
#include "compiler/kernel/view_parts.hpp"

#include <fmt/core.h>
#include <future>

namespace kps::kernel {

namespace {

using namespace snapshot;
using Bytes = std::span<const std::byte>;

std::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view problem) {
    return fail(fmt::format("cannot use the snapshot {}: {}", path.string(), problem),
                "make it anew with `kps kernel snapshot`, or fetch the kernel again");
}

/// Nothing if they are not as they were written.
std::optional<SymbolList> unpack_symbols(const SnapshotFile& snapshot, SectionKind names,
                                         SectionKind entries, std::size_t modules) {
    std::vector<SymbolEntry> list;
    bool sane = true;
    snapshot.unpack_frames(
        entries, [&](Bytes block) { return sane = unpack_entries(block, modules, list); });
    KeptBytes texts = snapshot.content(names);
    const std::size_t names_end =
        list.empty() ? 0 : list.back().name_offset + list.back().name_size;
    if (!sane || names_end != texts.bytes.size()) return std::nullopt;
    return SymbolList(keep(std::move(list)), std::move(texts), modules);
}

std::optional<SymbolList> kernel_symbols(const SnapshotFile& snapshot) {
    if (!snapshot.holds(SectionKind::kernel_records))
        return unpack_symbols(snapshot, SectionKind::kernel_names, SectionKind::kernel_symbols, 1);
    return SymbolList(snapshot.content(SectionKind::kernel_records),
                      snapshot.content(SectionKind::kernel_names), 1);
}

Result<std::unique_ptr<Btf>> kernel_btf(const SnapshotFile& snapshot) {
    KeptBytes bytes = snapshot.content(SectionKind::btf);
    if (bytes.bytes.empty()) return nullptr;
    const bool in_place = snapshot.holds(SectionKind::btf_records);
    auto btf = in_place ? Btf::open(std::move(bytes), snapshot.content(SectionKind::btf_records),
                                    snapshot.content(SectionKind::btf_names))
                        : Btf::parse(std::move(bytes));
    if (!btf) return std::unexpected(btf.error());
    btf->index_names();
    return std::make_unique<Btf>(std::move(*btf));
}

/// What concerns modules, read when it is first asked for.
class SnapshotModules {
public:
    explicit SnapshotModules(std::shared_ptr<const SnapshotFile> snapshot)
        : snapshot_(std::move(snapshot)) {}
    [[nodiscard]] std::vector<Module> list() const {
        std::vector<Module> modules{kernel_itself()};
        for (const ModuleEntry& entry : entries())
            modules.push_back(entry.module);
        return modules;
    }
    [[nodiscard]] SymbolList symbols() const {
        return unpack_symbols(*snapshot_, SectionKind::module_names, SectionKind::module_symbols,
                              entries().size() + 1)
            .value_or(SymbolList{});
    }
    /// By one thread at a time.
    [[nodiscard]] KeptBytes btf(ModuleIndex module) const {
        const ModuleEntry& entry = entries().at(module - 1);
        if (chunk_number_ != entry.btf_chunk)
            chunk_ = snapshot_->content(SectionKind::module_btf, entry.btf_chunk);
        chunk_number_ = entry.btf_chunk;
        return {slice(chunk_.bytes, entry.btf_offset, entry.btf_size), chunk_.keeper};
    }

private:
    [[nodiscard]] const std::vector<ModuleEntry>& entries() const {
        std::call_once(read_, [this] {
            entries_ = unpack_modules(snapshot_->content(SectionKind::modules).bytes)
                           .value_or(std::vector<ModuleEntry>{});
        });
        return entries_;
    }

    std::shared_ptr<const SnapshotFile> snapshot_;
    mutable std::once_flag read_;
    mutable std::vector<ModuleEntry> entries_;
    mutable std::optional<std::uint32_t> chunk_number_; // modules are mostly asked for in order
    mutable KeptBytes chunk_;
};

/// Puts in what is read when it is asked for.
void put_lazy(KernelView::Parts& parts, const std::shared_ptr<const SnapshotFile>& snapshot) {
    const auto modules = std::make_shared<const SnapshotModules>(snapshot);
    parts.symbol_parts->load_modules = [modules] { return modules->symbols(); };
    parts.load_modules = [modules] { return modules->list(); };
    parts.load_btf = [modules](ModuleIndex module) { return modules->btf(module); };
    parts.load_events = [snapshot] {
        return parse_events(as_text(snapshot->content(SectionKind::events).bytes));
    };
}

/// What is known of the kernel as a whole.
void put_about(KernelView::Parts& parts, About about, const SnapshotFile& snapshot) {
    parts.release = std::move(about.release);
    parts.architecture = about.architecture;
    parts.remarks = std::move(about.remarks);
    parts.features =
        ProbeFeatures(std::string(as_text(snapshot.content(SectionKind::readme).bytes)));
    parts.config = snapshot.content(SectionKind::config);
    parts.symbol_parts->module_symbols = about.module_symbols;
    parts.symbol_parts->filter = NameFilter(snapshot.content(SectionKind::name_filter));
}

using Opened = std::expected<std::shared_ptr<const SnapshotFile>, std::string>;

/// `path` is for messages.
Result<std::shared_ptr<const KernelView>> view_of(const Opened& opened,
                                                  const std::filesystem::path& path,
                                                  std::string origin,
                                                  KernelView::CodeReader read_code) {
    if (!opened) return refuse(path, opened.error());
    const SnapshotFile& snapshot = **opened;
    const bool in_place = snapshot.holds(SectionKind::kernel_records);
    // Unpacking types and unpacking symbols take about the same time.
    auto types = std::async(in_place ? std::launch::deferred : std::launch::async,
                            [&] { return kernel_btf(snapshot); });
    const bool intact = snapshot.is_intact();
    auto about = unpack_about(snapshot.content(SectionKind::about).bytes);
    auto symbols = kernel_symbols(snapshot);
    auto btf = types.get();
    if (!intact) return refuse(path, "it is damaged: wrong checksum");
    if (!about || !symbols) return refuse(path, "it is damaged");
    if (!btf) return refuse(path, btf.error().message);
    auto parts = std::make_unique<KernelView::Parts>();
    put_about(*parts, std::move(*about), snapshot);
    put_lazy(*parts, *opened);
    parts->origin = std::move(origin);
    parts->read_code = std::move(read_code);
    parts->btf = std::move(*btf);
    parts->symbol_parts->kernel = std::move(*symbols);
    if (!in_place) snapshot.release();
    return std::make_shared<const KernelView>(std::move(parts));
}

} // namespace

bool is_snapshot(Bytes head) {
    return as_text(head).starts_with(magic);
}

Result<std::shared_ptr<const KernelView>> open_snapshot(const std::filesystem::path& path,
                                                        std::string origin,
                                                        KernelView::CodeReader read_code) {
    auto file = MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    return view_of(SnapshotFile::open(std::move(*file)), path, std::move(origin),
                   std::move(read_code));
}

Result<std::shared_ptr<const KernelView>> open_snapshot(std::vector<std::byte> bytes,
                                                        std::string origin) {
    return view_of(SnapshotFile::open(std::move(bytes)), origin, origin, {});
}

} // namespace kps::kernel
