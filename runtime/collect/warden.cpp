#include "runtime/collect/warden.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/leftovers.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace kps::collect {
namespace {

constexpr int parent_gone = SIGUSR1;

/// What reads our output must see its end when we end.
void close_descriptors() {
    ::close_range(0, ~0U, 0);
    if (::open("/dev/null", O_RDWR) != STDIN_FILENO) return;
    ::dup2(STDIN_FILENO, STDOUT_FILENO);
    ::dup2(STDIN_FILENO, STDERR_FILENO);
}

[[noreturn]] void keep_watch(Tracefs& tracefs, const Owner& owner) {
    ::setsid();
    ::prctl(PR_SET_NAME, "probe warden"); // so that `killall -9 kps` leaves it to its work
    close_descriptors();
    sigset_t gone;
    ::sigemptyset(&gone);
    ::sigaddset(&gone, parent_gone);
    ::prctl(PR_SET_PDEATHSIG, parent_gone);
    while (::getppid() == owner.pid)
        ::sigwaitinfo(&gone, nullptr);
    sweep(tracefs, [&](const Owner& other) { return other == owner; });
    ::_exit(0);
}

} // namespace

Result<std::unique_ptr<Warden>> Warden::post(Tracefs& tracefs, const Owner& owner) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) keep_watch(tracefs, owner);
    const int error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return fail("cannot fork: " + describe_errno(error));
    return std::unique_ptr<Warden>(new Warden(pid));
}

Warden::~Warden() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

} // namespace kps::collect
