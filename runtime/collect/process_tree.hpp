#pragma once

#include <sys/types.h>

#include <optional>
#include <string_view>
#include <vector>

namespace kps::collect {

/// The parent in a line of /proc/PID/stat; nothing if it is no such line.
std::optional<pid_t> parent_in_stat(std::string_view stat);

/// Processes below `root`, without itself, by one look through /proc: what is forked meanwhile may
/// be missing.
std::vector<pid_t> descendants(pid_t root);

/// Sends `signal` to all `descendants(root)`.
void signal_descendants(pid_t root, int signal);

} // namespace kps::collect
