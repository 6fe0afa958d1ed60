#include "tests/machine/kernels.hpp"
#include "tests/shell.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The package below `installed`, and a copy of the example beside it, built.
class Installed : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root = fs::path(testing::TempDir()) / fmt::format("kps-install-{}", getpid());
        fs::create_directories(root);
        const Ran ran =
            shell(fmt::format("set -e; cd {0}\n"
                              "{1} --install {2} --prefix {0}/installed >install.log\n"
                              "cp -r installed/share/kps/examples copy\n"
                              "{1} -S copy/project -B build -DCMAKE_PREFIX_PATH={0}/installed "
                              "-DCMAKE_CXX_FLAGS=-O0 '-DEXAMPLE_KERNELS={3}'\n"
                              "{1} --build build",
                              root.string(), KPS_CMAKE, KPS_BUILD_DIR, test_kernels().back()));
        ASSERT_EQ(ran.status, 0) << ran.output;
    }
    static void TearDownTestSuite() { fs::remove_all(root); }

    static Ran ctest(const std::string& arguments) {
        return shell(fmt::format("{} --test-dir {}/build {}", KPS_CTEST, root.string(), arguments));
    }
    static std::string spec() { return root / "copy/01-missing-file.kps"; }

    static inline fs::path root;
};

TEST_F(Installed, TheExamplePasses) {
    const Ran ran = ctest("--output-on-failure -j 2");
    EXPECT_EQ(ran.status, 0) << ran.output;
    const std::string on = "promises." + test_kernels().back() + ".";
    EXPECT_THAT(ran.output, AllOf(HasSubstr(on + "01-missing-file.a missing file yields ENOENT"),
                                  HasSubstr("behaviour_test ..."), HasSubstr("out of 5"),
                                  HasSubstr(on + "06-alternatives.a probe that no kernel has "
                                                 "(Skipped)")));
}

TEST_F(Installed, ATestAddedToASpecNeedsNoNewConfiguration) {
    std::ofstream(spec(), std::ios::app)
        << "\ntest \"odd; names [are] \\\"kept\\\" #1\" {\n"
           "    run \"true\"\n    expect count(open) == 12345\n}\n";
    EXPECT_THAT(ctest("-N").output,
                AllOf(HasSubstr(".odd; names [are] \"kept\" #1\n"), HasSubstr("Total Tests: 6")));
    const Ran ran = ctest("-R odd --output-on-failure");
    EXPECT_NE(ran.status, 0);
    EXPECT_THAT(ran.output, AllOf(HasSubstr("expected: == 12345"), HasSubstr("(Failed)")));
}

TEST_F(Installed, ASpecThatCannotBeReadFails) {
    std::ofstream(spec(), std::ios::app) << "\nnonsense\n";
    const Ran ran = ctest("-R promises --output-on-failure");
    EXPECT_NE(ran.status, 0);
    EXPECT_THAT(ran.output,
                AllOf(HasSubstr("promises.list"), HasSubstr("KPS0102"), Not(HasSubstr("Passed"))));
    const Ran built = shell(fmt::format("{} --build {}/build", KPS_CMAKE, root.string()));
    EXPECT_NE(built.status, 0);
    EXPECT_THAT(built.output, HasSubstr("KPS0102"));
}

} // namespace
} // namespace kps::machine
