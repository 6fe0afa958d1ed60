#include "runtime/cli/interruption.hpp"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace kps::cli {

namespace {

constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};
std::atomic<int> write_end = -1;

extern "C" void tell(int) {
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = write(write_end.load(), &byte, 1);
}

void set_handlers(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    for (const int signal : signals)
        sigaction(signal, &action, nullptr);
}

} // namespace

Interruption::Interruption() {
    if (pipe2(fds_, O_CLOEXEC | O_NONBLOCK) != 0) return;
    write_end = fds_[1];
    set_handlers(tell);
}

Interruption::~Interruption() {
    set_handlers(SIG_DFL);
    for (const int fd : fds_)
        if (fd >= 0) close(fd);
}

} // namespace kps::cli
