#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// Two kernels without types.
class KernelDiff : public testing::Test {
protected:
    KernelDiff() {
        const std::string text = "ffffffff81000000 T _text\nffffffff81000010 T vfs_read\n";
        for (const char* name : {"old", "new"})
            std::filesystem::create_directory(directory_.path() / name);
        directory_.write("old/kallsyms", text + "ffffffff81000020 T vfs_old\n");
        directory_.write("new/kallsyms", text + "ffffffff81000020 T vfs_new\n");
        directory_.write("old.kps", "probe p on entry vfs_old\n"
                                    "test \"t\" {\n    run \"true\"\n    expect some p\n}\n");
        directory_.write("read.kps", "probe p on entry vfs_read\n"
                                     "test \"t\" {\n    run \"true\"\n    expect some p\n}\n");
    }

    /// What the script writes, and the exit status of its last command.
    [[nodiscard]] std::string run(const std::string& script) const {
        return directory_.run("sh", script + "\necho \"=> $?\"");
    }

    Directory directory_;
};

TEST_F(KernelDiff, SumsUpAndLists) {
    EXPECT_THAT(run("kps kernel diff old new"), HasSubstr(": 2 changes\n"));
    const std::string listed = run("kps kernel diff old new --all");
    EXPECT_THAT(listed, HasSubstr("\nerror\n  function_removed vfs_old\n    old vfs_old\n"));
    EXPECT_THAT(listed, HasSubstr("\nharmless\n  function_added vfs_new\n    new vfs_new\n"));
    EXPECT_THAT(listed, EndsWith("\n=> 0\n"));
    EXPECT_THAT(run("kps kernel diff old old"), HasSubstr(": 0 changes\n=> 0\n"));
}

TEST_F(KernelDiff, TellsOfSpecsWhatTheyUse) {
    const std::string used = run("kps kernel diff old new --used-by old.kps read.kps --json");
    EXPECT_THAT(used, HasSubstr(R"("used_by":["old.kps","read.kps"])"));
    EXPECT_THAT(used,
                HasSubstr(R"({"kind":"function_removed","severity":"error","name":"vfs_old")"));
    EXPECT_THAT(used, testing::Not(HasSubstr("vfs_new")));
    EXPECT_THAT(run("kps kernel diff old new --used-by read.kps"),
                HasSubstr(": 0 changes for these specs\n=> 0\n"));
}

TEST_F(KernelDiff, RefusesSpecsThatTheOldKernelCannotTake) {
    const std::string output = run("kps kernel diff new old --used-by read.kps old.kps");
    EXPECT_THAT(output, HasSubstr("error[KPS0401]: no kernel function is named `vfs_old`"));
    EXPECT_THAT(output, EndsWith("=> 2\n"));
}

TEST_F(KernelDiff, SaysWhatIsWrong) {
    EXPECT_THAT(run("kps kernel diff old none"), EndsWith("=> 4\n"));
    EXPECT_THAT(run("kps kernel diff old"), EndsWith("=> 2\n"));
    EXPECT_THAT(run("kps kernel diff old new --used-by none.kps"), EndsWith("=> 2\n"));
}

} // namespace

} // namespace kps::test
