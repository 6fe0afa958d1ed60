#include "runtime/collect/process_tree.hpp"

#include "runtime/collect/files.hpp"

#include <charconv>
#include <csignal>
#include <string>
#include <unordered_map>

namespace kps::collect {
namespace {

std::optional<pid_t> to_pid(std::string_view text) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc{} || end != text.data() + text.size() || pid < 0) return std::nullopt;
    return pid;
}

} // namespace

std::optional<pid_t> parent_in_stat(std::string_view stat) {
    // "PID (COMM) STATE PPID ...": the command may hold blanks and parentheses itself
    const std::size_t end_of_comm = stat.rfind(')');
    if (end_of_comm == std::string_view::npos) return std::nullopt;
    const auto rest = words(stat.substr(end_of_comm + 1));
    if (rest.size() < 2) return std::nullopt;
    return to_pid(rest[1]);
}

std::vector<pid_t> descendants(pid_t root) {
    std::unordered_multimap<pid_t, pid_t> children;
    for (const std::string& name : list_directory("/proc")) {
        const auto pid = to_pid(name);
        if (!pid) continue;
        const auto stat = read_text("/proc/" + name + "/stat");
        const auto parent = stat ? parent_in_stat(*stat) : std::nullopt;
        if (parent) children.emplace(*parent, *pid);
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
