#pragma once

#include "compiler/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace kps::kernel {

/// A kernel in the cache, ${KPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kps}/kernels/RELEASE.
/// Whatever is in such a directory is complete; it is made elsewhere and renamed.
struct CachedKernel {
    std::string release;
    std::vector<std::string> names; ///< by which it was fetched: `debian:6.12`
    std::filesystem::path directory;
    std::vector<std::filesystem::path> packages; ///< the `.deb` files; several since 7.1
    std::filesystem::path snapshot;              ///< see snapshot.hpp
};

/// Tells of each step in one line without a newline, such as `downloading linux-image-...`.
using Progress = std::function<void(const std::string& step)>;

/// Whether `name` is of a form that `fetch_kernel` takes.
bool is_fetched_name(std::string_view name);

/// Gives the kernel that is cached under `name`, else downloads it. Names: `debian:6.12` (the
/// newest amd64 kernel of that series, in the cloud flavour), `debian:6.12.117`,
/// `debian:6.1.0-47-cloud-amd64` (that release). With `again` a series is looked up anew, which may
/// give a newer kernel.
///
/// Downloads are by `apt-get` from the mirror that this machine's own apt sources name, with
/// sources, lists and cache of our own (under .../kps/apt): the system's are neither needed nor
/// touched, and no privileges are. The suite is found from the series; the security archive is
/// asked too.
Result<CachedKernel> fetch_kernel(const std::string& name, const Progress& progress = {},
                                  bool again = false);

/// What is cached, by release.
std::vector<CachedKernel> cached_kernels();

/// Names worth offering, with what they are: `debian:6.12`, `Debian 12 and 13`.
struct KnownKernel {
    std::string name, description;
};
std::vector<KnownKernel> known_kernels();

} // namespace kps::kernel
