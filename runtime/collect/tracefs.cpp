#include "runtime/collect/tracefs.hpp"

#include "runtime/collect/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace kps::collect {
namespace {

constexpr const char* in_a_machine = "run it in a machine with --kernel debian:6.12";

/// /proc/mounts writes blanks in paths as octal escapes.
std::string unescape(std::string_view field) {
    std::string path;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] == '\\' && i + 3 < field.size()) {
            path.push_back(static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
                                             (field[i + 3] - '0')));
            i += 3;
        } else {
            path.push_back(field[i]);
        }
    }
    return path;
}

bool locked_down() {
    const auto text = read_text("/sys/kernel/security/lockdown");
    return text && text->find("[confidentiality]") != std::string::npos;
}

/// Probes can still be made then, but never hit.
bool kprobes_switched_off() {
    const auto text = read_text("/sys/kernel/debug/kprobes/enabled");
    return text && text->starts_with('0');
}

} // namespace

Result<std::string> MountedTracefs::read(const std::string& path) {
    return read_text(root_ + "/" + path);
}

int MountedTracefs::write(const std::string& path, std::string_view text) {
    return append_text(root_ + "/" + path, text);
}

int MountedTracefs::make_directory(const std::string& path) {
    return ::mkdir((root_ + "/" + path).c_str(), 0700) == 0 ? 0 : errno;
}

int MountedTracefs::remove_directory(const std::string& path) {
    return ::rmdir((root_ + "/" + path).c_str()) == 0 ? 0 : errno;
}

std::vector<std::string> MountedTracefs::list(const std::string& path) {
    return list_directory(root_ + "/" + path);
}

Result<Fd> MountedTracefs::open(const std::string& path) {
    Fd file(::open((root_ + "/" + path).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file)
        return fail("cannot open " + path + " of tracefs: " + describe_errno(errno),
                    access_hint(errno));
    return file;
}

std::string tracefs_mount_point(std::string_view mounts) {
    std::string debugfs;
    for (const std::string_view line : split(mounts, '\n')) {
        const auto fields = split(line, ' ');
        if (fields.size() < 3) continue;
        if (fields[2] == "tracefs") return unescape(fields[1]);
        if (fields[2] == "debugfs" && debugfs.empty()) debugfs = unescape(fields[1]) + "/tracing";
    }
    return debugfs;
}

std::string access_hint(int error) {
    if (error != EPERM && error != EACCES) return {};
    if (::geteuid() != 0) return std::string("run it as root, or ") + in_a_machine;
    if (locked_down())
        return std::string("the kernel is locked down for confidentiality; ") + in_a_machine;
    return std::string("this may be a container without CAP_SYS_ADMIN; ") + in_a_machine;
}

Result<std::string> find_tracefs() {
    const auto mounts = read_text("/proc/self/mounts");
    if (!mounts) return std::unexpected(mounts.error());
    const std::string root = tracefs_mount_point(*mounts);
    if (root.empty())
        return fail("tracefs is not mounted",
                    std::string("mount it (mount -t tracefs tracefs /sys/kernel/tracing), or ") +
                        in_a_machine);
    const Fd events(::open((root + "/kprobe_events").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (events) {
        if (kprobes_switched_off())
            return fail("kprobes are switched off in the running kernel",
                        "as root: echo 1 > /sys/kernel/debug/kprobes/enabled");
        return root;
    }
    if (errno == ENOENT)
        return fail("the running kernel has no kprobe events (CONFIG_KPROBE_EVENTS)", in_a_machine);
    if (errno == EACCES && ::geteuid() != 0)
        return fail("probing the running kernel needs root", access_hint(EACCES));
    return fail("cannot write to " + root + "/kprobe_events: " + describe_errno(errno),
                access_hint(errno));
}

} // namespace kps::collect
