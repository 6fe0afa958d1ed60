#include "runtime/collect/workload.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/owner.hpp"
#include "runtime/collect/process_tree.hpp"
#include "runtime/collect/user.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <vector>

namespace kps::collect {
namespace {

constexpr std::size_t output_kept = 64 * 1024;
constexpr std::uint64_t kill_patience_ns = 2'000'000'000;
constexpr int collector_gone = SIGUSR1; ///< what the keeper gets when we end, whatever ends us

/// What the keeper tells: first the root's pid, later how it ended.
struct Report {
    pid_t pid = -1;
    int status = 0;
    std::uint64_t time_ns = 0; ///< 0 in the first
};

struct Pipe {
    Fd read_end;
    Fd write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail("cannot create a pipe: " + describe_errno(errno));
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// All that the forked processes need, made before the fork.
struct Plan {
    const char* text;
    const User* user; ///< null: stays as it is
    std::vector<char*> environment;
    int release_fd;
    int status_fd;
    int output_fd;
    pid_t collector; ///< ourselves
};

std::vector<std::string> environment_of(const User* user, const std::string& run) {
    const std::string mark = std::string(run_variable) + "=";
    std::vector<std::string> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry)
        if (!std::string_view(*entry).starts_with(mark)) variables.emplace_back(*entry);
    variables.push_back(mark + run);
    if (user == nullptr) return variables;
    std::erase_if(variables, [](const std::string& variable) {
        return variable.starts_with("HOME=") || variable.starts_with("USER=") ||
               variable.starts_with("LOGNAME=");
    });
    variables.push_back("HOME=" + user->home);
    variables.push_back("USER=" + user->name);
    variables.push_back("LOGNAME=" + user->name);
    return variables;
}

void close_all_but(unsigned first, int kept) {
    const auto fd = static_cast<unsigned>(kept);
    if (fd > first) ::close_range(first, fd - 1, 0);
    ::close_range(fd + 1, UINT_MAX, 0);
}

void reset_signals() {
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void give_up(const char* what) {
    const std::array<const char*, 4> parts = {"kps: ", what, ": ", strerrordesc_np(errno)};
    for (const char* const part : parts)
        if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
    ::_exit(126);
}

void become(const User& user) {
    if (::setgroups(user.groups.size(), user.groups.data()) != 0) give_up("cannot set groups");
    if (::setgid(user.gid) != 0) give_up("cannot set the group");
    if (::setuid(user.uid) != 0) give_up("cannot set the user");
}

[[noreturn]] void be_root(const Plan& plan) {
    ::setsid();
    reset_signals();
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    ::dup2(plan.output_fd, STDOUT_FILENO);
    ::dup2(plan.output_fd, STDERR_FILENO);
    close_all_but(STDERR_FILENO + 1, plan.release_fd);
    if (plan.user != nullptr) become(*plan.user);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // after the change of user, which clears it
    char go = 0;
    if (::read(plan.release_fd, &go, 1) != 1) ::_exit(126);
    std::array<char, 3> shell = {"sh"};
    std::array<char, 3> option = {"-c"};
    // execve takes the arguments as mutable but does not change them
    std::array<char*, 4> arguments = {shell.data(), option.data(), const_cast<char*>(plan.text),
                                      nullptr};
    ::execve("/bin/sh", arguments.data(), plan.environment.data());
    give_up("cannot run /bin/sh");
}

void tell(int fd, Report report) {
    // a lost report shows as the keeper having gone without one
    [[maybe_unused]] const ssize_t put = ::write(fd, &report, sizeof report);
}

/// Kills whatever is below the keeper and ends it. What is forked between the look and the signals
/// becomes the keeper's child and is seen at the next look.
[[noreturn]] void end_tree() {
    const std::uint64_t deadline = monotonic_ns() + kill_patience_ns;
    while (monotonic_ns() < deadline) {
        signal_descendants(::getpid(), SIGKILL);
        pid_t ended = 0;
        do
            ended = ::waitpid(-1, nullptr, WNOHANG);
        while (ended > 0);
        if (ended < 0) ::_exit(0);
        ::usleep(2'000);
    }
    ::_exit(1); // what is left hangs in the kernel, with its signal
}

/// Tells how the root ended; returns when there is something to wait for.
void reap(const Plan& plan, pid_t root) {
    while (true) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, WNOHANG);
        if (ended == root) tell(plan.status_fd, {root, status, monotonic_ns()});
        if (ended == 0) return;
        if (ended < 0) ::_exit(0);
    }
}

[[noreturn]] void be_keeper(const Plan& plan) {
    ::setsid();
    ::prctl(PR_SET_NAME, "workload keeper"); // so that `killall -9 kps` leaves it to its work
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGQUIT})
        ::signal(signal, SIG_IGN);
    ::signal(SIGCHLD, SIG_DFL);
    sigset_t news;
    ::sigemptyset(&news);
    ::sigaddset(&news, SIGCHLD);
    ::sigaddset(&news, collector_gone);
    ::sigprocmask(SIG_BLOCK, &news, nullptr);
    ::prctl(PR_SET_PDEATHSIG, collector_gone);
    if (::getppid() != plan.collector) ::_exit(0);
    const pid_t root = ::fork();
    if (root == 0) be_root(plan);
    close_all_but(0, plan.status_fd);
    tell(plan.status_fd, {.pid = root});
    while (true) {
        reap(plan, root);
        ::sigwaitinfo(&news, nullptr);
        if (::getppid() != plan.collector) end_tree();
    }
}

