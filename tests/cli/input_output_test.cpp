#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A kernel without types, and specs that are skipped on it, so that nothing has to be booted.
class InputOutput : public InDirectory {
protected:
    InputOutput() {
        std::filesystem::create_directory(directory_.path() / "kernel");
        directory_.write("kernel/kallsyms", "ffffffff81000000 T _text\n"
                                            "ffffffff81000010 T vfs_read\n"
                                            "ffffffff81000020 T _etext\n");
        directory_.write("a.kps", "probe gone on entry no_such_function optional\n\n"
                                  "test \"first\" tags quick {\n"
                                  "    run \"true\"\n"
                                  "    expect some gone\n"
                                  "}\n\n"
                                  "test \"second\" tags slow {\n"
                                  "    run \"true\"\n"
                                  "    expect some gone\n"
                                  "}\n");
        directory_.write("empty.kps", "");
    }
};

TEST_F(InputOutput, ADeviceOrPipeStaysWhatItIs) {
    EXPECT_EQ(run("mkfifo pipe; cat pipe > copy & kps run a.kps -k kernel --report tap=pipe > out\n"
                  "wait; test -p pipe && head -n 1 copy"),
              "TAP version 14\n=> 0\n");
    EXPECT_EQ(run("mkfifo other; cat other > copy & kps kernel snapshot kernel -o other\n"
                  "wait; test -p other && test -s copy"),
              "other\n=> 0\n");
}

TEST_F(InputOutput, ALinkStaysOne) {
    EXPECT_EQ(run("echo 'const  A = 1' > b.kps; ln -s b.kps link; kps fmt link\n"
                  "test -L link && cat b.kps"),
              "const A = 1\n=> 0\n");
}

TEST_F(InputOutput, AFileKeepsItsMode) {
    EXPECT_EQ(run("echo 'const  A = 1' > b.kps; chmod 600 b.kps; kps fmt b.kps; stat -c %a b.kps"),
              "600\n=> 0\n");
}

TEST_F(InputOutput, AFullDiskIsToldAndALeavingReaderIsNot) {
    EXPECT_EQ(run("kps explain > /dev/full"),
              "kps: cannot write to standard output: No space left on device\n=> 4\n");
    EXPECT_EQ(
        run("trap '' PIPE; { kps run a.kps -k kernel; echo $? > status; } | true; cat status"),
        "0\n=> 0\n");
}

TEST_F(InputOutput, AClosedOutputTakesNoFilesPlace) {
    EXPECT_EQ(run("kps compile a.kps -k kernel --emit resolved -o all >&- 2>&- <&-\n"
                  "kps compile a.kps -k kernel --emit resolved | cmp - all"),
              "=> 0\n");
}

TEST_F(InputOutput, ARunOfNoTestIsNoSuccess) {
    EXPECT_THAT(run("kps run empty.kps -k kernel"), StartsWith("kps: there is no test to run\n"));
    EXPECT_EQ(run("kps run a.kps -k kernel --test frist"),
              "kps: no test has the name `frist`\nhint: there is `first`\n=> 2\n");
    EXPECT_EQ(run("kps run a.kps -k kernel --tag quik"),
              "kps: no test has the tag `quik`\nhint: there is `quick`\n=> 2\n");
    EXPECT_EQ(run("kps run a.kps -k kernel --test first --tag slow"),
              "kps: no test has both such a name and such a tag\n=> 2\n");
    const std::string chosen = run("kps run a.kps empty.kps -k kernel --test second --tag slow");
    EXPECT_THAT(chosen, HasSubstr("1 test: 1 skipped"));
    EXPECT_THAT(chosen, HasSubstr("=> 0"));
}

TEST_F(InputOutput, WhyASpecCannotBeReadIsTold) {
    EXPECT_EQ(run("kps check none.kps"),
              "kps: cannot read none.kps: No such file or directory\n=> 2\n");
    EXPECT_EQ(run("kps check ."), "kps: cannot read .: it is a directory\n=> 2\n");
}

TEST_F(InputOutput, AGraphIsOfASpecWithoutMistakesInItsText) {
    EXPECT_EQ(run("echo 'test \"t\" { run \"true\" expect some a } probe a on entry x' | "
                  "kps graph tests -"),
              "digraph tests {\n  rankdir=LR;\n  node [shape=ellipse];\n"
              "  \"a\" [shape=ellipse];\n  \"test t\" [label=\"t\", shape=box];\n"
              "  \"test t\" -> \"a\";\n}\n=> 0\n");
    EXPECT_THAT(run("echo 'tset' | kps graph imports -"), HasSubstr("=> 2\n"));
    EXPECT_THAT(run("kps graph everything a.kps"), HasSubstr("=> 2\n"));
}

TEST_F(InputOutput, WhatADiagnosticMeansIsShownAsText) {
    EXPECT_THAT(run("kps explain KPS0401"), HasSubstr("\n```kps\nprobe"));
    EXPECT_THAT(run("kps explain"),
                HasSubstr("KPS0112  error    this `{` is not closed before ...\n"));
}

} // namespace

} // namespace kps::test
