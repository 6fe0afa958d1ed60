#include "runtime/cli/interruption.hpp"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace kps::cli {

namespace {

constexpr std::array<int, 5> signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
std::atomic<int> write_end = -1;

extern "C" void tell(int) {
    const int saved = errno;
    const char byte = 1;
    // a full pipe has said it already
    [[maybe_unused]] const ssize_t written = write(write_end.load(), &byte, 1);
    errno = saved;
}

} // namespace

Interruption::Interruption() {
    if (pipe2(fds_, O_CLOEXEC | O_NONBLOCK) != 0) return;
    write_end = fds_[1];
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &before_[i]);
        if (before_[i].sa_handler == SIG_IGN) continue;
        struct sigaction action{};
        action.sa_handler = signals[i] == SIGPIPE ? SIG_IGN : tell;
        action.sa_flags = SA_RESTART; // poll() returns nevertheless
        sigaction(signals[i], &action, nullptr);
    }
}

Interruption::~Interruption() {
    if (fds_[0] < 0) return;
    for (std::size_t i = 0; i < signals.size(); ++i)
        sigaction(signals[i], &before_[i], nullptr);
    write_end = -1;
    for (const int fd : fds_)
        close(fd);
}

bool Interruption::asked() const {
    pollfd ours{fds_[0], POLLIN, 0};
    return poll(&ours, 1, 0) == 1;
}

} // namespace kps::cli
