#include "runtime/machine/process.hpp"

#include "runtime/collect/files.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::machine {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int first_kept = 3;

/// Runs between fork and exec: nothing but system calls, since other threads of the parent may
/// have held any lock.
[[noreturn]] void become(const Child::Plan& plan, char* const* arguments, char* const* environment,
                         pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127); // it ended before prctl
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);

    // Out of the way of the numbers that are given out below.
    const int high = first_kept + static_cast<int>(plan.keep.size());
    const int null = ::open("/dev/null", O_RDWR);
    const int output = ::fcntl(plan.output >= 0 ? plan.output : null, F_DUPFD, high);
    ::dup2(null, STDIN_FILENO);
    std::array<int, 16> kept{};
    for (std::size_t i = 0; i < plan.keep.size(); ++i)
        kept[i] = ::fcntl(plan.keep[i], F_DUPFD, high);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    for (std::size_t i = 0; i < plan.keep.size(); ++i)
        ::dup2(kept[i], first_kept + static_cast<int>(i));
    ::close_range(static_cast<unsigned>(high), ~0U, 0);
    ::execve(arguments[0], arguments, environment);
    const char* reason = std::strerror(errno);
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, reason, std::strlen(reason));
    ::_exit(127);
}

/// Our environment without what changes how programs are loaded and what language they speak.
std::vector<std::string> plain_environment() {
    std::vector<std::string> result{"LC_ALL=C"};
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (!text.starts_with("LD_") && !text.starts_with("LC_ALL=")) result.emplace_back(text);
    }
    return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

int exit_status(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

milliseconds until(Clock::time_point deadline) {
    return std::max(milliseconds(0),
                    std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
}

} // namespace

Result<Child> Child::start(const Plan& plan) {
    std::vector<std::string> arguments = plan.arguments;
    std::vector<std::string> environment = plain_environment();
    const std::vector<char*> argument_pointers = pointers(arguments);
    const std::vector<char*> environment_pointers = pointers(environment);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return fail(
            fmt::format("cannot start {}: {}", arguments.front(), collect::describe_errno(errno)));
    if (pid == 0) become(plan, argument_pointers.data(), environment_pointers.data(), parent);
    return Child(pid);
}

std::optional<int> Child::wait(milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    for (;;) {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            pid_ = -1;
            return status;
        }
        if ((ended < 0 && errno != EINTR) || Clock::now() >= deadline) return std::nullopt;
        std::this_thread::sleep_for(milliseconds(2));
    }
}

void Child::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

Result<Captured> capture(const std::vector<std::string>& arguments, milliseconds limit) {
    auto pipe = socket_pair();
    if (!pipe) return std::unexpected(pipe.error());
    auto& [ours, theirs] = *pipe;
    auto child = Child::start({arguments, {}, theirs.get()});
    if (!child) return std::unexpected(child.error());
    theirs.reset();
    const auto deadline = Clock::now() + limit;
    Captured result;
    std::array<char, 4096> buffer{};
    for (;;) {
        pollfd wait{ours.get(), POLLIN, 0};
        const int ready = ::poll(&wait, 1, static_cast<int>(until(deadline).count()));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0)
            return fail(
                fmt::format("{} did not end within {} ms", arguments.front(), limit.count()));
        const ssize_t got = ::read(ours.get(), buffer.data(), buffer.size());
        if (got <= 0) break;
        result.output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const auto status = child->wait(until(deadline));
    if (!status)
        return fail(fmt::format("{} did not end within {} ms", arguments.front(), limit.count()));
    result.exit_status = exit_status(*status);
    return result;
}

std::optional<std::filesystem::path> find_program(std::string_view name, std::string_view path) {
    if (name.empty() || name.contains('/')) return std::nullopt;
    for (const std::string_view directory : collect::split(path, ':')) {
        const auto candidate = std::filesystem::path(directory) / name;
        std::error_code error;
        if (std::filesystem::is_regular_file(candidate, error) &&
            ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

std::string search_path() {
    const char* path = std::getenv("PATH");
    return fmt::format("{}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin",
                       path != nullptr ? path : "/usr/local/bin");
}

Result<std::pair<Fd, Fd>> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(fmt::format("cannot make a socket: {}", collect::describe_errno(errno)));
    return std::pair{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> memory_file(std::span<const std::byte> content) {
    Fd file(::memfd_create("kps", MFD_CLOEXEC));
    if (!file)
        return fail(
            fmt::format("cannot make a file in memory: {}", collect::describe_errno(errno)));
    while (!content.empty()) {
        const ssize_t written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return fail(fmt::format("cannot write {} bytes to memory: {}", content.size(),
                                    collect::describe_errno(errno)));
        content = content.subspan(static_cast<std::size_t>(written));
    }
    return file;
}

} // namespace kps::machine
