#pragma once

#include "compiler/base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Whose a probe group or an instance is stands in its name, `kps_PID_START_NUMBER`, so that it can
/// be told after whatever end of its owner, and no other record is needed: a name lives as long as
/// the kernel, within which PID and START are of one process.
namespace kps::collect {

/// A process that makes probes.
struct Owner {
    pid_t pid = 0;
    std::uint64_t start = 0; ///< clock ticks since the boot, as in /proc/PID/stat

    bool operator==(const Owner&) const = default;
};

/// This process. An error if /proc is not the one of its PID namespace.
Result<Owner> this_process();

/// Whether this process is in the initial PID namespace. Elsewhere, as in most containers, neither
/// the numbers that the kernel gives to tasks nor the processes of others can be known; the error
/// says so.
Result<void> sees_all_processes();

/// `kps_PID_START`: what names of the owner's begin with, before `_` and a number that is unique
/// within the process.
std::string name_prefix(const Owner& owner);

/// The owner in a name of that form, and in no other.
std::optional<Owner> owner_in(std::string_view name);

/// Whether it can still act (a zombie cannot), for an owner of the PID namespace of this process.
bool is_alive(const Owner& owner);

/// The variable in the environment of every process of a workload: the group of its job.
inline constexpr std::string_view run_variable = "KPS_RUN";

} // namespace kps::collect
