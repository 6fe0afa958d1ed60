#pragma once

#include "compiler/kernel/bytes.hpp"
#include "compiler/kernel/file_io.hpp"
#include "compiler/kernel/snapshot_sections.hpp"

namespace kps::kernel::snapshot {

/// A snapshot with its sections as they lie in it.
class SnapshotFile {
public:
    /// Fails with what is wrong if the header and the table of sections are not as they were
    /// written or do not fit the file.
    static std::expected<std::shared_ptr<const SnapshotFile>, std::string> open(MappedFile file);
    static std::expected<std::shared_ptr<const SnapshotFile>, std::string>
    open(std::vector<std::byte> file);

    /// Whether the sections are as they were written: nobody has changed the file since, or their
    /// checksum is right. Until that is known their content is only safe to read.
    [[nodiscard]] bool is_intact() const;
    [[nodiscard]] bool holds(SectionKind kind) const;
    /// A section's content, where it lies in the file if it is not packed; empty if there is none
    /// or it cannot be unpacked.
    [[nodiscard]] KeptBytes content(SectionKind kind, std::size_t number = 0) const;
    /// Unpacks a section frame by frame; stops when `take(bytes)` returns false.
    void unpack_frames(SectionKind kind,
                       const std::function<bool(std::span<const std::byte>)>& take) const;
    /// Most is read once.
    void release() const {
        if (mapped_) mapped_->release();
    }

private:
    struct Section {
        SectionKind kind{};
        std::size_t unpacked_size = 0;
        std::span<const std::byte> packed;
    };

    SnapshotFile(KeptBytes file, std::shared_ptr<const MappedFile> mapped)
        : file_(std::move(file)), mapped_(std::move(mapped)) {}
    static std::expected<std::shared_ptr<const SnapshotFile>, std::string>
    check(const std::shared_ptr<SnapshotFile>& snapshot);
    [[nodiscard]] std::string check_header() const; // what is wrong, or nothing
    std::string read_table();
    [[nodiscard]] const Section* find(SectionKind kind, std::size_t number) const;

    KeptBytes file_;
    std::shared_ptr<const MappedFile> mapped_; // what keeps it, if it is one
    std::vector<Section> sections_;
};

} // namespace kps::kernel::snapshot
