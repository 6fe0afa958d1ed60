#include "compiler/kernel/snapshot_file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <zstd.h>

namespace kps::kernel::snapshot {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t largest_section = std::size_t{128} << 20;

std::vector<std::byte> unpack(Bytes packed, std::size_t unpacked_size) {
    std::vector<std::byte> content(unpacked_size);
    const std::size_t size =
        ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
    if (size != content.size()) content.clear();
    return content;
}

} // namespace

std::string SnapshotFile::check_header() const {
    const Bytes file = file_.bytes;
    if (!as_text(file).starts_with(magic)) return "it is not a snapshot";
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

std::string SnapshotFile::read_table() {
    const Bytes file = file_.bytes;
    const std::uint64_t count = load_le<std::uint32_t>(file, 12);
    if (!in_bounds(file, header_size, count * entry_size)) return "it is damaged: wrong table";
    if (head_checksum(file, count) != load_le<std::uint64_t>(file, 24))
        return "it is damaged: wrong checksum";
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

bool SnapshotFile::is_intact() const {
    const Bytes file = file_.bytes;
    const auto written = load_le<std::int64_t>(file, 40);
    if (written != 0 && mapped_ &&
        mapped_->changed().time_since_epoch() == std::chrono::seconds(written))
        return true;
    std::uint64_t sum = 0;
    for (const Section& section : sections_)
        sum = checksum(section.packed, sum);
    return sum == load_le<std::uint64_t>(file, 32);
}

std::expected<std::shared_ptr<const SnapshotFile>, std::string>
SnapshotFile::open(MappedFile file) {
    const auto mapped = std::make_shared<const MappedFile>(std::move(file));
    const KeptBytes bytes{mapped->bytes(), mapped};
    return check(std::shared_ptr<SnapshotFile>(new SnapshotFile(bytes, mapped)));
}

std::expected<std::shared_ptr<const SnapshotFile>, std::string>
SnapshotFile::open(std::vector<std::byte> file) {
    return check(std::shared_ptr<SnapshotFile>(new SnapshotFile(keep(std::move(file)), nullptr)));
}

std::expected<std::shared_ptr<const SnapshotFile>, std::string>
SnapshotFile::check(const std::shared_ptr<SnapshotFile>& snapshot) {
    std::string problem = snapshot->check_header();
    if (problem.empty()) problem = snapshot->read_table();
    if (!problem.empty()) return std::unexpected(std::move(problem));
    return snapshot;
}

const SnapshotFile::Section* SnapshotFile::find(SectionKind kind, std::size_t number) const {
    for (const Section& section : sections_)
        if (section.kind == kind && number-- == 0) return &section;
    return nullptr;
}

bool SnapshotFile::holds(SectionKind kind) const {
    return find(kind, 0) != nullptr;
}

KeptBytes SnapshotFile::content(SectionKind kind, std::size_t number) const {
    const Section* section = find(kind, number);
    if (section == nullptr) return {};
    if (section->packed.size() == section->unpacked_size) return {section->packed, file_.keeper};
    return keep(unpack(section->packed, section->unpacked_size));
}

void SnapshotFile::unpack_frames(SectionKind kind, const std::function<bool(Bytes)>& take) const {
    const Section* section = find(kind, 0);
    if (section == nullptr) return;
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

} // namespace kps::kernel::snapshot
