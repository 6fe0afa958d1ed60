#include "compiler/base/overloaded.hpp"
#include "runtime/machine/machine.hpp"
#include "tests/machine/kernels.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kps::machine {
namespace {

using collect::Job;
using collect::Message;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string describe(const MachineError& error) {
    return std::string(name_of(error.failure)) + ": " + error.error.message + "\n" + error.console;
}

MachineOptions options_for(const std::string& kernel, std::vector<std::string> commands = {}) {
    MachineOptions options;
    options.kernel = kernel;
    options.commands = std::move(commands);
    return options;
}

Job job_of(std::uint32_t id, const std::string& command) {
    Job job;
    job.id = id;
    job.group = "kps_boot_test";
    job.instance = job.group;
    job.define = {{"kprobe_events", "p:kps_boot_test/open do_sys_openat2"}};
    job.enable = {{job.group, "open"}};
    job.run = {{command, "", std::nullopt}};
    return job;
}

/// What a job told, as far as these tests look at it.
struct Told {
    std::vector<collect::Phase> phases;
    std::vector<std::string> troubles;
    std::string output;
    std::uint64_t hits = 0;
    std::size_t page_bytes = 0;
    bool complete = false;

    void operator()(const Message& message) {
        std::visit(
            Overloaded{
                [&](const collect::Mark& mark) { phases.push_back(mark.phase); },
                [&](const collect::Trouble& trouble) { troubles.push_back(trouble.message); },
                [&](const collect::Refused& refused) { troubles.push_back(refused.error_log); },
                [&](const collect::CommandEnded& ended) { output += ended.output; },
                [&](const collect::ProbeProfile& profile) { hits += profile.hits; },
                [&](const collect::Page& page) { page_bytes += page.bytes.size(); },
                [&](const collect::Done& done) { complete = done.complete; },
                [](const auto&) {},
            },
            message.body);
    }
};

class KernelTest : public testing::TestWithParam<std::string> {};

TEST_P(KernelTest, RunsJobsAndSwitchesOff) {
    const std::string command = "perl -e 'open(my $f, \"<\", \"/etc/hosts\"); print <$f>'";
    std::vector<Stage> stages;
    MachineOptions options = options_for(GetParam(), {command});
    options.progress = [&](Stage stage) { stages.push_back(stage); };
    auto machine = Machine::boot(options);
    ASSERT_TRUE(machine) << describe(machine.error());
    EXPECT_THAT(stages, ElementsAre(Stage::kernel, Stage::initramfs, Stage::boot, Stage::ready));
    EXPECT_EQ(machine->hello().cpus, options.cpus);
    EXPECT_THAT(machine->hello().features, HasSubstr("kprobe_events"));

    for (std::uint32_t id = 1; id <= 2; ++id) {
        Told told;
        const auto ran = machine->run(job_of(id, command), std::ref(told), seconds(120));
        ASSERT_TRUE(ran) << describe(ran.error());
        using enum collect::Phase;
        EXPECT_THAT(told.phases,
                    ElementsAre(probes_live, workload_started, workload_ended, drained));
        EXPECT_THAT(told.troubles, ElementsAre());
        EXPECT_THAT(told.output, HasSubstr("127.0.0.1 localhost"));
        EXPECT_GE(told.hits, 1U);
        EXPECT_GE(told.page_bytes, 1U);
        EXPECT_TRUE(told.complete);
    }
    EXPECT_THAT(machine->splats(), ElementsAre());
    const auto off = machine->power_off();
    EXPECT_TRUE(off) << describe(off.error());
}

TEST_P(KernelTest, PanicIsTold) {
    auto machine = Machine::boot(options_for(GetParam()));
    ASSERT_TRUE(machine) << describe(machine.error());
    Told told;
    const auto ran =
        machine->run(job_of(1, "echo c > /proc/sysrq-trigger"), std::ref(told), seconds(120));
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().failure, Failure::panic) << describe(ran.error());
    EXPECT_THAT(ran.error().error.message, HasSubstr("Kernel panic - not syncing: sysrq"));
    EXPECT_THAT(ran.error().console, HasSubstr("sysrq_handle_crash"));
    EXPECT_THAT(told.phases, testing::Contains(collect::Phase::probes_live));
    EXPECT_EQ(machine->run(job_of(2, "true"), std::ref(told), seconds(1)).error().failure,
              Failure::emulator_died);
}

INSTANTIATE_TEST_SUITE_P(Boot, KernelTest, testing::ValuesIn(test_kernels()),
                         [](const auto& kernel) {
                             return "Kernel" + std::to_string(kernel.index);
                         });

/// Tests for which any kernel will do.
class MachineTest : public testing::Test {
protected:
    std::string kernel_ = test_kernels().back();
};

TEST_F(MachineTest, HangIsEndedByTheLimit) {
    auto machine = Machine::boot(options_for(kernel_));
    ASSERT_TRUE(machine) << describe(machine.error());
    Told told;
    const auto ran = machine->run(job_of(1, "sleep 1000"), std::ref(told), seconds(5));
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().failure, Failure::hang) << describe(ran.error());
    EXPECT_FALSE(told.complete);
}

TEST_F(MachineTest, SlowBootIsEndedByTheLimit) {
    MachineOptions options = options_for(kernel_);
    options.boot_limit = std::chrono::milliseconds(300);
    const auto machine = Machine::boot(options);
    ASSERT_FALSE(machine);
    EXPECT_EQ(machine.error().failure, Failure::boot_hang) << describe(machine.error());
}

TEST_F(MachineTest, TooSmallOneFailsToBoot) {
    MachineOptions options = options_for(kernel_);
    options.memory_mib = 64;
    options.boot_limit = seconds(60);
    const auto machine = Machine::boot(options);
    ASSERT_FALSE(machine);
    EXPECT_NE(machine.error().failure, Failure::missing) << describe(machine.error());
    EXPECT_NE(machine.error().console, "");
}

TEST_F(MachineTest, CancelEndsTheBoot) {
    const auto cancel = socket_pair();
    ASSERT_TRUE(cancel);
    ASSERT_EQ(::write(cancel->second.get(), "x", 1), 1);
    MachineOptions options = options_for(kernel_);
    options.cancel = cancel->first.get();
    const auto machine = Machine::boot(options);
    ASSERT_FALSE(machine);
    EXPECT_EQ(machine.error().failure, Failure::cancelled) << describe(machine.error());
}

TEST_F(MachineTest, MissingProgramIsTold) {
    const auto machine = Machine::boot(options_for(kernel_, {"no-such-program-42 x"}));
    ASSERT_FALSE(machine);
    EXPECT_EQ(machine.error().failure, Failure::missing);
    EXPECT_THAT(machine.error().error.message, HasSubstr("no-such-program-42"));
}

TEST_F(MachineTest, EmulatorDoesNotOutliveAKilledOwner) {
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); // it becomes our child when its owner dies
    auto booted = socket_pair();
    const pid_t owner = ::fork();
    ASSERT_GE(owner, 0);
    if (owner == 0) {
        const auto machine = Machine::boot(options_for(kernel_));
        [[maybe_unused]] const ssize_t put = ::write(booted->second.get(), machine ? "y" : "n", 1);
        ::pause();
    }
    char answer = 0;
    ASSERT_EQ(::read(booted->first.get(), &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    ::kill(owner, SIGKILL);
    EXPECT_EQ(::waitpid(owner, nullptr, 0), owner);
    int status = 0;
    EXPECT_GT(::waitpid(-1, &status, 0), 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

} // namespace
} // namespace kps::machine
