#pragma once

#include "runtime/collect/clock.hpp"
#include "runtime/collect/process_tree.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace kps::collect {

/// Reaps children until there are none; false, with the rest killed, if some live on for ten
/// seconds.
inline bool all_children_end() {
    const std::uint64_t deadline = monotonic_ns() + 10'000'000'000;
    while (true) {
        const pid_t ended = ::waitpid(-1, nullptr, WNOHANG);
        if (ended < 0) return true;
        if (ended > 0) continue;
        if (monotonic_ns() > deadline) break;
        ::usleep(2'000);
    }
    signal_descendants(::getpid(), SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0)
        ;
    return false;
}

} // namespace kps::collect