Workload::End end_of(const Report& report) {
    if (WIFSIGNALED(report.status)) return {-1, WTERMSIG(report.status), report.time_ns};
    return {WEXITSTATUS(report.status), 0, report.time_ns};
}

} // namespace

Result<std::unique_ptr<Workload>> Workload::prepare(const Command& command,
                                                    const std::string& run) {
    std::optional<User> user;
    if (!command.user.empty()) {
        auto found = find_user(command.user);
        if (!found) return std::unexpected(found.error());
        user = std::move(*found);
    }
    auto release = make_pipe();
    auto status = make_pipe();
    auto output = make_pipe();
    for (const auto* const pipe : {&release, &status, &output})
        if (!*pipe) return std::unexpected(pipe->error());

    auto variables = environment_of(user ? &*user : nullptr, run);
    Plan plan{command.text.c_str(),    user ? &*user : nullptr, {},        release->read_end.get(),
              status->write_end.get(), output->write_end.get(), ::getpid()};
    for (std::string& variable : variables)
        plan.environment.push_back(variable.data());
    plan.environment.push_back(nullptr);

    const pid_t keeper = ::fork();
    if (keeper < 0) return fail("cannot fork: " + describe_errno(errno));
    if (keeper == 0) be_keeper(plan);
    status->write_end.reset();

    std::unique_ptr<Workload> workload(new Workload);
    workload->keeper_ = keeper;
    workload->release_ = std::move(release->write_end);
    workload->release_read_end_ = std::move(release->read_end);
    workload->status_ = std::move(status->read_end);
    workload->output_ = std::move(output->read_end);
    Report first;
    const ssize_t got = ::read(workload->status_.get(), &first, sizeof first);
    if (got != sizeof first || first.pid < 0) return fail("cannot fork the workload");
    workload->root_ = first.pid;
    for (const int fd : {workload->status_.get(), workload->output_.get()})
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return workload;
}

Workload::~Workload() {
    if (!gone()) kill();
}

void Workload::release() {
    released_ns_ = monotonic_ns();
    // a pipe with nothing in it and a reader (ourselves) takes a byte without blocking or failing
    [[maybe_unused]] const ssize_t put = ::write(release_.get(), "g", 1);
    release_.reset();
    release_read_end_.reset();
}

void Workload::poll() {
    poll_status(); // before the output: what the root has written is in the pipe when it has ended
    poll_output();
}

void Workload::poll_status() {
    while (status_) {
        Report report;
        const ssize_t got = ::read(status_.get(), &report, sizeof report);
        if (got == sizeof report) {
            end_ = end_of(report);
        } else if (got >= 0) {
            status_.reset();
            ::waitpid(keeper_, nullptr, 0);
            keeper_ = -1;
            if (!end_) end_ = End{-1, SIGKILL, monotonic_ns()}; // the keeper itself was killed
        } else if (errno != EINTR) {
            return;
        }
    }
}

void Workload::poll_output() {
    std::array<char, 16384> chunk{};
    while (output_) {
        const ssize_t got = ::read(output_.get(), chunk.data(), chunk.size());
        if (got > 0) {
            text_.append(chunk.data(), static_cast<std::size_t>(got));
            if (text_.size() > 2 * output_kept) text_.erase(0, text_.size() - output_kept);
        } else if (got == 0) {
            output_.reset();
        } else if (errno != EINTR) {
            return;
        }
    }
}

std::string Workload::output() const {
    return text_.size() > output_kept ? text_.substr(text_.size() - output_kept) : text_;
}

void Workload::ask_to_end() {
    if (!gone()) signal_descendants(keeper_, SIGTERM);
}

bool Workload::kill() {
    const std::uint64_t deadline = monotonic_ns() + kill_patience_ns;
    while (true) {
        poll();
        if (gone()) return true;
        if (monotonic_ns() > deadline) return false;
        signal_descendants(keeper_, SIGKILL);
        pollfd news{status_.get(), POLLIN, 0};
        ::poll(&news, 1, 5);
    }
}

} // namespace kps::collect
