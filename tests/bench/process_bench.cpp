// What a command takes as a whole, from its start to when it was waited for, without a shell
// around: `bench_process RUNS LABEL DIRECTORY COMMAND...`. One run that does not count comes first;
// DIRECTORY is removed before each. Prints least and median of the wall time, and most memory.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Run {
    double ms = 0;
    double mib = 0; ///< most resident memory, of its children too
};

class Quiet {
public:
    Quiet() {
        ::posix_spawn_file_actions_init(&actions_);
        for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
            ::posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_WRONLY, 0);
    }
    ~Quiet() { ::posix_spawn_file_actions_destroy(&actions_); }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

Run run(char** command) {
    const Quiet quiet;
    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    if (::posix_spawnp(&child, command[0], quiet.get(), nullptr, command, environ) != 0)
        throw std::runtime_error(fmt::format("cannot run {}", command[0]));
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    return {took.count(), static_cast<double>(usage.ru_maxrss) / 1024};
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        fmt::print(stderr, "usage: bench_process RUNS LABEL DIRECTORY COMMAND...\n");
        return 2;
    }
    std::vector<double> times;
    double mib = 0;
    for (int i = 0; i <= std::stoi(argv[1]); ++i) {
        std::filesystem::remove_all(argv[3]);
        const Run one = run(argv + 4);
        mib = std::max(mib, one.mib);
        if (i > 0) times.push_back(one.ms);
    }
    std::ranges::sort(times);
    fmt::print("{:<58} {:10.1f} ms {:10.1f} ms {:8.1f} MB\n", argv[2], times.front(),
               times[times.size() / 2], mib);
}
