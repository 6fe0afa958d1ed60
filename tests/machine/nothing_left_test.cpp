// Whatever ends a run, nothing of it stays.

#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/machine/paths.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string machine_sources = (source / "tests/machine/").string();

struct NothingLeftTest : testing::TestWithParam<std::string> {};

/// kps runs on the kernel of the guest and is killed there.
void expect_nothing_left_of_killed_runs(const std::string& kernel, const std::string& backend) {
    const std::string moments = "25"; // 50 on the two kernels together
    const std::string seed = std::to_string(std::random_device()());
    const std::string printed =
        printed_in_guest(kernel,
                         {KPS_IN_GUESTS, machine_sources + "killed_runs.pl:/killed_runs.pl",
                          machine_sources + "leaving.kps:/leaving.kps"},
                         "perl /killed_runs.pl " + backend + " " + seed + " " + moments);
    EXPECT_THAT(printed, HasSubstr(moments + " moments, 0 wrong\n")) << "seed " << seed;
    for (const char* const way : {" killed", " exited", " swept", " met probing"})
        EXPECT_THAT(printed, HasSubstr(way)) << "seed " << seed;
}

TEST_P(NothingLeftTest, InTheKernelThatARunProbed) {
    expect_nothing_left_of_killed_runs(GetParam(), "tracefs");
}

TEST_P(NothingLeftTest, InTheKernelThatARunProbedByBpf) {
    expect_nothing_left_of_killed_runs(GetParam(), "bpf");
}

/// `kps run` on this machine, its output in a file. What it starts and the files that it makes are
/// known by an environment variable and a directory.
class HostRun {
public:
    HostRun(const std::string& kernel, const std::string& spec) {
        fs::create_directories(directory_ / "tmp");
        pid_ = ::fork();
        if (pid_ != 0) return;
        ::setenv("KPS_TEST_MARK", mark_.c_str(), 1);
        ::setenv("TMPDIR", (directory_ / "tmp").c_str(), 1);
        const int output = ::creat((directory_ / "output").c_str(), 0600);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        ::execl(kps.c_str(), "kps", "run", "--kernel", kernel.c_str(),
                (machine_sources + spec).c_str(), nullptr);
        ::_exit(127);
    }
    HostRun(const HostRun&) = delete;
    HostRun& operator=(const HostRun&) = delete;
    ~HostRun() { fs::remove_all(directory_); }

    /// Commands of the marked processes that can still act.
    [[nodiscard]] std::vector<std::string> processes() const {
        std::vector<std::string> found;
        for (const std::string& process : collect::list_directory("/proc")) {
            const auto environment = collect::read_text("/proc/" + process + "/environ");
            if (environment && environment->find("KPS_TEST_MARK=" + mark_) != std::string::npos)
                found.push_back(collect::read_text("/proc/" + process + "/comm").value_or("?"));
        }
        return found;
    }
    [[nodiscard]] std::vector<std::string> files() const {
        return collect::list_directory((directory_ / "tmp").string());
    }
    [[nodiscard]] std::string output() const {
        return collect::read_text((directory_ / "output").string()).value_or("");
    }
    void kill(int signal) const { ::kill(pid_, signal); }
    int wait() const {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        return status;
    }

private:
    std::string mark_ = std::to_string(::getpid()) + "." + std::to_string(std::random_device()());
    fs::path directory_ = fs::path(testing::TempDir()) / ("kps-host-run-" + mark_);
    pid_t pid_ = -1;
};

/// Repeats until it is so, for a minute at most.
bool comes_true(const std::function<bool()>& condition) {
    for (int attempt = 0; attempt < 6000; ++attempt) {
        if (condition()) return true;
        std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
}

TEST_P(NothingLeftTest, OfAGuestThatPanics) {
    const HostRun run(GetParam(), "panic.kps");
    const int status = run.wait();
    EXPECT_EQ(WEXITSTATUS(status), 4) << run.output();
    EXPECT_THAT(run.output(), HasSubstr("ERROR  panics"));
    EXPECT_THAT(run.output(), HasSubstr("Kernel panic - not syncing: sysrq triggered crash"));
    EXPECT_THAT(run.output(), HasSubstr("sysrq_handle_crash"));
    EXPECT_THAT(run.output(), HasSubstr("ERROR  comes too late"));
    EXPECT_THAT(run.processes(), IsEmpty());
    EXPECT_THAT(run.files(), IsEmpty());
}

TEST_P(NothingLeftTest, OfARunThatIsKilledWithItsMachine) {
    const std::uint32_t seed = std::random_device()();
    std::mt19937 random(seed);
    for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSEGV}) {
        const HostRun run(GetParam(), "leaving.kps");
        const auto boots = [&] {
            return testing::Value(run.processes(), testing::Contains(HasSubstr("qemu")));
        };
        EXPECT_TRUE(comes_true(boots)) << run.output();
        const milliseconds delay(random() % 5000);
        std::this_thread::sleep_for(delay);
        run.kill(signal);
        run.wait();
        EXPECT_TRUE(comes_true([&] { return run.processes().empty(); }))
            << "signal " << signal << " after " << delay.count() << " ms, seed " << seed << ": "
            << testing::PrintToString(run.processes());
        EXPECT_THAT(run.files(), IsEmpty());
    }
}

TEST_P(NothingLeftTest, OfARunThatIsInterruptedWhileItBoots) {
    const HostRun run(GetParam(), "leaving.kps");
    const auto boots = [&] {
        return testing::Value(run.processes(), testing::Contains(HasSubstr("qemu")));
    };
    EXPECT_TRUE(comes_true(boots)) << run.output();
    run.kill(SIGINT);
    EXPECT_EQ(WEXITSTATUS(run.wait()), 3) << run.output();
    EXPECT_THAT(run.output(), HasSubstr("INCONCLUSIVE"));
    EXPECT_THAT(run.output(), HasSubstr("interrupted"));
    EXPECT_THAT(run.processes(), IsEmpty());
    EXPECT_THAT(run.files(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Kernels, NothingLeftTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
