#include "runtime/collect/session.hpp"

#include "runtime/collect/wire.hpp"
#include "tests/unit/collect/fake_tracefs.hpp"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>

#include <array>

namespace kps::collect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t ms = 1'000'000;

struct Outcome {
    std::vector<Message> messages;
    Done done;

    template <class T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const Message& message : messages)
            if (const T* const body = std::get_if<T>(&message.body)) found.push_back(*body);
        return found;
    }
    [[nodiscard]] std::vector<Phase> phases() const {
        std::vector<Phase> found;
        for (const Mark& mark : all<Mark>())
            found.push_back(mark.phase);
        return found;
    }
};

Job probing_job() {
    Job job;
    job.id = 4;
    job.instance = "kps_i";
    job.group = "kps_g";
    job.define = {{"kprobe_events", "p:kps_g/a vfs_read"},
                  {"kprobe_events", "r:kps_g/b vfs_write"}};
    job.enable = {{"kps_g", "a"}, {"kps_g", "b"}, {"sched", "sched_process_exec"}};
    job.run = {{"true", "", {}}};
    return job;
}

Outcome run(FakeTracefs& tracefs, const Job& job, const Interrupt& interrupt = {}) {
    Outcome outcome;
    outcome.done = run_job(
        tracefs, job, [&](Message message) { outcome.messages.push_back(std::move(message)); },
        interrupt);
    return outcome;
}

bool has_children() {
    return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
}

std::vector<std::string> writes_of(const FakeTracefs& tracefs) {
    std::vector<std::string> writes;
    for (const std::string& line : tracefs.record)
        if (!line.starts_with("read ") && !line.starts_with("open ")) writes.push_back(line);
    return writes;
}

TEST(Session, DoesAllInOrderAndUndoesIt) {
    FakeTracefs tracefs;
    const Outcome outcome = run(tracefs, probing_job());
    EXPECT_TRUE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    const auto marks = outcome.all<Mark>();
    ASSERT_GE(marks.size(), 2u);
    const std::string in = "instances/kps_i/";
    EXPECT_THAT(writes_of(tracefs),
                ElementsAre("mkdir instances/kps_i", in + "trace_clock < mono",
                            in + "buffer_size_kb < 4096", //
                            "kprobe_events < p:kps_g/a vfs_read\n",
                            "kprobe_events < r:kps_g/b vfs_write\n", //
                            in + "options/event-fork < 1",
                            in + "set_event_pid < " + std::to_string(marks[1].tid), //
                            in + "events/task/task_newtask/enable < 1",
                            in + "events/sched/sched_process_fork/enable < 1",
                            in + "events/sched/sched_process_exec/enable < 1",
                            in + "events/kps_g/a/enable < 1", in + "events/kps_g/b/enable < 1", //
                            in + "events/task/task_newtask/enable < 0",
                            in + "events/sched/sched_process_fork/enable < 0",
                            in + "events/sched/sched_process_exec/enable < 0",
                            in + "events/kps_g/a/enable < 0", in + "events/kps_g/b/enable < 0", //
                            "rmdir instances/kps_i",                                            //
                            "kprobe_events < -:kps_g/b\n", "kprobe_events < -:kps_g/a\n"));
}

TEST(Session, TellsWhatAReaderOfThePagesNeeds) {
    FakeTracefs tracefs;
    const Outcome outcome = run(tracefs, probing_job());
    EXPECT_THAT(outcome.phases(), ElementsAre(Phase::probes_live, Phase::workload_started,
                                              Phase::workload_ended, Phase::drained));
    EXPECT_EQ(outcome.all<EventFormat>().size(), 5u);
    const auto stats = outcome.all<CpuStats>();
    ASSERT_EQ(stats.size(), 2u);
    EXPECT_EQ(stats[1].cpu, 1u);
    EXPECT_EQ(stats[1].entries, 1u);
    EXPECT_EQ(stats[1].overrun, 2u);
    EXPECT_EQ(stats[1].commit_overrun, 3u);
    EXPECT_EQ(stats[1].dropped, 4u);
    EXPECT_EQ(stats[1].read, 5u);
    const auto profiles = outcome.all<ProbeProfile>();
    ASSERT_EQ(profiles.size(), 2u);
    EXPECT_EQ(profiles[0].event, "a");
    EXPECT_EQ(profiles[0].missed, 1u);
    EXPECT_TRUE(std::holds_alternative<Done>(outcome.messages.back().body));
    for (const Message& message : outcome.messages)
        EXPECT_EQ(message.job, 4u);
}

