#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// Lists tests as kps does; its runs are written down, and tell what the file `tap` holds.
constexpr const char* kps_that_runs_nothing = R"(#!/bin/sh
[ "$1" = list ] && exec kps "$@"
echo "$@ $GTEST_TOTAL_SHARDS" >>runs
cat tap
exit 1
)";

constexpr const char* every_verdict = R"(warning: something minor
TAP version 14
1..8
# kps 0.1.0 on 6.12, nowhere
ok 1 - specs/a.kps: passes
not ok 2 - specs/a.kps: fails
  ---
  verdict: FAIL
  findings: |
    specs/a.kps:12:5: expect count(p) == 2
    seen: 1
    specs/a.kps:13:5: expect no p
    seen: 3
  ...
ok 3 - specs/a.kps: is skipped # SKIP there is no probe
not ok 4 - specs/a.kps: is known to fail # TODO ticket 7
ok 5 - specs/a.kps: is fixed # TODO ticket 8
not ok 6 - specs/a.kps: cannot be told # ERROR inconclusive
not ok 7 - specs/a.kps: breaks # ERROR the guest's kernel panicked
ok 8 - specs/b.kps: c\#'s "name" \# SKIP
)";

class Adapter : public InDirectory {
protected:
    Adapter() {
        std::filesystem::create_directory(directory_.path() / "specs");
        std::string spec;
        for (const char* name : {"passes", "fails", "is skipped", "is known to fail", "is fixed",
                                 "cannot be told", "breaks"})
            spec += test(name);
        directory_.write("specs/a.kps", "probe p on entry vfs_read\n" + spec);
        directory_.write("specs/b.kps",
                         "probe p on entry vfs_read\n" + test("c#'s \\\"name\\\" # SKIP"));
        directory_.write("kps", kps_that_runs_nothing);
        std::filesystem::permissions(directory_.path() / "kps", std::filesystem::perms::owner_all);
        directory_.write("tap", every_verdict);
    }

    static std::string test(const std::string& name) {
        return "test \"" + name + "\" {\n    run \"true\"\n    expect some p\n}\n";
    }

    [[nodiscard]] std::string sample(const std::string& arguments) const {
        return run("export KPS_PROGRAM=$PWD/kps\n" KPS_SAMPLE " " + arguments);
    }
    [[nodiscard]] Lines runs() const { return lines_of(directory_.run("sh", "cat runs")); }
};

TEST_F(Adapter, TellsWhatKpsTells) {
    const std::string output = sample("");
    const char* const verdicts[] = {
        "[       OK ] a_debian_6_12.passes",
        "[  FAILED  ] a_debian_6_12.fails",
        "specs/a.kps:12: Failure\nFailed\nspecs/a.kps:12:5: expect count(p) == 2\nseen: 1\n",
        "specs/a.kps:13: Failure\nFailed\nspecs/a.kps:13:5: expect no p\nseen: 3\n",
        "[  SKIPPED ] a_debian_6_12.is_skipped",
        "there is no probe",
        "[       OK ] a_debian_6_12.is_known_to_fail",
        "[  FAILED  ] a_debian_6_12.is_fixed",
        "XPASS: this known failure passes: ticket 8",
        "[  FAILED  ] a_debian_6_12.cannot_be_told",
        "ERROR inconclusive",
        "[  FAILED  ] a_debian_6_12.breaks",
        "specs/a.kps:26: Failure\nFailed\nERROR the guest's kernel panicked",
        "[       OK ] b_debian_6_12.c_s_name_SKIP",
        "warning: something minor",
        "=> 1",
    };
    for (const char* verdict : verdicts)
        EXPECT_THAT(output, HasSubstr(verdict));
}

TEST_F(Adapter, RunsKpsOnceForAllCasesThatAreLeft) {
    static_cast<void>(sample(""));
    EXPECT_THAT(runs(), SizeIs(1));
    static_cast<void>(sample("--gtest_filter='*fails:*breaks' --gtest_repeat=2"));
    ASSERT_THAT(runs(), SizeIs(3)) << "each repetition is a run";
    EXPECT_EQ(runs()[2], "run --kernel debian:6.12 --report tap specs/a.kps --test=fails "
                         "--test=breaks --memory 512 ");
    const std::string shard = directory_.run(
        "sh", "export KPS_PROGRAM=$PWD/kps\n"
              "GTEST_TOTAL_SHARDS=8 GTEST_SHARD_INDEX=7 GTEST_FILTER='*' " KPS_SAMPLE);
    EXPECT_THAT(shard, HasSubstr("1 test from 1 test suite ran"));
    EXPECT_THAT(runs()[3], AllOf(HasSubstr("specs/b.kps"), Not(HasSubstr("specs/a.kps"))));
    EXPECT_EQ(runs()[3].back(), ' ') << "the shard is none of the workload's business";
}

TEST_F(Adapter, WithoutAVerdictNothingPasses) {
    directory_.write("tap", "kps: the machine did not boot\n");
    EXPECT_THAT(sample(""), AllOf(HasSubstr("8 FAILED TESTS"), HasSubstr("(exit status 1)"),
                                  HasSubstr("kps: the machine did not boot"), HasSubstr("=> 1")));
    directory_.write("tap", "TAP version 14\n1..8\nok 1 - specs/a.kps: passes\n");
    EXPECT_THAT(sample(""), HasSubstr("7 FAILED TESTS"));
}

TEST_F(Adapter, SpecsThatCannotBeListedFail) {
    directory_.write("specs/a.kps", "nonsense\n");
    EXPECT_THAT(sample(""), AllOf(HasSubstr("kps_list.specs_kps"), HasSubstr("KPS0102"),
                                  HasSubstr("1 FAILED TEST"), HasSubstr("=> 1")));
    EXPECT_THAT(run("KPS_PROGRAM=/none " KPS_SAMPLE),
                AllOf(HasSubstr("exit status 127"), HasSubstr("=> 1")));
    std::filesystem::remove_all(directory_.path() / "specs");
    EXPECT_THAT(sample(""), AllOf(HasSubstr("no spec matches specs/*.kps"), HasSubstr("=> 1")));
}

} // namespace

} // namespace kps::test
