#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <filesystem>
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
/// becomes `path`: a reader sees the old file or the whole new one. Makes the directory.
Result<void> write_file(const std::filesystem::path& path,
                        std::span<const std::span<const std::byte>> parts);

/// A file mapped to memory for reading. Files that `write_file` makes are never changed in place.
class MappedFile {
public:
    static Result<MappedFile> open(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    /// Gives the memory back; what is looked at again is read from the file again.
    void release() const;

private:
    MappedFile() = default;
    std::span<const std::byte> bytes_;
};

} // namespace kps::kernel
