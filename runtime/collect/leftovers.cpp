#include "runtime/collect/leftovers.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"
#include "runtime/collect/registered.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

namespace kps::collect {
namespace {

constexpr std::uint64_t patience_ns = 2'000'000'000;
constexpr useconds_t pause_us = 10'000;

/// Until `attempt` returns true or the patience is over; what it returned last.
template <class Attempt>
bool insist(Attempt attempt) {
    const std::uint64_t deadline = monotonic_ns() + patience_ns;
    while (!attempt()) {
        if (monotonic_ns() >= deadline) return false;
        ::usleep(pause_us);
    }
    return true;
}

std::optional<RunProcess> run_process(const std::string& name, const OwnerFilter& filter) {
    const auto pid = to_number<pid_t>(name);
    if (!pid || *pid == ::getpid()) return std::nullopt;
    const auto environment = read_text("/proc/" + name + "/environ");
    if (!environment) return std::nullopt;
    const std::string_view run = run_in_environment(*environment);
    const auto owner = owner_in(run);
    if (!owner || !filter(*owner)) return std::nullopt;
    const std::string command = read_text("/proc/" + name + "/comm").value_or("?");
    return RunProcess{*pid, std::string(run), command.substr(0, command.find('\n'))};
}

/// Looks again through the descriptor, so that a process that got the number since is spared.
void kill_still_there(const RunProcess& process, const OwnerFilter& filter) {
    const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    if (handle && run_process(std::to_string(process.pid), filter))
        ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
}

void sweep_processes(const OwnerFilter& filter, Swept& swept) {
    const bool gone = insist([&] {
        const auto found = run_processes(filter);
        for (const RunProcess& process : found) {
            kill_still_there(process, filter);
            if (std::ranges::count(swept.processes, process.pid, &RunProcess::pid) == 0)
                swept.processes.push_back(process);
        }
        return found.empty();
    });
    if (!gone)
        swept.failures.push_back(
            {"processes of a run that has ended cannot be killed: they hang in the kernel", {}});
}

/// 0 or the errno; that something is not there any more is as good as having removed it.
template <class Remove>
int removed(Remove remove) {
    int error = 0;
    insist([&] {
        error = remove();
        return error != EBUSY;
    });
    return error;
}

void sweep_instances(Tracefs& tracefs, const OwnerFilter& filter, Swept& swept) {
    for (const std::string& name : tracefs.list("instances")) {
        const auto owner = owner_in(name);
        if (!owner || !filter(*owner)) continue;
        const int error = removed([&] { return tracefs.remove_directory("instances/" + name); });
        if (error == 0)
            swept.instances.push_back(name);
        else if (error != ENOENT)
            swept.failures.push_back(
                {"cannot remove the tracefs instance " + name + ": " + describe_errno(error),
                 error == EBUSY ? "a program has one of its files open" : access_hint(error)});
    }
}

void sweep_probes(Tracefs& tracefs, const OwnerFilter& filter, Swept& swept) {
    const EventList list = read_events(tracefs);
    for (const std::string& name : events_of_owners(list.text, filter)) {
        const int error = removed([&] { return tracefs.write(list.file, "-:" + name + "\n"); });
        if (error == 0)
            swept.probes.push_back(name);
        else if (error != ENOENT)
            swept.failures.push_back(
                {"cannot remove the probe " + name + ": " + describe_errno(error),
                 error == EBUSY ? "something else uses it: perf, or another instance"
                                : access_hint(error)});
    }
}

} // namespace

bool has_ended(const Owner& owner) {
    return !is_alive(owner);
}

std::vector<RunProcess> run_processes(const OwnerFilter& filter) {
    std::vector<RunProcess> found;
    for (const std::string& name : list_directory("/proc"))
        if (auto process = run_process(name, filter)) found.push_back(std::move(*process));
    return found;
}

Swept sweep(Tracefs& tracefs, const OwnerFilter& filter) {
    Swept swept;
    sweep_processes(filter, swept);
    sweep_instances(tracefs, filter, swept);
    sweep_probes(tracefs, filter, swept);
    return swept;
}

std::vector<std::string> events_of_owners(std::string_view events, const OwnerFilter& filter) {
    std::vector<std::string> names;
    for (const RegisteredEvent& event : parse_events(events)) {
        const auto owner = owner_in(event.group);
        std::string name = event.group + "/" + event.name;
        if (owner && filter(*owner) && std::ranges::count(names, name) == 0)
            names.push_back(std::move(name));
    }
    return names;
}

std::string_view run_in_environment(std::string_view environment) {
    for (const std::string_view variable : split(environment, '\0')) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string_view::npos && variable.substr(0, equals) == run_variable)
            return variable.substr(equals + 1);
    }
    return {};
}

} // namespace kps::collect
