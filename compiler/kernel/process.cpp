#include "compiler/kernel/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kps::kernel {

namespace {

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
    }
    ~Pipe() {
        close(0);
        close(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close(std::size_t end) {
        if (ends[end] >= 0) ::close(ends[end]);
        ends[end] = -1;
    }
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (const std::string& text : texts)
        result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> merged_environment(const std::vector<std::string>& own) {
    std::vector<std::string> all = own;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('=') + 1);
        if (std::ranges::none_of(own, [&](const auto& set) { return set.starts_with(name); }))
            all.emplace_back(text);
    }
    return all;
}

/// Starts the program; returns an errno.
int start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
          const std::filesystem::path& directory, const Pipe& output, const Pipe& errors,
          pid_t& child) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors.ends[1], STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    const int error = ::posix_spawnp(&child, command.front().c_str(), &actions, nullptr,
                                     pointers(command).data(), pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
}

void drain(Pipe& output, Pipe& errors, Finished& finished) {
    std::array<pollfd, 2> waiting{pollfd{output.ends[0], POLLIN, 0},
                                  pollfd{errors.ends[0], POLLIN, 0}};
    const std::array<std::string*, 2> texts{&finished.output, &finished.errors};
    std::array<char, 4096> buffer{};
    while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].revents == 0) continue;
            const ssize_t got = ::read(waiting[i].fd, buffer.data(), buffer.size());
            if (got > 0)
                texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
            else if (got == 0 || errno != EINTR)
                waiting[i].fd = -1; // poll skips those
        }
    }
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

Result<Finished> run(const std::vector<std::string>& command,
                     const std::vector<std::string>& environment,
                     const std::filesystem::path& directory) {
    Pipe output, errors;
    if (output.ends[0] < 0 || errors.ends[0] < 0)
        return fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    pid_t child = 0;
    const int error =
        start(command, merged_environment(environment), directory, output, errors, child);
    if (error != 0)
        return fail(fmt::format("cannot run {}: {}", command.front(), std::strerror(error)));
    output.close(1);
    errors.close(1);
    Finished finished;
    drain(output, errors, finished);
    finished.status = wait_for(child);
    return finished;
}

} // namespace kps::kernel
