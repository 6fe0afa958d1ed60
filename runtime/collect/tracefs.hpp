#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// All that a session does to tracefs; the tests put another in its place. Paths are relative to
/// its mount point.
class Tracefs {
public:
    virtual ~Tracefs() = default;

    virtual Result<std::string> read(const std::string& path) = 0;
    /// One write at the end of an existing file, never truncating: a truncating open of
    /// `kprobe_events` removes everyone's probes. 0 or the errno.
    [[nodiscard]] virtual int write(const std::string& path, std::string_view text) = 0;
    [[nodiscard]] virtual int make_directory(const std::string& path) = 0;   ///< 0 or the errno
    [[nodiscard]] virtual int remove_directory(const std::string& path) = 0; ///< 0 or the errno
    virtual std::vector<std::string> list(const std::string& path) = 0;
    /// For reading without blocking.
    virtual Result<Fd> open(const std::string& path) = 0;
};

/// The one that is mounted at `root`.
class MountedTracefs : public Tracefs {
public:
    explicit MountedTracefs(std::string root) : root_(std::move(root)) {}

    Result<std::string> read(const std::string& path) override;
    int write(const std::string& path, std::string_view text) override;
    int make_directory(const std::string& path) override;
    int remove_directory(const std::string& path) override;
    std::vector<std::string> list(const std::string& path) override;
    Result<Fd> open(const std::string& path) override;

private:
    std::string root_;
};

/// Where tracefs is mounted according to `mounts`, the text of /proc/mounts: a mount of type
/// tracefs, else `tracing` in one of debugfs (where the kernel mounts it on access); empty if
/// there is neither.
std::string tracefs_mount_point(std::string_view mounts);

/// The mount point of the tracefs of the running kernel, usable for kprobe events; the error says
/// what is in the way. Mounts nothing.
Result<std::string> find_tracefs();

/// What to do when tracefs refuses an access with `error`, empty if nothing is known.
std::string access_hint(int error);

} // namespace kps::collect
