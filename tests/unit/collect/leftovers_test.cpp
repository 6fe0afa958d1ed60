#include "runtime/collect/leftovers.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/warden.hpp"
#include "runtime/collect/workload.hpp"
#include "tests/unit/collect/children.hpp"
#include "tests/unit/collect/fake_tracefs.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace kps::collect {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

/// One of this process's number before.
Owner dead_owner() {
    Owner owner = this_process().value();
    ++owner.start;
    return owner;
}

TEST(Leftovers, OnlyWhatIsOfEndedRunsIsRemoved) {
    const std::string dead = name_prefix(dead_owner());
    const std::string living = name_prefix(this_process().value());
    FakeTracefs tracefs;
    tracefs.probes = {"p:theirs/open do_sys_openat2",
                      "p:" + dead + "_1/a vfs_read",
                      "r4:" + dead + "_1/b vfs_read arg1=$retval",
                      "p:" + dead + "_1/a vfs_write",
                      "p:" + dead + "_2/a vfs_read",
                      "p:" + living + "_1/a vfs_read",
                      "p:kps/open vfs_open",
                      "p:kps_1/open vfs_open"};
    tracefs.instances = {"instances/" + dead + "_2", "instances/" + living + "_1",
                         "instances/theirs"};
    const Swept swept = sweep(tracefs, has_ended);
    EXPECT_THAT(swept.probes, ElementsAre(dead + "_1/a", dead + "_1/b", dead + "_2/a"));
    EXPECT_THAT(swept.instances, ElementsAre(dead + "_2"));
    EXPECT_THAT(swept.failures, IsEmpty());
    EXPECT_THAT(tracefs.probes,
                ElementsAre("p:theirs/open do_sys_openat2", "p:" + living + "_1/a vfs_read",
                            "p:kps/open vfs_open", "p:kps_1/open vfs_open"));
    EXPECT_THAT(tracefs.instances, ElementsAre("instances/" + living + "_1", "instances/theirs"));
    EXPECT_TRUE(sweep(tracefs, has_ended).nothing());
}

TEST(Leftovers, WhatIsInUseIsTold) {
    const std::string dead = name_prefix(dead_owner());
    FakeTracefs tracefs;
    tracefs.probes = {"p:" + dead + "_1/a vfs_read"};
    tracefs.instances = {"instances/theirs"};
    tracefs.enabled = {"instances/theirs " + dead + "_1/a"};
    const Swept swept = sweep(tracefs, has_ended);
    ASSERT_EQ(swept.failures.size(), 1u);
    EXPECT_THAT(swept.failures[0].message, HasSubstr(dead + "_1/a"));
    EXPECT_EQ(tracefs.probes.size(), 1u);
}

TEST(Leftovers, WhatAnotherRemovesMeanwhileIsNoFailure) {
    const std::string dead = name_prefix(dead_owner());
    FakeTracefs tracefs;
    tracefs.probes = {"p:" + dead + "_1/a vfs_read"};
    tracefs.instances = {"instances/" + dead + "_1"};
    tracefs.on_operation = [&](const std::string& operation) {
        if (operation.starts_with("rmdir ")) tracefs.instances.clear();
        if (operation.starts_with("kprobe_events <")) tracefs.probes.clear();
    };
    EXPECT_TRUE(sweep(tracefs, has_ended).nothing());
}

TEST(Leftovers, ProcessesOfEndedRunsAreKilled) {
    const Owner dead = dead_owner();
    const std::string run = name_prefix(dead) + "_1";
    auto leftover = Workload::prepare({"sleep 100 & echo up; wait", "", {}}, run);
    auto living = Workload::prepare({"echo up; sleep 100", "", {}},
                                    name_prefix(this_process().value()) + "_1");
    ASSERT_TRUE(leftover && living);
    for (auto* const workload : {&**leftover, &**living}) {
        workload->release();
        while (workload->output().empty() && !workload->gone()) {
            ::poll(nullptr, 0, 2);
            workload->poll();
        }
    }
    FakeTracefs tracefs;
    const Swept swept = sweep(tracefs, [&](const Owner& owner) { return owner == dead; });
    EXPECT_EQ(swept.processes.size(), 2u);
    for (const RunProcess& process : swept.processes)
        EXPECT_EQ(process.run, run);
    (*living)->poll();
    EXPECT_FALSE((*living)->gone());
    while (!(*leftover)->gone()) {
        ::poll(nullptr, 0, 2);
        (*leftover)->poll();
    }
    EXPECT_EQ((*leftover)->end()->signal, SIGKILL);
}

TEST(Leftovers, TheRunStandsInTheEnvironment) {
    using namespace std::string_literals;
    struct Case {
        std::string environment;
        std::string run;
    };
    const std::vector<Case> cases = {
        {"A=1\0KPS_RUN=kps_1_2_3\0B=2\0"s, "kps_1_2_3"},
        {"KPS_RUN=x"s, "x"},
        {"XKPS_RUN=x\0KPS_RUNS=y\0"s, ""},
        {"A=KPS_RUN=x\0"s, ""},
        {"KPS_RUN\0"s, ""},
        {""s, ""},
    };
    for (const Case& test : cases)
        EXPECT_EQ(run_in_environment(test.environment), test.run);
}

/// A directory takes the place of tracefs. The test adopts the warden, and sees it end.
TEST(Warden, RemovesWhatItsKilledParentHadMade) {
    namespace fs = std::filesystem;
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    const fs::path root = fs::path(testing::TempDir()) / ("warden_" + std::to_string(::getpid()));
    fs::create_directories(root / "instances/theirs");
    for (const int signal : {SIGKILL, SIGSEGV, SIGTERM}) {
        const pid_t run = ::fork();
        if (run == 0) {
            const Owner owner = this_process().value();
            MountedTracefs tracefs(root);
            const auto warden = Warden::post(tracefs, owner);
            fs::create_directory(root / "instances" / (name_prefix(owner) + "_1"));
            std::ofstream(root / "kprobe_events")
                << "p:" << name_prefix(owner) << "_1/a vfs_read\np:theirs/a vfs_read\n";
            ::signal(signal, SIG_DFL);
            ::kill(::getpid(), signal);
            ::_exit(0);
        }
        EXPECT_TRUE(all_children_end());
        EXPECT_EQ(list_directory((root / "instances").string()),
                  std::vector<std::string>{"theirs"});
        const std::string events = read_text((root / "kprobe_events").string()).value_or("");
        EXPECT_THAT(events, HasSubstr("\n-:kps_" + std::to_string(run) + "_"));
        EXPECT_THAT(events, EndsWith("_1/a\n"));
    }
    fs::remove_all(root);
}

TEST(Warden, DoesNothingWhenItsParentDismissesIt) {
    FakeTracefs tracefs;
    {
        const auto warden = Warden::post(tracefs, this_process().value());
    }
    EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
}

} // namespace
} // namespace kps::collect
