#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kps::collect {

/// What a line of /proc/PID/stat tells.
struct ProcessStat {
    pid_t pid = 0;
    char state = '?'; ///< `Z` for a zombie
    pid_t parent = 0;
    std::uint64_t start = 0; ///< clock ticks since the boot
};
/// Nothing if it is no such line.
std::optional<ProcessStat> parse_process_stat(std::string_view stat);

/// Processes below `root`, without itself, by one look through /proc: what is forked meanwhile may
/// be missing.
std::vector<pid_t> descendants(pid_t root);

/// Sends `signal` to all `descendants(root)`.
void signal_descendants(pid_t root, int signal);

} // namespace kps::collect
