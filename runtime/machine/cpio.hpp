#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::machine {

/// An initramfs in the making: a "newc" cpio archive as the kernel unpacks it
/// (Documentation/driver-api/early-userspace/buffer-format.rst, 6.12), uncompressed, since under
/// emulation unpacking costs more than copying. The same contents give the same bytes.
///
/// Paths are those of the guest, with or without a leading `/`. Everything belongs to root. The
/// guest's `/bin`, `/sbin`, `/lib` and `/lib64` are links into `/usr`: what is put there goes to
/// `/usr`. Directories on the way to a path are made. A second entry of a path replaces the first.
class Initramfs {
public:
    Initramfs();

    void directory(std::string_view path, std::uint32_t permissions = 0755);
    void file(std::string_view path, std::span<const std::byte> content,
              std::uint32_t permissions = 0644);
    void file(std::string_view path, std::string_view content, std::uint32_t permissions = 0644);
    void link(std::string_view path, std::string_view target);
    void character_device(std::string_view path, std::uint32_t major, std::uint32_t minor);

    [[nodiscard]] bool contains(std::string_view path) const;
    /// The archive with its trailer.
    [[nodiscard]] std::vector<std::byte> archive() const;

private:
    struct Entry {
        std::uint32_t mode = 0;
        std::vector<std::byte> content; ///< of a file, or the target of a link
        std::uint32_t major = 0;
        std::uint32_t minor = 0;
    };

    void add(std::string_view path, Entry entry);

    std::map<std::string, Entry, std::less<>> entries_; ///< a directory sorts before its contents
};

/// `path` as the archive knows it: without leading, doubled and trailing `/`, without `.` and `..`,
/// and with `usr/` before a first part that is a link into it.
std::string guest_path(std::string_view path);

} // namespace kps::machine
