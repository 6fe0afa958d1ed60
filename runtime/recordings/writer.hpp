#pragma once

#include "runtime/recordings/format.hpp"

#include <filesystem>

namespace kps::recordings {

/// Writes our own recordings, test by test. The file stands under another name until its first test
/// is complete, and goes if there is none: what has the name can be read, and what was there before
/// is replaced by something only. A device or pipe is written to as it is.
class Writer {
public:
    /// Fails if the file cannot be written.
    static Result<Writer> create(const std::filesystem::path& path, const Recording& about);
    Writer(Writer&& other) noexcept;
    Writer& operator=(Writer&& other) noexcept;
    ~Writer();

    /// What the tests that follow have as `Observed::sources`; returns that number.
    std::uint32_t add(Sources sources);
    /// What cannot be written is told by `finish`.
    void add(const Observed& test);
    /// Ends the recording.
    Result<void> finish();

private:
    Writer(std::filesystem::path path, int file, std::string temporary);
    void add_block(BlockKind kind, Bytes bytes);
    void add_kernel(Bytes snapshot);
    void flush();

    std::filesystem::path path_;
    int file_ = -1;
    std::string temporary_; // empty: it has its name
    int error_ = 0;         // the first errno
    std::vector<std::byte> unwritten_;
    std::vector<Sources> sources_;
};

/// The bytes of the file that a `Writer` makes of it.
std::vector<std::byte> encode(const Recording& recording);

} // namespace kps::recordings