TEST(Session, ABpfObjectThatIsRejectedEndsTheJobBeforeItsWorkload) {
    FakeTracefs tracefs;
    const std::string witness = testing::TempDir() + "/kps_rejected_" + std::to_string(::getpid());
    Job job = probing_job();
    job.define = {};
    job.bpf = BpfJob{std::vector<std::byte>(100), {}, {}};
    job.run = {{"echo r >> " + witness, "", {}}};
    job.cleanup = {"true"};
    const Outcome outcome = run(tracefs, job);
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_EQ(outcome.all<Rejected>().size(), 1u);
    EXPECT_EQ(outcome.all<CommandEnded>().size(), 1u);
    EXPECT_THAT(outcome.phases(), ElementsAre());
    EXPECT_THAT(tracefs.record, ElementsAre());
    EXPECT_NE(::access(witness.c_str(), F_OK), 0);
    EXPECT_FALSE(has_children());
}

TEST(Session, TheWorkloadBeginsWhenTheProbesAreLive) {
    FakeTracefs tracefs;
    const std::string witness = testing::TempDir() + "/kps_begun_" + std::to_string(::getpid());
    Job job = probing_job();
    job.background = {"echo b >> " + witness};
    job.run = {{"echo r >> " + witness, "", {}}};
    bool early = false;
    tracefs.on_operation = [&](const std::string& operation) {
        if (!operation.ends_with("kps_g/b/enable < 1")) return; // the last of them
        ::poll(nullptr, 0, 100);                                // time enough to begin too early
        early = ::access(witness.c_str(), F_OK) == 0;
    };
    EXPECT_TRUE(run(tracefs, job).done.complete);
    EXPECT_FALSE(early);
    EXPECT_EQ(::access(witness.c_str(), F_OK), 0);
    ::unlink(witness.c_str());
}

TEST(Session, EventsOfAllKindsGoToTheirFilesAndAreRemovedByOne) {
    FakeTracefs tracefs;
    tracefs.dynamic = true;
    Job job = probing_job();
    job.define[1] = {"uprobe_events", "r:kps_g/b /bin/sh:0x10"};
    const Outcome outcome = run(tracefs, job);
    EXPECT_TRUE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    const auto writes = writes_of(tracefs);
    for (const char* wanted :
         {"kprobe_events < p:kps_g/a vfs_read\n", "uprobe_events < r:kps_g/b /bin/sh:0x10\n",
          "dynamic_events < -:kps_g/b\n", "dynamic_events < -:kps_g/a\n"})
        EXPECT_EQ(std::ranges::count(writes, wanted), 1) << wanted;
    EXPECT_EQ(outcome.all<ProbeProfile>().size(), 1u); // the kernel counts for kprobes only
}

class SessionFailure : public testing::TestWithParam<Definition> {};

/// Whatever single operation fails, nothing is left, the job ends, and somebody is told.
TEST_P(SessionFailure, NothingIsLeftWhateverFails) {
    Job job = probing_job();
    job.define[1] = GetParam();
    job.background = {"sleep 100"};
    job.cleanup = {"true"};
    FakeTracefs good;
    good.dynamic = true;
    ASSERT_TRUE(run(good, job).done.complete);
    for (int operation = 0; operation < static_cast<int>(good.record.size()); ++operation) {
        FakeTracefs tracefs;
        tracefs.dynamic = true;
        tracefs.fail_at = operation;
        const Outcome outcome = run(tracefs, job);
        ASSERT_LT(operation, static_cast<int>(tracefs.record.size()));
        const std::string& failed = tracefs.record[static_cast<std::size_t>(operation)];
        const bool told = !outcome.all<Trouble>().empty() || !outcome.all<Refused>().empty();
        EXPECT_TRUE(told || outcome.done.complete) << failed;
        EXPECT_NE(told, outcome.done.complete) << failed;
        EXPECT_TRUE(std::holds_alternative<Done>(outcome.messages.back().body)) << failed;
        EXPECT_FALSE(has_children()) << failed;
        EXPECT_EQ(outcome.all<CommandEnded>().back().role, CommandRole::cleanup) << failed;
        EXPECT_TRUE(tracefs.clean()) << failed;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, SessionFailure,
                         testing::Values(Definition{"kprobe_events", "r:kps_g/b vfs_write"},
                                         Definition{"uprobe_events", "r:kps_g/b /bin/sh:0x10"}));

TEST(Session, LeavesTheProbesOfOthers) {
    FakeTracefs tracefs;
    tracefs.probes = {"p:kprobes/a vfs_read", "p:kps_gg/a vfs_read"};
    tracefs.instances = {"instances/others"};
    EXPECT_TRUE(run(tracefs, probing_job()).done.complete);
    EXPECT_THAT(tracefs.probes, ElementsAre("p:kprobes/a vfs_read", "p:kps_gg/a vfs_read"));
    EXPECT_THAT(tracefs.instances, ElementsAre("instances/others"));
}

TEST(Session, AnInstanceThatExistsIsNotTaken) {
    FakeTracefs tracefs;
    tracefs.instances = {"instances/kps_i"};
    const Outcome outcome = run(tracefs, probing_job());
    EXPECT_FALSE(outcome.done.complete);
    ASSERT_EQ(outcome.all<Trouble>().size(), 1u);
    EXPECT_THAT(outcome.all<Trouble>()[0].message, HasSubstr("exists already"));
    EXPECT_THAT(tracefs.instances, ElementsAre("instances/kps_i"));
}

TEST(Session, TellsWhichLineTheKernelRefused) {
    FakeTracefs tracefs;
    tracefs.error_log = "[    0.1] trace_kprobe: error: Older\n  Command: x\n   ^\n";
    tracefs.refuse = "vfs_write";
    Job job = probing_job();
    job.cleanup = {"echo cleaned"};
    const Outcome outcome = run(tracefs, job);
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    const auto refused = outcome.all<Refused>();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].index, 1u);
    EXPECT_EQ(refused[0].error, EINVAL);
    EXPECT_EQ(refused[0].error_log,
              "[    1.0] trace_kprobe: error: Bad\n  Command: r:kps_g/b vfs_write\n   ^\n");
    ASSERT_EQ(outcome.all<CommandEnded>().size(), 1u);
    EXPECT_EQ(outcome.all<CommandEnded>()[0].output, "cleaned\n");
}

