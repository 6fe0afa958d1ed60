#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class Gate : public BetweenKernels {
protected:
    Gate() {
        std::filesystem::create_directory(directory_.path() / "specs");
        write_spec("specs/read.kps", "vfs_read");
        write_spec("specs/either.kps", "vfs_old else entry vfs_new");
        write_spec("old.kps", "vfs_old");
        write_spec("none.kps", "vfs_none");
    }
};

TEST_F(Gate, TellsWhatBecomesOfProbes) {
    const std::string both = run("kps gate old new specs --static-only");
    EXPECT_THAT(both, HasSubstr("2 probes and fields: 1 same, 1 adapted"));
    EXPECT_THAT(both, HasSubstr("old  entry vfs_old\n        new  entry vfs_new"));
    EXPECT_THAT(both, EndsWith("=> 0\n"));
    const std::string gone = run("kps gate old new old.kps specs --static-only");
    EXPECT_THAT(gone, HasSubstr("gone          probe p  old.kps:1"));
    EXPECT_THAT(gone, HasSubstr("no kernel function is named `vfs_old`"));
    EXPECT_THAT(gone, EndsWith("=> 1\n"));
    EXPECT_THAT(run("kps gate new old old.kps --static-only"),
                AllOf(HasSubstr("1 gained"), EndsWith("=> 0\n")));
}

TEST_F(Gate, AcceptsWhatIsWaived) {
    directory_.write("waivers", "2999-01-01 old.kps \"probe p\" it is called vfs_new now\n");
    EXPECT_THAT(run("kps gate old new old.kps --static-only --waivers waivers"),
                AllOf(HasSubstr("waived        probe p"), EndsWith("=> 0\n")));
    directory_.write("waivers", "2001-01-01 old.kps \"probe p\" it is called vfs_new now\n");
    EXPECT_THAT(run("kps gate old new old.kps --static-only --waivers waivers"),
                AllOf(HasSubstr("expired waiver waivers:1"), EndsWith("=> 1\n")));
    directory_.write("waivers", "never\n");
    EXPECT_THAT(run("kps gate old new old.kps --static-only --waivers waivers"),
                AllOf(HasSubstr("waivers:1: `never` is no day"), EndsWith("=> 2\n")));
}

TEST_F(Gate, RefusesWhatItCannotCompare) {
    const std::pair<const char*, const char*> table[] = {
        {"kps gate old specs", "two kernels or more, there is one"},
        {"kps gate specs", "two kernels or more, there is none"},
        {"kps gate old new", "there is no spec"},
        {"kps gate old specs new", "`new` is no spec and no directory with specs"},
        {"kps gate old new none.kps", "no kernel function is named `vfs_none`"},
        {"kps gate old new missing.kps", "missing.kps"},
        {"kps gate old new specs --shard 3/2", "`3/2` is no shard"},
        {"GTEST_TOTAL_SHARDS=2 GTEST_SHARD_INDEX=2 kps gate old new specs", "name no shard"},
        {"kps gate old new specs --test nonesuch", "no test has the name `nonesuch`"},
        {"kps gate old new specs --report pdf", "pdf"},
    };
    for (const auto& [command, message] : table) {
        const std::string output = run(command);
        EXPECT_THAT(output, AllOf(HasSubstr(message), EndsWith("=> 2\n"))) << command;
    }
    EXPECT_THAT(run("kps gate old nowhere specs"), EndsWith("=> 4\n"));
}

TEST_F(Gate, ShardsAreMerged) {
    const std::string one = "kps gate old new specs --static-only --shard 1/2 --report json=1.json";
    const std::string two = "GTEST_TOTAL_SHARDS=2 GTEST_SHARD_INDEX=1 "
                            "kps gate old new specs --static-only --report json=2.json";
    EXPECT_THAT(run(one + " && " + two),
                AllOf(HasSubstr("shard 1 of 2"), HasSubstr("shard 2 of 2"), EndsWith("=> 0\n")));
    EXPECT_THAT(run("kps merge 2.json 1.json"),
                AllOf(HasSubstr("1 same, 1 adapted"), Not(HasSubstr("shard")), EndsWith("=> 0\n")));
    EXPECT_THAT(run("kps merge 2.json"),
                AllOf(HasSubstr("of 2 shards 1 is missing: 1"), EndsWith("=> 3\n")));
    EXPECT_THAT(run("kps merge 2.json 2.json"), EndsWith("=> 2\n"));
    EXPECT_THAT(run("head -c 300 1.json >cut.json; kps merge cut.json 2.json"),
                AllOf(HasSubstr("cut.json: it is not valid JSON"), EndsWith("=> 2\n")));
}

TEST_F(Gate, WritesEveryFormat) {
    const std::string output =
        run("kps gate old new old.kps --static-only --report json=g.json --report junit=g.xml "
            "--report tap=g.tap --report markdown=g.md --report sarif=g.sarif "
            "--report html=g.html; grep -l p g.json g.xml g.tap g.md g.sarif g.html | wc -l");
    EXPECT_THAT(output, AllOf(HasSubstr("gate stopped"), EndsWith("6\n=> 0\n")));
    EXPECT_THAT(run("kps gate old new old.kps --static-only --report tap"),
                testing::StartsWith("TAP version 14\n1..1\n"));
}

} // namespace

} // namespace kps::test
