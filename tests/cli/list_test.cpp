#include "tests/cli/shell.hpp"

#include <gmock/gmock.h>

namespace kps::test {

namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr const char* listed_spec = R"(import lib as lib

test "first" tags quick, files {
    run "true"
    expect some lib.p
}

test "the \"second\"" {
    run "true"
    expect no lib.p
}
)";

class List : public InDirectory {
protected:
    List() {
        std::filesystem::create_directory(directory_.path() / "modules");
        directory_.write("modules/lib.kps", "probe p on entry vfs_read\n");
        directory_.write("a.kps", listed_spec);
        directory_.write("none.kps", "probe p on entry vfs_read\n");
    }
};

TEST_F(List, NamesTheTestsOfSpecs) {
    EXPECT_EQ(run("kps list a.kps none.kps -L modules"),
              "a.kps:3\tfirst\na.kps:8\tthe \"second\"\n=> 0\n");
    EXPECT_EQ(run("kps list none.kps"), "=> 0\n");
    EXPECT_EQ(run("kps list none.kps --json"), "[]\n=> 0\n");
    EXPECT_EQ(run("kps list a.kps -L modules --json | tr -d ' \\n'"),
              R"([{"spec":"a.kps","line":3,"name":"first","tags":["quick","files"]},)"
              R"({"spec":"a.kps","line":8,"name":"the\"second\"","tags":[]}]=> 0)"
              "\n");
}

TEST_F(List, SaysWhatCannotBeRead) {
    EXPECT_THAT(run("kps list a.kps"), AllOf(HasSubstr("error[KPS"), EndsWith("=> 2\n")));
    EXPECT_THAT(run("kps list missing.kps"), AllOf(HasSubstr("missing.kps"), EndsWith("=> 2\n")));
}

} // namespace

} // namespace kps::test
