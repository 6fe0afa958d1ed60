#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/workload.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

namespace kps::collect {

/// One of a job's commands from its being forked until nothing is left of it.
struct RunningCommand {
    CommandRole role = CommandRole::run;
    std::uint32_t index = 0;
    std::optional<std::uint64_t> limit_ns; ///< from its release on
    std::unique_ptr<Workload> workload;
    bool released = false;
    bool timed_out = false;
    bool reported = false; ///< its CommandEnded was made

    [[nodiscard]] bool ended() const { return workload->end().has_value(); }
    /// When it has to be killed, if it has to.
    [[nodiscard]] std::optional<std::uint64_t> deadline() const;
    [[nodiscard]] CommandEnded ended_message() const;
};

/// All commands of a job that have left something running or unreported.
class Commands {
public:
    /// `run`: the group of the job.
    explicit Commands(std::string run) : run_(std::move(run)) {}

    /// Forks the command; it waits until `release`. The reference stays valid.
    Result<RunningCommand*> prepare(CommandRole role, std::uint32_t index, const Command& command);
    static void release(RunningCommand& command);

    /// Takes news of all, kills those over their time, and returns what ended since the last call.
    std::vector<CommandEnded> poll();
    void add_to(std::vector<pollfd>& wanted) const;
    [[nodiscard]] std::optional<std::uint64_t> next_deadline() const;

    /// SIGTERM to the trees of this role.
    void ask_to_end(CommandRole role);
    /// Nothing is left of any command of this role.
    [[nodiscard]] bool gone(CommandRole role) const;
    /// SIGKILL to the trees of this role, until they are gone; an error if some would not die.
    Result<void> kill(CommandRole role);

private:
    std::string run_;
    std::vector<std::unique_ptr<RunningCommand>> commands_;
};

} // namespace kps::collect
