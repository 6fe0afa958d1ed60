#pragma once

#include "compiler/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kps::kernel {

/// The whole of a file; files of /proc and /sys, which tell no size, too.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path);
Result<std::string> read_text(const std::filesystem::path& path);
/// The first `size` bytes of a file, or fewer if it is shorter.
Result<std::vector<std::byte>> read_head(const std::filesystem::path& path, std::size_t size);

/// Writes the parts, one after the other, to a temporary name in the same directory, which then
/// becomes `path`: a reader sees the old file or the whole new one. Makes the directory. The file
/// tells `changed`, if given, as the time of its last change.
Result<void> write_file(const std::filesystem::path& path,
                        std::span<const std::span<const std::byte>> parts,
                        std::optional<std::chrono::sys_seconds> changed = {});

/// A file mapped to memory for reading. Files that `write_file` makes are never changed in place.
class MappedFile {
public:
    static Result<MappedFile> open(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    /// When the file was last changed, as far as it tells.
    [[nodiscard]] std::chrono::sys_time<std::chrono::nanoseconds> changed() const {
        return changed_;
    }
    /// Gives the memory back; what is looked at again is read from the file again.
    void release() const;

private:
    MappedFile() = default;
    std::span<const std::byte> bytes_;
    std::chrono::sys_time<std::chrono::nanoseconds> changed_;
};

} // namespace kps::kernel
