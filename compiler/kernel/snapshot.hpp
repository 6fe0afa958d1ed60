#pragma once

#include "compiler/kernel/facts.hpp"

#include <filesystem>

namespace kps::kernel {

/// A kernel view in a file, made for opening fast: a view of one reads what concerns modules only
/// when it is asked for.
///
/// Layout, all numbers little-endian:
///   0   8 bytes  `kpskern` and a NUL
///   8   u32      version, 3
///   12  u32      number of sections
///   16  u64      size of the file
///   24  u64      checksum of bytes 8 to 23, then 32 to the end of the table
///   32  u64      checksum of the sections, one after the other
///   40  i64      when it was written, as the file tells it: seconds since 1970; 0: does not say
///   48  24 bytes for each section: u32 kind, u32 unpacked size, u64 offset, u64 packed size
/// and the sections: one zstd frame or several (RFC 8878), or the content as it is if both sizes
/// are equal, to be used where it lies. Their kinds and contents are in snapshot_sections.hpp.
///
/// What is checked: header, table and the bounds of all sections at each opening; the sections'
/// checksum unless the file was last changed when it says it was written (in whole seconds, which
/// copies that keep the time keep, too). What a section refers to is checked when it is followed,
/// so that damage which no check has told is safe to read.

/// Whether the kernel's own names and types are packed too. Without that a file is larger, and used
/// in place: opening it reads next to nothing of it. The cache wants it so.
enum class Packing : std::uint8_t { all, modules_only };

/// Writes `facts` to `path`, complete or not at all.
Result<void> write_snapshot(const KernelFacts& facts, const std::filesystem::path& path,
                            Packing packing = Packing::all);

/// The bytes of the file that `write_snapshot` writes.
Result<std::vector<std::byte>> snapshot_bytes(const KernelFacts& facts);

/// Fails if the file is no snapshot, is damaged or cut short, or is of a newer version. `origin` is
/// what the view tells of itself; snapshots hold no code, so that `read_code` must come from
/// elsewhere.
Result<std::shared_ptr<const KernelView>> open_snapshot(const std::filesystem::path& path,
                                                        std::string origin,
                                                        KernelView::CodeReader read_code = {});

/// The same of a file's bytes.
Result<std::shared_ptr<const KernelView>> open_snapshot(std::vector<std::byte> bytes,
                                                        std::string origin);

/// Whether a file that begins with these bytes (at least 8) is meant to be a snapshot.
bool is_snapshot(std::span<const std::byte> head);

} // namespace kps::kernel
