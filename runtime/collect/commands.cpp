#include "runtime/collect/commands.hpp"

#include "runtime/collect/clock.hpp"

#include <algorithm>
#include <csignal>

namespace kps::collect {

std::optional<std::uint64_t> RunningCommand::deadline() const {
    if (!limit_ns || !released || ended()) return std::nullopt;
    return workload->released_ns() + *limit_ns;
}

CommandEnded RunningCommand::ended_message() const {
    const Workload::End& end = workload->end().value();
    return {role,
            index,
            end.exit_status,
            end.signal,
            timed_out,
            end.time_ns - workload->released_ns(),
            workload->output()};
}

Result<RunningCommand*> Commands::prepare(CommandRole role, std::uint32_t index,
                                          const Command& command) {
    auto workload = Workload::prepare(command, run_);
    if (!workload) return std::unexpected(workload.error());
    auto& added = commands_.emplace_back(std::make_unique<RunningCommand>());
    added->role = role;
    added->index = index;
    added->limit_ns = command.limit_ns;
    added->workload = std::move(*workload);
    return added.get();
}

void Commands::release(RunningCommand& command) {
    command.released = true;
    command.workload->release();
}

std::vector<CommandEnded> Commands::poll() {
    std::vector<CommandEnded> ended;
    for (auto& command : commands_) {
        command->workload->poll();
        const auto deadline = command->deadline();
        if (deadline && monotonic_ns() >= *deadline) {
            command->timed_out = true;
            command->workload->kill();
        }
        if (!command->released || command->reported || !command->ended()) continue;
        command->reported = true;
        ended.push_back(command->ended_message());
    }
    return ended;
}

void Commands::add_to(std::vector<pollfd>& wanted) const {
    for (const auto& command : commands_)
        for (const int fd : {command->workload->status_fd(), command->workload->output_fd()})
            if (fd >= 0) wanted.push_back({fd, POLLIN, 0});
}

std::optional<std::uint64_t> Commands::next_deadline() const {
    std::optional<std::uint64_t> next;
    for (const auto& command : commands_) {
        const auto deadline = command->deadline();
        if (deadline) next = std::min(next.value_or(*deadline), *deadline);
    }
    return next;
}

void Commands::ask_to_end(CommandRole role) {
    for (auto& command : commands_)
        if (command->role == role) command->workload->ask_to_end();
}

bool Commands::gone(CommandRole role) const {
    return std::ranges::all_of(commands_, [&](const auto& command) {
        return command->role != role || command->workload->gone();
    });
}

Result<void> Commands::kill(CommandRole role) {
    Result<void> result;
    for (auto& command : commands_) {
        if (command->role == role && !command->workload->gone() && !command->workload->kill())
            result = fail("processes of the workload cannot be killed: they hang in the kernel");
    }
    return result;
}

} // namespace kps::collect
