#pragma once

#include "compiler/kernel/fetch.hpp"

#include <optional>
#include <string_view>

namespace kps::kernel {

/// ${KPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kps}. Fails if none of these is set.
Result<std::filesystem::path> cache_root();

/// The kernel that was fetched under `name`; nothing if there is none.
std::optional<CachedKernel> cached_kernel(const std::filesystem::path& root, std::string_view name);

/// Has `name` mean the cached `release` from now on.
Result<void> remember_name(const std::filesystem::path& root, std::string_view name,
                           const std::string& release);

/// A directory in the cache for what is made of one file, told by its path, size and time of
/// change; not made yet.
Result<std::filesystem::path> directory_for(const std::filesystem::path& file);

/// Holds others off from fetching into the same cache while it lives; waits for them.
class CacheLock {
public:
    static Result<CacheLock> take(const std::filesystem::path& root);
    CacheLock(CacheLock&& other) noexcept;
    CacheLock& operator=(CacheLock&&) = delete;
    ~CacheLock();

private:
    explicit CacheLock(int file) : file_(file) {}
    int file_;
};

} // namespace kps::kernel
