#include "runtime/collect/control_group.hpp"

#include "runtime/collect/files.hpp"

#include <fcntl.h>

#include <cerrno>

namespace kps::collect {

std::optional<std::string> cgroup2_mount(std::string_view mounts) {
    for (const std::string_view line : split(mounts, '\n')) {
        const auto fields = words(line);
        if (fields.size() > 2 && fields[2] == "cgroup2") return std::string(fields[1]);
    }
    return std::nullopt;
}

Result<Fd> open_control_group(const std::string& name) {
    const auto mounts = read_text("/proc/self/mounts");
    if (!mounts) return std::unexpected(mounts.error());
    const auto root = cgroup2_mount(*mounts);
    if (!root)
        return fail("no control groups (cgroup2) are mounted",
                    "mount -t cgroup2 none /sys/fs/cgroup");
    const std::string path = *root + (name.starts_with('/') ? "" : "/") + name;
    Fd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened) return opened;
    return fail("cannot open the control group `" + name + "`: " + describe_errno(errno),
                "a `setup` of the test can make it: mkdir " + path);
}

} // namespace kps::collect
