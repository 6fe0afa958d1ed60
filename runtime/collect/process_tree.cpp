#include "runtime/collect/process_tree.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"

#include <csignal>
#include <string>
#include <unordered_map>

namespace kps::collect {

std::optional<ProcessStat> parse_process_stat(std::string_view stat) {
    constexpr std::size_t start_field = 22 - 3; // proc(5) counts from 1; PID and COMM are cut off
    // "PID (COMM) STATE PPID ...": the command may hold blanks and parentheses itself
    const std::size_t begin_of_comm = stat.find(" (");
    const std::size_t end_of_comm = stat.rfind(')');
    if (begin_of_comm == std::string_view::npos || end_of_comm == std::string_view::npos)
        return std::nullopt;
    const auto rest = words(stat.substr(end_of_comm + 1));
    if (rest.size() <= start_field || rest[0].size() != 1) return std::nullopt;
    const auto pid = to_number<pid_t>(stat.substr(0, begin_of_comm));
    const auto parent = to_number<pid_t>(rest[1]);
    const auto start = to_number<std::uint64_t>(rest[start_field]);
    if (!pid || !parent || !start) return std::nullopt;
    return ProcessStat{*pid, rest[0][0], *parent, *start};
}

std::vector<pid_t> descendants(pid_t root) {
    std::unordered_multimap<pid_t, pid_t> children;
    for (const std::string& name : list_directory("/proc")) {
        if (!to_number<pid_t>(name)) continue;
        const auto text = read_text("/proc/" + name + "/stat");
        const auto stat = text ? parse_process_stat(*text) : std::nullopt;
        if (stat) children.emplace(stat->parent, stat->pid);
    }
    std::vector<pid_t> found;
    const auto add_children_of = [&](pid_t parent) {
        const auto [begin, end] = children.equal_range(parent);
        for (auto it = begin; it != end; ++it)
            found.push_back(it->second);
    };
    add_children_of(root);
    for (std::size_t next = 0; next < found.size(); ++next)
        add_children_of(found[next]);
    return found;
}

void signal_descendants(pid_t root, int signal) {
    for (const pid_t pid : descendants(root))
        ::kill(pid, signal);
}

} // namespace kps::collect