TEST(Session, CommandsRunInTurnAndReport) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.setup = {"echo setup"};
    job.run = {
        {"echo one; exit 3", "", {}}, {"sleep 100", "", 50 * ms}, {"echo three >&2", "", {}}};
    job.cleanup = {"exit 1", "echo last"};
    const Outcome outcome = run(tracefs, job);
    EXPECT_TRUE(outcome.done.complete);
    const auto ended = outcome.all<CommandEnded>();
    ASSERT_EQ(ended.size(), 6u);
    EXPECT_EQ(ended[0].role, CommandRole::setup);
    EXPECT_EQ(ended[1].exit_status, 3);
    EXPECT_EQ(ended[1].output, "one\n");
    EXPECT_TRUE(ended[2].timed_out);
    EXPECT_EQ(ended[2].exit_status, -1);
    EXPECT_EQ(ended[2].signal, SIGKILL);
    EXPECT_GE(ended[2].duration_ns, 50 * ms);
    EXPECT_LT(ended[2].duration_ns, 5000 * ms);
    EXPECT_EQ(ended[3].index, 2u);
    EXPECT_EQ(ended[3].output, "three\n");
    EXPECT_EQ(ended[4].role, CommandRole::cleanup);
    EXPECT_EQ(ended[4].exit_status, 1);
    EXPECT_EQ(ended[5].output, "last\n");
}

TEST(Session, AFailingSetupEndsTheJobBeforeAnyProbe) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.setup = {"exit 1", "true"};
    job.cleanup = {"true"};
    const Outcome outcome = run(tracefs, job);
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.record.empty());
    ASSERT_EQ(outcome.all<Trouble>().size(), 1u);
    EXPECT_EQ(outcome.all<Trouble>()[0].message, "setup command 1 failed: exit 1");
    EXPECT_EQ(outcome.all<CommandEnded>().size(), 2u);
}

TEST(Session, BackgroundIsAskedToEndFirst) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.background = {"trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done"};
    job.run = {{"sleep 0.2", "", {}}};
    const Outcome outcome = run(tracefs, job);
    EXPECT_TRUE(outcome.done.complete);
    const auto ended = outcome.all<CommandEnded>();
    ASSERT_EQ(ended.size(), 2u);
    EXPECT_EQ(ended[1].role, CommandRole::background);
    EXPECT_EQ(ended[1].exit_status, 0);
    EXPECT_THAT(ended[1].output, HasSubstr("bye\n"));
    EXPECT_FALSE(has_children());
}

TEST(Session, WatchWithoutCommandsSeesTheSystem) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run.clear();
    job.watch_ns = 30 * ms;
    job.drain_ns = 20 * ms;
    const Outcome outcome = run(tracefs, job);
    EXPECT_TRUE(outcome.done.complete);
    const auto marks = outcome.all<Mark>();
    ASSERT_EQ(marks.size(), 4u);
    EXPECT_EQ(marks[1].tid, 0u);
    EXPECT_GE(marks[2].time_ns - marks[1].time_ns, 30 * ms);
    EXPECT_GE(marks[3].time_ns - marks[2].time_ns, 20 * ms);
    for (const std::string& line : tracefs.record)
        EXPECT_THAT(line, testing::Not(HasSubstr("set_event_pid")));
}

