#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/owner.hpp"
#include "runtime/collect/tracefs.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// A process of a run's workload.
struct RunProcess {
    pid_t pid = 0;
    std::string run; ///< the group of the job
    std::string command;
};

/// Whose things are to be looked for.
using OwnerFilter = std::function<bool(const Owner&)>;

/// The owners that cannot act any more; see `is_alive`.
bool has_ended(const Owner& owner);

/// Processes of this machine whose environment names such a run, without this one. A process that
/// was started with another environment (`env -i`) is not found.
std::vector<RunProcess> run_processes(const OwnerFilter& filter);

/// What was removed, and what could not be.
struct Swept {
    std::vector<RunProcess> processes;
    std::vector<std::string> instances;
    std::vector<std::string> probes; ///< `GROUP/NAME`
    std::vector<Error> failures;

    [[nodiscard]] bool nothing() const {
        return processes.empty() && instances.empty() && probes.empty() && failures.empty();
    }
};

/// Kills the processes, removes the instances (with what they have enabled) and then the probes of
/// these owners, and touches nothing of others. What another sweep removes first is no failure;
/// what is in use is tried again for two seconds.
Swept sweep(Tracefs& tracefs, const OwnerFilter& filter);

/// `GROUP/NAME` of the events in the text of `dynamic_events` or `kprobe_events` whose group is of
/// such an owner, each once.
std::vector<std::string> events_of_owners(std::string_view events, const OwnerFilter& filter);

/// The value of `run_variable` in the contents of a /proc/PID/environ, or an empty text.
std::string_view run_in_environment(std::string_view environment);

} // namespace kps::collect
