#pragma once

#include "compiler/base/result.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Whose a probe group or an instance is stands in its name,
///
///     kps_PID_START[_nNAMESPACE]_NUMBER
///
/// so that it can be told after whatever end of its owner, and no other record is needed: a name
/// of the kernel's lives as long as the kernel, within which PID and START are of one process.
namespace kps::collect {

/// A process that makes probes.
struct Owner {
    pid_t pid = 0;
    std::uint64_t start = 0;         ///< clock ticks since the boot, as in /proc/PID/stat
    std::uint64_t pid_namespace = 0; ///< inode of its PID namespace; 0 for the initial one

    bool operator==(const Owner&) const = default;
};

/// This process. An error if /proc is not the one of its PID namespace.
Result<Owner> this_process();

/// `kps_PID_START` or `kps_PID_START_nNAMESPACE`: what names of the owner's begin with, before `_`
/// and a number that is unique within the process.
std::string name_prefix(const Owner& owner);

/// The owner in a name of that form, and in no other.
std::optional<Owner> owner_in(std::string_view name);

enum class Life : std::uint8_t {
    running,
    ended,  ///< also if it is a zombie: it cannot do anything any more
    unknown ///< of a PID namespace that cannot be seen from here
};
Life life_of(const Owner& owner);

/// The variable in the environment of every process of a workload: the group of its job.
inline constexpr std::string_view run_variable = "KPS_RUN";

} // namespace kps::collect
