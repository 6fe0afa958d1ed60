#include "runtime/collect/owner.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"
#include "runtime/collect/process_tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace kps::collect {
namespace {

std::optional<ProcessStat> stat_of(const std::string& process) {
    const auto text = read_text("/proc/" + process + "/stat");
    return text ? parse_process_stat(*text) : std::nullopt;
}

} // namespace

Result<Owner> this_process() {
    const auto stat = stat_of("self");
    if (!stat || stat->pid != ::getpid())
        return fail("/proc does not show this process",
                    "mount the proc file system of this PID namespace at /proc");
    return Owner{stat->pid, stat->start};
}

Result<void> sees_all_processes() {
    constexpr ino_t initial = 0xEFFFFFFC; // PROC_PID_INIT_INO, include/linux/proc_ns.h, since 3.8
    struct stat found{};
    // not there: the kernel has no PID namespaces
    if (::stat("/proc/self/ns/pid", &found) != 0 || found.st_ino == initial) return {};
    return fail("this process is in a PID namespace (a container), where the kernel's numbers of "
                "tasks are not known",
                "run it outside of the container, or with the host's PID namespace (--pid=host); "
                "or in a machine with --kernel debian:6.12");
}

std::string name_prefix(const Owner& owner) {
    return "kps_" + std::to_string(owner.pid) + "_" + std::to_string(owner.start);
}

std::optional<Owner> owner_in(std::string_view name) {
    const auto parts = split(name, '_');
    if (parts.size() != 4 || parts[0] != "kps") return std::nullopt;
    const auto pid = to_number<pid_t>(parts[1]);
    const auto start = to_number<std::uint64_t>(parts[2]);
    const auto number = to_number<std::uint32_t>(parts[3]);
    if (!pid || *pid <= 0 || !start || !number) return std::nullopt;
    return Owner{*pid, *start};
}

bool is_alive(const Owner& owner) {
    const auto stat = stat_of(std::to_string(owner.pid));
    return stat && stat->start == owner.start && stat->state != 'Z' && stat->state != 'X';
}

} // namespace kps::collect
