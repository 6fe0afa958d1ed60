#pragma once

#include <array>
#include <csignal>

namespace kps::cli {

/// While one lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT do not end the process but make `fd`
/// readable, so that what was set up can be taken down in order; one that was ignored before (as by
/// nohup) stays so. SIGPIPE is ignored: a reader of the output that has gone changes nothing else.
/// One at a time.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    [[nodiscard]] int fd() const { return fds_[0]; }
    /// Such a signal has come.
    [[nodiscard]] bool asked() const;

private:
    int fds_[2] = {-1, -1};
    std::array<struct sigaction, 5> before_{};
};

} // namespace kps::cli
