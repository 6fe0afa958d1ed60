#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* spec = R"(
call open on do_sys_openat2 {
    enter { path : ustring = filename }
    exit { ret : errno = retval }
}

test "a missing file yields ENOENT" {
    run "cat /nonexistent" exits 1
    let missing = open where path == "/nonexistent"
    expect count(missing) == 1
    expect every missing: ret == -ENOENT
}
)";

/// A recording that was made on 6.12 by a spec with that test.
class Judge : public InDirectory {
protected:
    Judge() {
        directory_.write("a.kps", spec);
        std::filesystem::copy_file(std::string(KPS_TEST_DATA) + "/recordings/missing-file.kpsr",
                                   directory_.path() / "a.kpsr");
    }

    [[nodiscard]] static std::string changed(const std::string& from, const std::string& to) {
        std::string text = spec;
        return text.replace(text.find(from), from.size(), to);
    }
};

TEST_F(Judge, NeedsNoKernel) {
    const std::string output = run("kps judge a.kps --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("(recorded in a.kpsr)"));
    EXPECT_THAT(output, HasSubstr("PASS  a missing file yields ENOENT"));
    EXPECT_THAT(output, EndsWith("=> 0\n"));
}

TEST_F(Judge, CountsHitsThatItDidNotKeep) {
    const std::string output = run("kps judge a.kps --hits a.kpsr --report json");
    EXPECT_THAT(output, HasSubstr("\"hits\": 2,"));
    EXPECT_THAT(output, HasSubstr("\"seen\": \"1\""));
    EXPECT_THAT(output, EndsWith("=> 0\n"));
}

TEST_F(Judge, ReadsAgainWhatPassedWhereATestFails) {
    directory_.write("b.kps", changed("count(missing) == 1", "count(missing) == 2"));
    const std::string output = run("kps judge a.kps b.kps --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("PASS  a missing file yields ENOENT"));
    EXPECT_THAT(output, HasSubstr("FAIL  a missing file yields ENOENT"));
    EXPECT_THAT(output, HasSubstr("path=\"/nonexistent\""));
    EXPECT_THAT(output, EndsWith("=> 1\n"));
}

TEST_F(Judge, ShowsTheHitsThatDecide) {
    directory_.write("b.kps", changed("ret == -ENOENT", "ret == -EACCES"));
    const std::string output = run("kps judge b.kps --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("path=\"/nonexistent\""));
    EXPECT_THAT(output, HasSubstr("ret is -ENOENT, not -EACCES"));
    EXPECT_THAT(output, EndsWith("=> 1\n"));
}

TEST_F(Judge, WhatWasNotRecordedIsInconclusive) {
    directory_.write("b.kps", changed("a missing file", "another"));
    std::string output = run("kps judge b.kps --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("no recording has this test"));
    EXPECT_THAT(output, EndsWith("=> 3\n"));
    directory_.write("c.kps",
                     changed("let missing = open", "expect no other\n    let missing = open") +
                         "probe other on entry do_sys_openat2\n");
    output = run("kps judge c.kps --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("the recording has no other"));
    EXPECT_THAT(output, EndsWith("=> 3\n"));
}

TEST_F(Judge, OfACutRecordingIsInconclusiveOrSure) {
    const std::string output = run(
        "size=$(($(stat -c %s a.kpsr) - 40))\n" // the last block only says that it is whole
        "for cut in $(seq 1 300 $size) $size; do\n"
        "  head -c $cut a.kpsr > b.kpsr; kps judge a.kps --hits b.kpsr >out 2>&1; echo status $?\n"
        "done | sort | uniq -c | awk '{print $2, $3}'");
    EXPECT_THAT(output, HasSubstr("status 3\n")); // with hits and without an end
    EXPECT_THAT(output, Not(HasSubstr("status 0\n")));
    EXPECT_THAT(output, Not(HasSubstr("status 1\n")));
}

TEST_F(Judge, TakesTheLinesThatConvertWrites) {
    const std::string output = run("kps convert a.kpsr --to jsonl -o a.jsonl\n"
                                   "kps judge a.kps --hits a.jsonl --hits a.kpsr");
    EXPECT_THAT(output, HasSubstr("PASS  a missing file yields ENOENT"));
    EXPECT_THAT(output, EndsWith("=> 0\n"));
    EXPECT_THAT(run("kps convert a.kpsr --to jsonl | grep -c '\"event\":\"open.enter\"'"),
                Not(HasSubstr("\n0\n")));
    EXPECT_THAT(run("kps convert a.kpsr --to perfetto"),
                HasSubstr("\"ph\":\"X\",\"name\":\"open\""));
    EXPECT_THAT(run("kps convert a.kps --to perfetto"), HasSubstr("no format that kps knows"));
}

TEST_F(Judge, SaysWhatIsWrongWithItsInput) {
    EXPECT_THAT(run("kps judge a.kps --hits none.kpsr"), HasSubstr("cannot open none.kpsr"));
    EXPECT_THAT(run("kps judge a.kps --hits a.kps"),
                HasSubstr("cannot use a.kps: it is of no format that kps knows\n=> 2"));
    EXPECT_THAT(run("kps judge a.kps --hits a.kpsr --map x"), HasSubstr("EVENT=PROBE"));
    EXPECT_THAT(run("kps judge a.kps --hits a.kpsr --map x=y"), HasSubstr("has the probe y"));
    EXPECT_THAT(run("kps judge a.kps"), EndsWith("=> 2\n"));
}

TEST_F(Judge, OfARunThatCannotRecordNothingIsLeft) {
    EXPECT_THAT(run("kps run a.kps -k none --record a/b; ls"), Not(HasSubstr("a/b.")));
    EXPECT_EQ(run("echo old > out; kps run a.kps -k nothing --record out 2>/dev/null; cat out; ls "
                  "| grep -c out"),
              "old\n1\n=> 0\n");
}

/// Traces of other tools, by a kernel of which only the functions are known.
class JudgeForeign : public InDirectory {
protected:
    JudgeForeign() {
        std::filesystem::create_directory(directory_.path() / "kernel");
        directory_.write("kernel/kallsyms", "ffffffff81000000 T _text\n"
                                            "ffffffff81000010 T do_sys_openat2\n"
                                            "ffffffff81000020 T _etext\n");
        directory_.write("a.kps", R"(
probe opened on entry do_sys_openat2 { path : ustring = arg2  dfd : s32 = arg1 }
probe returned on return do_sys_openat2 { ret : errno = retval }

test "opened" {
    run "cat /nonexistent"
    let missing = opened where path == "/nonexistent"
    expect count(missing) == 1
    expect every missing: comm == "cat" && dfd == -100
    expect missing then returned where ret == -ENOENT by tid
}
)");
        for (const char* name : {"trace.txt", "trace_pipe.txt", "report.txt", "v6.dat", "v7.dat"})
            std::filesystem::copy_file(std::string(KPS_TEST_DATA) + "/recordings/" + name,
                                       directory_.path() / name);
    }

    [[nodiscard]] std::string judge(const std::string& options) const {
        return run("kps judge a.kps -k kernel " + options);
    }
};

TEST_F(JudgeForeign, TracesOfRealTools) {
    for (const char* file : {"trace.txt", "report.txt", "v6.dat", "v7.dat"}) {
        const std::string output = judge(
            std::string("--map kprobes:opened_ret=returned --map opened_ret=returned --hits ") +
            file);
        EXPECT_THAT(output, HasSubstr("PASS  opened"));
        EXPECT_THAT(output, HasSubstr("not judged: how the commands of the test ended"));
        EXPECT_THAT(output, EndsWith("=> 0\n"));
    }
    const std::string output = judge("--map opened_ret=returned --hits trace_pipe.txt");
    EXPECT_THAT(output, HasSubstr("3 hits seen"));
    EXPECT_THAT(output, EndsWith("=> 1\n"));
}

/// One of the tests is settled while the file is read, the other needs its hits.
TEST_F(JudgeForeign, TheHitsOfATraceDatAreThereForWhatFails) {
    directory_.write("b.kps", R"(
probe opened on entry do_sys_openat2 { path : ustring = arg2  dfd : s32 = arg1 }

test "holds" { watch 1s  expect some opened }
test "does not hold" { watch 1s  expect no opened where dfd == -100 }
)");
    for (const char* file : {"v6.dat", "v7.dat"}) {
        const std::string output = run(std::string("kps judge b.kps -k kernel --hits ") + file);
        EXPECT_THAT(output, HasSubstr("PASS  holds  (1 check, 1 hit"));
        EXPECT_THAT(output, HasSubstr("FAIL  does not hold"));
        EXPECT_THAT(output, HasSubstr("path=\"/nonexistent\"  dfd=-100"));
        EXPECT_THAT(output, EndsWith("=> 1\n"));
    }
    const std::string both = run("kps judge b.kps -k kernel --hits v6.dat --hits v7.dat");
    EXPECT_THAT(both, HasSubstr("PASS  holds  (1 check, 2 hits"));
}

TEST_F(JudgeForeign, AnEventThatIsNotThereIsNotTakenForNone) {
    const std::string output = judge("--hits trace.txt");
    EXPECT_THAT(output, HasSubstr("the recording has no returned"));
    EXPECT_THAT(output, HasSubstr("recorded events: opened, opened_ret"));
    EXPECT_THAT(output, HasSubstr("`--map EVENT=PROBE` says whose hits they are"));
    EXPECT_THAT(output, EndsWith("=> 3\n"));
    EXPECT_THAT(judge("--map opened_ret=returned --hits trace.txt"),
                Not(HasSubstr("recorded events")));
}

TEST_F(JudgeForeign, LostEventsDecideNothing) {
    const std::string output = judge("--map opened_ret=returned --hits trace.txt --hits lost.txt");
    EXPECT_THAT(output, EndsWith("=> 2\n"));
    directory_.write("lost.txt", "CPU:1 [LOST 3 EVENTS]\n");
    EXPECT_THAT(judge("--map opened_ret=returned --hits trace.txt --hits lost.txt"),
                HasSubstr("3 hits were lost (ring buffer overrun on cpu 1)"));
}

TEST_F(JudgeForeign, ThePipeOfAToolIsRead) {
    EXPECT_THAT(run("mkfifo pipe; cat trace.txt > pipe &\n"
                    "kps judge a.kps -k kernel --map opened_ret=returned --hits "
                    "pipe"),
                EndsWith("=> 0\n"));
}

TEST_F(JudgeForeign, NeedsAKernelOrSaysSo) {
    EXPECT_THAT(directory_.run("sh", "kps judge a.kps --hits trace.txt; echo $?"),
                HasSubstr("name the kernel with `--kernel`\n4\n"));
}

} // namespace

} // namespace kps::test
