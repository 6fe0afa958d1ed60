#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/fd.hpp"
#include "runtime/collect/messages.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace kps::collect {

/// One command with all processes that come from it.
///
/// Two processes are forked. The *root* waits until it is released and then becomes
/// `/bin/sh -c TEXT`, in a session of its own. Its parent, the *keeper*, adopts whatever daemonises
/// (it is a child subreaper) and reports how the root ended, so that the command's tree is always
/// what is below the keeper, and is empty once the keeper has gone. When the thread that prepared
/// it ends, whatever ends it, the keeper kills the tree.
class Workload {
public:
    /// Forks both; the root waits. Its standard output and error are one pipe, its input is empty,
    /// and `run_variable` in its environment is `run`, the group of the job.
    static Result<std::unique_ptr<Workload>> prepare(const Command& command,
                                                     const std::string& run);

    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;
    /// Kills the tree.
    ~Workload();

    [[nodiscard]] pid_t root() const { return root_; }
    /// Lets the root go on to its exec.
    void release();
    /// Reads what there is without blocking: output, and news of the root and the tree.
    void poll();

    /// How the root ended, once it has.
    struct End {
        std::int32_t exit_status = 0; ///< -1 if it was killed
        std::int32_t signal = 0;
        std::uint64_t time_ns = 0;
    };
    [[nodiscard]] const std::optional<End>& end() const { return end_; }
    [[nodiscard]] std::uint64_t released_ns() const { return released_ns_; }
    /// No process of the tree is left.
    [[nodiscard]] bool gone() const { return keeper_ < 0; }
    /// The last 64 KiB written so far.
    [[nodiscard]] std::string output() const;
    /// To wait on for `poll()`; -1 when nothing more comes.
    [[nodiscard]] int output_fd() const { return output_.get(); }
    [[nodiscard]] int status_fd() const { return status_.get(); }

    /// SIGTERM to the tree.
    void ask_to_end();
    /// SIGKILL to the tree until it is gone; false if some of it could not be killed within two
    /// seconds (it hangs in the kernel).
    bool kill();

private:
    Workload() = default;
    void poll_output();
    void poll_status();

    Fd release_;          ///< a byte lets the root go on; its being closed ends the root
    Fd release_read_end_; ///< kept so that a write to a root that was killed raises no SIGPIPE
    Fd status_;
    Fd output_;
    pid_t keeper_ = -1;
    pid_t root_ = -1;
    std::uint64_t released_ns_ = 0;
    std::optional<End> end_;
    std::string text_;
};

} // namespace kps::collect
