#include "runtime/cli/swept.hpp"

#include <fmt/core.h>

namespace kps::cli {

std::string describe(const collect::Swept& swept) {
    std::string text;
    for (const collect::RunProcess& process : swept.processes)
        text += fmt::format("killed the process {} ({}) of {}, a run that has ended\n", process.pid,
                            process.command, process.run);
    for (const std::string& instance : swept.instances)
        text += fmt::format("removed the instance {} of a run that has ended\n", instance);
    for (const std::string& probe : swept.probes)
        text += fmt::format("removed the probe {} of a run that has ended\n", probe);
    for (const Error& failure : swept.failures)
        text += fmt::format("{}{}{}\n", failure.message, failure.hint.empty() ? "" : ": ",
                            failure.hint);
    return text;
}

} // namespace kps::cli
