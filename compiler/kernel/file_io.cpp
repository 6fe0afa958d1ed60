#include "compiler/kernel/file_io.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace kps::kernel {

namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return number_; }

private:
    int number_;
};

std::unexpected<Error> failure(const char* verb, const std::filesystem::path& path) {
    return fail(fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(errno)));
}

/// Reads up to `limit` bytes into a container of bytes or characters.
template <class Container>
Result<Container> read_some(const std::filesystem::path& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return failure("open", path);
    if (S_ISDIR(status.st_mode)) return fail(path.string() + " is a directory");
    constexpr std::size_t step = 1 << 16;
    Container content;
    content.resize(std::min(limit, static_cast<std::size_t>(status.st_size) + 1));
    for (std::size_t done = 0; done < limit;) {
        if (done == content.size()) content.resize(std::min(limit, done + done / 2 + step));
        const ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("read", path);
        done += static_cast<std::size_t>(got);
        if (got > 0) continue;
        content.resize(done);
        break;
    }
    return content;
}

bool write_all(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(file, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return true;
}

bool write_all(int file, std::span<const std::span<const std::byte>> parts) {
    return std::ranges::all_of(
        parts, [&](std::span<const std::byte> part) { return write_all(file, part); });
}

bool set_time(int file, std::chrono::sys_seconds changed) {
    const timespec time{changed.time_since_epoch().count(), 0};
    return ::futimens(file, std::array{time, time}.data()) == 0;
}

} // namespace

Result<std::vector<std::byte>> read_file(const std::filesystem::path& path) {
    return read_some<std::vector<std::byte>>(path, SIZE_MAX);
}

Result<std::string> read_text(const std::filesystem::path& path) {
    return read_some<std::string>(path, SIZE_MAX);
}

Result<std::vector<std::byte>> read_head(const std::filesystem::path& path, std::size_t size) {
    return read_some<std::vector<std::byte>>(path, size);
}

Result<void> write_file(const std::filesystem::path& path,
                        std::span<const std::span<const std::byte>> parts,
                        std::optional<std::chrono::sys_seconds> changed) {
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (file.get() >= 0 && write_all(file.get(), parts)) return {};
        return failure("write", path);
    }
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
    std::string temporary = path.string() + ".XXXXXX";
    const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.get() < 0) return failure("write", path);
    const bool written = ::fchmod(file.get(), 0644) == 0 && write_all(file.get(), parts) &&
                         (!changed || set_time(file.get(), *changed));
    if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
    const int reason = errno;
    ::unlink(temporary.c_str());
    errno = reason;
    return failure("write", path);
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return failure("open", path);
    if (!S_ISREG(status.st_mode)) return fail(path.string() + " is not a regular file");
    MappedFile mapped;
    mapped.changed_ += std::chrono::seconds(status.st_mtim.tv_sec) +
                       std::chrono::nanoseconds(status.st_mtim.tv_nsec);
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return mapped;
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (memory == MAP_FAILED) return failure("map", path);
    mapped.bytes_ = {static_cast<const std::byte*>(memory), size};
    return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), changed_(other.changed_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(changed_, other.changed_);
    return *this;
}

void MappedFile::release() const {
    ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

} // namespace kps::kernel
