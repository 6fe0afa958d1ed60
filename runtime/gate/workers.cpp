#include "runtime/gate/workers.hpp"

#include "runtime/gate/record.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kps::gate {

namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

std::string read_file(int fd) {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t n = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

/// A process at work. Its result goes to a file in memory, so that nothing is left of it.
struct Worker {
    std::size_t task = 0;
    pid_t pid = -1;
    int result = -1;
    int told = -1; ///< end of a pipe, a line for each thing it tells
    std::string line;
};

[[noreturn]] void work(const Task& task, int result, int teller, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    const std::string text = task.work(
        [teller](std::string_view what) { write_all(teller, fmt::format("{}\n", what)); });
    _exit(write_all(result, text) ? 0 : 1);
}

Result<Worker> start(const Task& task, std::size_t index) {
    Worker worker;
    worker.task = index;
    worker.result = memfd_create("kps-gate", MFD_CLOEXEC);
    int pipe_ends[2] = {-1, -1};
    const bool has_pipe = pipe2(pipe_ends, O_CLOEXEC) == 0;
    const pid_t parent = getpid();
    if (worker.result >= 0 && has_pipe) worker.pid = fork();
    if (worker.pid == 0) {
        close(pipe_ends[0]);
        work(task, worker.result, pipe_ends[1], parent);
    }
    worker.told = pipe_ends[0];
    if (has_pipe) close(pipe_ends[1]);
    if (worker.pid > 0) return worker;
    const int error = errno;
    for (const int fd : {worker.result, worker.told})
        if (fd >= 0) close(fd);
    return fail(fmt::format("cannot start a process for {}: {}", task.name, std::strerror(error)));
}

Result<std::string> finish(const Worker& worker, const Task& task) {
    int status = 0;
    while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    Result<std::string> result = read_file(worker.result);
    close(worker.result);
    close(worker.told);
    if (WIFSIGNALED(status))
        return fail(
            fmt::format("the process for {} was ended by signal {}", task.name, WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return fail(fmt::format("the process for {} ended with exit status {}", task.name,
                                WEXITSTATUS(status)));
    return result;
}

/// Passes whole lines on; false at the end.
bool listen(Worker& worker, const std::function<void(std::size_t, std::string_view)>& show) {
    std::array<char, 4096> buffer{};
    const ssize_t n = read(worker.told, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    worker.line.append(buffer.data(), static_cast<std::size_t>(n));
    for (std::size_t end; (end = worker.line.find('\n')) != std::string::npos;) {
        show(worker.task, std::string_view(worker.line).substr(0, end));
        worker.line.erase(0, end + 1);
    }
    return true;
}

/// Waits until a worker tells something or `cancel` is readable; whether that is so.
bool wait_for(const std::vector<Worker>& workers, int cancel, std::vector<bool>& readable) {
    std::vector<pollfd> watched;
    for (const Worker& worker : workers)
        watched.push_back({worker.told, POLLIN, 0});
    watched.push_back({cancel, POLLIN, 0}); // poll skips what is negative
    readable.assign(workers.size(), false);
    if (poll(watched.data(), watched.size(), -1) < 0) return false;
    for (std::size_t i = 0; i < workers.size(); ++i)
        readable[i] = watched[i].revents != 0;
    return watched.back().revents != 0;
}

} // namespace

std::vector<Result<std::string>>
run_tasks(const std::vector<Task>& tasks, std::size_t jobs, int cancel,
          const std::function<void(std::size_t, std::string_view)>& show) {
    std::vector<Result<std::string>> results(tasks.size(), fail(std::string(interrupted)));
    std::vector<Worker> workers;
    std::vector<bool> readable;
    std::size_t next = 0;
    while (next < tasks.size() || !workers.empty()) {
        while (next < tasks.size() && workers.size() < std::max<std::size_t>(jobs, 1)) {
            auto worker = start(tasks[next], next);
            if (worker)
                workers.push_back(std::move(*worker));
            else
                results[next] = std::unexpected(worker.error());
            ++next;
        }
        if (wait_for(workers, cancel, readable)) {
            for (const Worker& worker : workers)
                kill(worker.pid, SIGTERM);
            next = tasks.size();
            cancel = -1;
        }
        for (std::size_t i = workers.size(); i-- > 0;) {
            if (!readable[i] || listen(workers[i], show)) continue;
            results[workers[i].task] = finish(workers[i], tasks[workers[i].task]);
            workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    return results;
}

} // namespace kps::gate
