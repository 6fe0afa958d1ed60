#include "runtime/collect/owner.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"
#include "runtime/collect/process_tree.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace kps::collect {
namespace {

/// PROC_PID_INIT_INO (include/linux/proc_ns.h, since 3.8).
constexpr std::uint64_t initial_namespace = 0xEFFFFFFC;

std::optional<std::uint64_t> namespace_of(const std::string& process) {
    struct stat found{};
    if (::stat(("/proc/" + process + "/ns/pid").c_str(), &found) != 0) return std::nullopt;
    return found.st_ino == initial_namespace ? 0 : found.st_ino;
}

std::optional<ProcessStat> stat_of(const std::string& process) {
    const auto text = read_text("/proc/" + process + "/stat");
    return text ? parse_process_stat(*text) : std::nullopt;
}

bool can_act(const ProcessStat& process) {
    return process.state != 'Z' && process.state != 'X';
}

/// The PID that a process has in its own namespace: the last of the line `NSpid:`.
std::optional<pid_t> own_pid_of(const std::string& process) {
    const auto status = read_text("/proc/" + process + "/status");
    if (!status) return std::nullopt;
    for (const std::string_view line : split(*status, '\n'))
        if (line.starts_with("NSpid:")) return to_number<pid_t>(words(line).back());
    return std::nullopt;
}

/// Start times are not compared: those that are seen from within a time namespace are others.
bool lives_in_its_namespace(const Owner& owner) {
    for (const std::string& process : list_directory("/proc")) {
        if (!to_number<pid_t>(process) || namespace_of(process) != owner.pid_namespace) continue;
        const auto stat = stat_of(process);
        if (own_pid_of(process) == owner.pid && stat && can_act(*stat)) return true;
    }
    return false;
}

} // namespace

Result<Owner> this_process() {
    const auto stat = stat_of("self");
    const auto pid_namespace = namespace_of("self");
    if (!stat || !pid_namespace || stat->pid != ::getpid())
        return fail("/proc does not show this process",
                    "mount the proc file system of this PID namespace at /proc");
    return Owner{stat->pid, stat->start, *pid_namespace};
}

std::string name_prefix(const Owner& owner) {
    std::string name = "kps_" + std::to_string(owner.pid) + "_" + std::to_string(owner.start);
    if (owner.pid_namespace != 0) name += "_n" + std::to_string(owner.pid_namespace);
    return name;
}

std::optional<Owner> owner_in(std::string_view name) {
    auto parts = split(name, '_');
    if (parts.size() < 4 || parts.size() > 5 || parts[0] != "kps") return std::nullopt;
    std::optional<std::uint64_t> pid_namespace = 0;
    if (parts.size() == 5) {
        if (!parts[3].starts_with('n')) return std::nullopt;
        pid_namespace = to_number<std::uint64_t>(parts[3].substr(1));
    }
    const auto pid = to_number<pid_t>(parts[1]);
    const auto start = to_number<std::uint64_t>(parts[2]);
    const auto number = to_number<std::uint32_t>(parts.back());
    if (!pid || *pid <= 0 || !start || !pid_namespace || !number) return std::nullopt;
    return Owner{*pid, *start, *pid_namespace};
}

Life life_of(const Owner& owner) {
    const auto here = namespace_of("self");
    if (here == owner.pid_namespace) {
        const auto stat = stat_of(std::to_string(owner.pid));
        const bool same = stat && stat->start == owner.start;
        return same && can_act(*stat) ? Life::running : Life::ended;
    }
    if (here != 0U) return Life::unknown;
    return lives_in_its_namespace(owner) ? Life::running : Life::ended;
}

} // namespace kps::collect
