#include "runtime/collect/workload.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/process_tree.hpp"
#include "tests/unit/collect/children.hpp"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>

namespace kps::collect {
namespace {

std::unique_ptr<Workload> prepare(const std::string& text, const std::string& user = "") {
    auto workload = Workload::prepare({text, user, {}}, "kps_1_2_3");
    EXPECT_TRUE(workload) << workload.error().message;
    return workload ? std::move(*workload) : nullptr;
}

/// Polls until the condition holds; false after ten seconds.
bool wait_for(Workload& workload, const std::function<bool()>& condition) {
    const std::uint64_t deadline = monotonic_ns() + 10'000'000'000;
    while (monotonic_ns() < deadline) {
        workload.poll();
        if (condition()) return true;
        ::poll(nullptr, 0, 2);
    }
    return false;
}

struct Ran {
    Workload::End end;
    std::string output;
};

Ran run(const std::string& text, const std::string& user = "") {
    const auto workload = prepare(text, user);
    if (!workload) return {};
    workload->release();
    EXPECT_TRUE(wait_for(*workload, [&] { return workload->end().has_value(); })) << text;
    return {workload->end().value_or(Workload::End{}), workload->output()};
}

TEST(Workload, TellsHowItEnded) {
    struct Case {
        std::string text;
        int exit_status;
        int signal;
    };
    const std::vector<Case> cases = {
        {"true", 0, 0},
        {"exit 42", 42, 0},
        {"kill -SEGV $$", -1, SIGSEGV},
        {"exec /no/such/program", 127, 0},
        {"{ echo a\nexit 7\n}", 7, 0},
    };
    for (const Case& test : cases) {
        const Ran ran = run(test.text);
        EXPECT_EQ(ran.end.exit_status, test.exit_status) << test.text;
        EXPECT_EQ(ran.end.signal, test.signal) << test.text;
        EXPECT_GT(ran.end.time_ns, 0u);
    }
}

TEST(Workload, CapturesOutputAndErrorTogether) {
    EXPECT_EQ(run("echo out; echo err >&2; printf last").output, "out\nerr\nlast");
}

TEST(Workload, HasAnEmptyInput) {
    EXPECT_EQ(run("cat; echo done").output, "done\n");
}

TEST(Workload, KeepsTheEndOfLongOutput) {
    const Ran ran = run("seq 1 200000; echo end");
    EXPECT_EQ(ran.end.exit_status, 0);
    EXPECT_EQ(ran.output.size(), 64u * 1024);
    EXPECT_TRUE(ran.output.ends_with("\n199999\n200000\nend\n"));
}

TEST(Workload, DoesNothingBeforeItsRelease) {
    const auto workload = prepare("echo gone on");
    ::poll(nullptr, 0, 50);
    workload->poll();
    EXPECT_EQ(workload->output(), "");
    EXPECT_FALSE(workload->end());
    EXPECT_EQ(::kill(workload->root(), 0), 0);
}

TEST(Workload, IsGoneWhenNeverReleased) {
    pid_t root = 0;
    {
        const auto workload = prepare("echo gone on");
        root = workload->root();
    }
    EXPECT_EQ(::kill(root, 0), -1);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

/// The root is the process that the kernel records from; it must be the shell itself.
TEST(Workload, TheRootIsTheShell) {
    const auto workload = prepare("echo $$");
    workload->release();
    ASSERT_TRUE(wait_for(*workload, [&] { return workload->gone(); }));
    EXPECT_EQ(workload->output(), std::to_string(workload->root()) + "\n");
}

TEST(Workload, EndsWithItsRootWhileDaemonsLive) {
    const auto workload = prepare("setsid sleep 100 & exit 5");
    workload->release();
    ASSERT_TRUE(wait_for(*workload, [&] { return workload->end().has_value(); }));
    EXPECT_EQ(workload->end()->exit_status, 5);
    EXPECT_FALSE(workload->gone());
}

TEST(Workload, KillsWhateverCameFromIt) {
    // children, a daemon in a session of its own whose parent has gone, and one that ignores
    // SIGTERM
    const auto workload =
        prepare("sleep 21 & (setsid sleep 22 &) ; (setsid sh -c 'sleep 23 & "
                "exit 0' &); trap '' TERM; echo up; while :; do sleep 0.01; done");
    workload->release();
    ASSERT_TRUE(wait_for(*workload, [&] { return workload->output() == "up\n"; }));
    ::poll(nullptr, 0, 100);
    const auto before = descendants(::getpid());
    EXPECT_GE(before.size(), 5u); // keeper, shell, three sleeps
    EXPECT_TRUE(workload->kill());
    EXPECT_TRUE(workload->gone());
    EXPECT_EQ(workload->end()->signal, SIGKILL);
    for (const pid_t pid : before)
        EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

/// At most 127 shells, and all short-lived, so that a failure of the test is harmless.
TEST(Workload, KillsATreeThatGrowsMeanwhile) {
    const auto workload = prepare("f() { sleep 0.02; if [ $1 -gt 0 ]; then f $(($1 - 1)) & "
                                  "f $(($1 - 1)) & fi; sleep 5; }; f 6");
    workload->release();
    ::poll(nullptr, 0, 60);
    EXPECT_TRUE(workload->kill());
    EXPECT_TRUE(descendants(::getpid()).empty());
}

TEST(Workload, CanBeAskedToEnd) {
    const auto workload =
        prepare("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.01; done");
    workload->release();
    ASSERT_TRUE(wait_for(*workload, [&] { return workload->output() == "up\n"; }));
    workload->ask_to_end();
    ASSERT_TRUE(wait_for(*workload, [&] { return workload->gone(); }));
    EXPECT_EQ(workload->end()->exit_status, 9);
}

TEST(Workload, SignalsAreAsAShellExpectsThem) {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    const auto handler = ::signal(SIGUSR1, SIG_IGN);
    EXPECT_EQ(run("kill -USR1 $$; echo survived").end.signal, SIGUSR1);
    ::signal(SIGUSR1, handler);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST(Workload, DoesNotInheritDescriptors) {
    std::array<int, 2> leaked{};
    ASSERT_EQ(::pipe(leaked.data()), 0); // without close-on-exec
    EXPECT_EQ(run("ls /proc/$$/fd").output, "0\n1\n2\n");
    ::close(leaked[0]);
    ::close(leaked[1]);
}

TEST(Workload, RunsAsAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    const Ran ran = run("id -un; id -G; echo $USER", "nobody");
    EXPECT_EQ(ran.output, "nobody\n65534\nnobody\n");
    EXPECT_EQ(ran.end.exit_status, 0);
}

TEST(Workload, AnotherUserNeedsRoot) {
    if (::geteuid() == 0) GTEST_SKIP() << "needs to be somebody";
    EXPECT_EQ(run("true", "root").end.exit_status, 126);
}

/// The test adopts what the killed process leaves, and sees it end.
TEST(Workload, DoesNotOutliveAKilledCollector) {
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    std::array<int, 2> up{};
    ASSERT_EQ(::pipe(up.data()), 0);
    const pid_t collector = ::fork();
    if (collector == 0) {
        const auto workload = prepare("sleep 100 & (setsid env -i sleep 101 &); echo up; wait");
        workload->release();
        wait_for(*workload, [&] { return workload->output() == "up\n"; });
        [[maybe_unused]] const ssize_t put = ::write(up[1], "u", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(up[0], &byte, 1), 1);
    EXPECT_GE(descendants(collector).size(), 4u); // keeper, shell, two sleeps
    ::kill(collector, SIGKILL);
    EXPECT_TRUE(all_children_end());
    for (const int fd : up)
        ::close(fd);
}

TEST(Workload, CarriesTheNameOfTheRun) {
    ::setenv("KPS_RUN", "an outer run", 1);
    EXPECT_EQ(run("env | grep ^KPS_RUN").output, "KPS_RUN=kps_1_2_3\n");
    ::unsetenv("KPS_RUN");
}

TEST(ProcessTree, ReadsAProcessWhateverItsCommandIsCalled) {
    const std::string rest = " 12 12 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 5780 2621440 223";
    struct Case {
        std::string stat;
        pid_t parent; ///< 0: it is no line of a stat file
    };
    const std::vector<Case> cases = {
        {"12 (sh) S 7" + rest, 7},
        {"12 (a) b (c) S 8" + rest, 8},
        {"12 ()) S 9" + rest, 9},
        {"12 (sh", 0},
        {"12 (sh) S", 0},
        {"12 (sh) S x" + rest, 0},
        {"", 0},
        {"12 (sh) S 7 12 12 0", 0},
        {"x (sh) S 7" + rest, 0},
        {"12 (sh) SS 7" + rest, 0},
    };
    for (const Case& test : cases) {
        const auto process = parse_process_stat(test.stat);
        ASSERT_EQ(process.has_value(), test.parent != 0) << test.stat;
        if (!process) continue;
        EXPECT_EQ(process->pid, 12) << test.stat;
        EXPECT_EQ(process->state, 'S') << test.stat;
        EXPECT_EQ(process->parent, test.parent) << test.stat;
        EXPECT_EQ(process->start, 5780u) << test.stat;
    }
}

} // namespace
} // namespace kps::collect
