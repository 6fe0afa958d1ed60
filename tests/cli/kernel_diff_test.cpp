#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class KernelDiff : public BetweenKernels {
protected:
    KernelDiff() {
        write_spec("old.kps", "vfs_old");
        write_spec("read.kps", "vfs_read");
    }
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
