#include "compiler/kernel/cache.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <functional>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace kps::kernel {

namespace {

using std::filesystem::path;

// Under .../kernels: a directory for each release, and NAMES/debian:6.12 -> RELEASE.
constexpr const char* names_directory = "names";

std::optional<CachedKernel> read_entry(const path& directory) {
    CachedKernel kernel{directory.filename().string(), {}, directory, {}, directory / "kernel.kps"};
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().extension() == ".deb") kernel.packages.push_back(entry.path());
    std::ranges::sort(kernel.packages);
    if (kernel.packages.empty() || !exists(kernel.snapshot, error)) return std::nullopt;
    return kernel;
}

path name_link(const path& root, std::string_view name) {
    return root / "kernels" / names_directory / name;
}

} // namespace

Result<path> cache_root() {
    const auto variable = [](const char* name) -> std::string_view {
        const char* value = std::getenv(name);
        return value ? value : "";
    };
    if (const auto own = variable("KPS_CACHE"); !own.empty()) return path(own);
    if (const auto base = variable("XDG_CACHE_HOME"); !base.empty()) return path(base) / "kps";
    if (const auto home = variable("HOME"); !home.empty()) return path(home) / ".cache" / "kps";
    return fail("no place for cached kernels: neither KPS_CACHE nor HOME is set");
}

std::optional<CachedKernel> cached_kernel(const path& root, std::string_view name) {
    std::error_code error;
    const path release = read_symlink(name_link(root, name), error);
    if (!error) return read_entry(root / "kernels" / release.filename());
    // A release may have been fetched by the name of its series.
    const std::string_view wanted = name.substr(name.find(':') + 1);
    if (wanted.empty() || wanted.contains('/') || wanted.starts_with('.')) return std::nullopt;
    return read_entry(root / "kernels" / wanted);
}

Result<void> remember_name(const path& root, std::string_view name, const std::string& release) {
    const path link = name_link(root, name);
    const path temporary = link.string() + fmt::format(".{}", ::getpid());
    std::error_code error;
    create_directories(link.parent_path(), error);
    std::filesystem::remove(temporary, error);
    create_symlink(path("..") / release, temporary, error);
    if (!error) rename(temporary, link, error);
    if (error) return fail(fmt::format("cannot write {}: {}", link.string(), error.message()));
    return {};
}

std::vector<CachedKernel> cached_kernels() {
    const auto root = cache_root();
    if (!root) return {};
    std::vector<CachedKernel> kernels;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(*root / "kernels", error))
        if (auto kernel = read_entry(entry.path())) kernels.push_back(std::move(*kernel));
    for (const auto& entry :
         std::filesystem::directory_iterator(*root / "kernels" / names_directory, error)) {
        const path release = read_symlink(entry.path(), error).filename();
        for (CachedKernel& kernel : kernels)
            if (kernel.release == release) kernel.names.push_back(entry.path().filename().string());
    }
    for (CachedKernel& kernel : kernels)
        std::ranges::sort(kernel.names);
    std::ranges::sort(kernels, {}, &CachedKernel::release);
    return kernels;
}

Result<path> directory_for(const path& file) {
    const auto root = cache_root();
    if (!root) return std::unexpected(root.error());
    std::error_code error;
    const path whole = canonical(file, error);
    const auto size = file_size(file, error);
    const auto changed = last_write_time(file, error).time_since_epoch().count();
    if (error) return fail(fmt::format("cannot read {}: {}", file.string(), error.message()));
    const std::string identity = fmt::format("{}\n{}\n{}", whole.string(), size, changed);
    return *root / "files" / fmt::format("{:016x}", std::hash<std::string>{}(identity));
}

Result<CacheLock> CacheLock::take(const path& root) {
    std::error_code error;
    create_directories(root / "kernels", error);
    const path name = root / "kernels" / ".lock";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0)
        return fail(fmt::format("cannot write {}: {}", name.string(), std::strerror(errno)),
                    "set KPS_CACHE to a directory that can be written");
    while (::flock(file, LOCK_EX) != 0 && errno == EINTR) {
    }
    return CacheLock(file);
}

CacheLock::CacheLock(CacheLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

CacheLock::~CacheLock() {
    if (file_ >= 0) ::close(file_);
}

} // namespace kps::kernel