TEST(Session, ALimitEndsTheJob) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run = {{"sleep 100 & sleep 100", "", {}}};
    job.limit_ns = 100 * ms;
    const Outcome outcome = run(tracefs, job);
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    EXPECT_FALSE(has_children());
    ASSERT_EQ(outcome.all<Trouble>().size(), 1u);
    EXPECT_EQ(outcome.all<Trouble>()[0].message, "the test took longer than its limit of 100 ms");
}

TEST(Session, AnInterruptEndsTheJob) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const Fd read_end(ends[0]);
    const Fd write_end(ends[1]);
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run = {{"sleep 100", "", {}}};
    job.cleanup = {"echo cleaned"};
    tracefs.on_operation = [&](const std::string& operation) {
        if (!operation.ends_with("kps_g/b/enable < 1")) return;
        EXPECT_EQ(::write(ends[1], "x", 1), 1);
    };
    const Outcome outcome = run(tracefs, job, {ends[0], [] { return true; }});
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    EXPECT_FALSE(has_children());
    EXPECT_THAT(outcome.phases(), ElementsAre(Phase::probes_live, Phase::workload_started));
    EXPECT_EQ(outcome.all<CommandEnded>().back().output, "cleaned\n");
    EXPECT_EQ(outcome.all<ProbeProfile>().size(), 2u); // what was seen until then still counts
}

TEST(Session, WhoeverIsToldMayEndTheJob) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run = {{"sleep 100", "", {}}};
    bool has_seen_enough = false;
    Outcome outcome;
    const auto take = [&](Message message) {
        has_seen_enough |= std::holds_alternative<ToldUntil>(message.body);
        outcome.messages.push_back(std::move(message));
    };
    outcome.done = run_job(tracefs, job, take, {-1, [&] { return has_seen_enough; }});
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    EXPECT_FALSE(has_children());
    EXPECT_EQ(outcome.all<CommandEnded>().back().signal, SIGKILL);
}

TEST(Session, TellsUpToWhenAllHitsAreKnown) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run = {{"sleep 0.3", "", {}}};
    const Outcome outcome = run(tracefs, job);
    const auto told = outcome.all<ToldUntil>();
    const auto marks = outcome.all<Mark>();
    ASSERT_GE(told.size(), 2U);
    ASSERT_EQ(marks.size(), 4U);
    EXPECT_TRUE(std::ranges::is_sorted(told, {}, &ToldUntil::time_ns));
    EXPECT_GE(told.front().time_ns, marks.front().time_ns);
    EXPECT_LE(told.back().time_ns, marks.back().time_ns);
}

TEST(Session, TellsTheKernelsSymbolsIfTheyAreWantedBetweenTheProbesAndTheCleanup) {
    Job job = probing_job();
    job.cleanup = {"true"};
    FakeTracefs other;
    EXPECT_TRUE(run(other, job).all<KernelSymbols>().empty());

    job.names_symbols = true;
    FakeTracefs tracefs;
    const Outcome outcome = run(tracefs, job);
    EXPECT_TRUE(outcome.done.complete);
    std::string told;
    bool cleaned = false;
    for (const Message& message : outcome.messages) {
        const auto* const symbols = std::get_if<KernelSymbols>(&message.body);
        const auto* const ended = std::get_if<CommandEnded>(&message.body);
        cleaned |= ended != nullptr && ended->role == CommandRole::cleanup;
        if (symbols == nullptr) continue;
        EXPECT_FALSE(cleaned);
        EXPECT_LT(symbols->text.size(), max_payload);
        told += symbols->text;
    }
    const auto count = [](const std::string& text) { return std::ranges::count(text, '\n'); };
    EXPECT_EQ(count(told), count(read_text("/proc/kallsyms").value_or("")));
}

TEST(Session, AnUnknownUserIsTrouble) {
    FakeTracefs tracefs;
    Job job = probing_job();
    job.run = {{"true", "no_such_user_here", {}}};
    const Outcome outcome = run(tracefs, job);
    EXPECT_FALSE(outcome.done.complete);
    EXPECT_TRUE(tracefs.clean());
    ASSERT_EQ(outcome.all<Trouble>().size(), 1u);
    EXPECT_THAT(outcome.all<Trouble>()[0].message, HasSubstr("no_such_user_here"));
}

} // namespace
} // namespace kps::collect
