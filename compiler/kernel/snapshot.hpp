#pragma once

#include "compiler/kernel/facts.hpp"

#include <filesystem>

namespace kps::kernel {

/// A kernel view in a file, made for opening fast: a view of one reads the kernel's own part at
/// once and what concerns modules only when it is asked for.
///
/// Layout, all numbers little-endian:
///   0   8 bytes  `kpskern` and a NUL
///   8   u32      version, 2
///   12  u32      number of sections
///   16  u64      size of the file
///   24  u64      checksum of bytes 8 to 23 and of all that follows it
///   32  24 bytes for each section: u32 kind, u32 unpacked size, u64 offset, u64 packed size
/// and the sections: one zstd frame or several (RFC 8878), or the content as it is if both sizes
/// are equal. Their kinds and contents are in snapshot_sections.hpp.

/// Whether the kernel's own names and types are packed too. Without that a file is twice as large
/// and opened in half the time, as the cache wants it.
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
