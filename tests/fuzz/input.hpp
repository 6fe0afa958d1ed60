#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

/// What libFuzzer calls, or replay.cpp for each file of a corpus. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace kps::fuzz {

using Bytes = std::span<const std::byte>;

/// Ends the process, as a finding.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

/// Takes an input apart from the front; what is not there reads as 0 or empty.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size)
        : rest_(std::as_bytes(std::span(data, size))) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    unsigned byte() {
        const Bytes one = bytes(1);
        return one.empty() ? 0 : std::to_integer<unsigned>(one.front());
    }
    unsigned short_number() {
        const unsigned low = byte();
        return low | byte() << 8;
    }
    Bytes bytes(std::size_t size) {
        const Bytes taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    Bytes rest() { return bytes(rest_.size()); }

private:
    Bytes rest_;
};

inline std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A file with these bytes, for readers that want a path.
class MemoryFile {
public:
    explicit MemoryFile(Bytes bytes) : fd_(::memfd_create("input", MFD_CLOEXEC)) {
        require(fd_ >= 0, "a file in memory can be made");
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        require(written == static_cast<ssize_t>(bytes.size()), "it can be written");
    }
    ~MemoryFile() { ::close(fd_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

} // namespace kps::fuzz
