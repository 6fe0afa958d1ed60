// What a kernel refuses is traced back to the part of the command that it is about.

#include "compiler/tracefs_backend/refusal.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/machine/lab.hpp"

#include <gmock/gmock.h>

namespace kps::machine {
namespace {

struct RefusalTest : testing::TestWithParam<std::string> {};

struct Case {
    const char* command;
    const char* at; ///< the text at the column, or nullptr if the kernel names none
};

TEST_P(RefusalTest, HasTheColumnThatTheKernelNames) {
    const Case cases[] = {
        {"p:kps_refused/a vfs_read+3", "vfs_read+3"},
        {"p:kps_refused/a vfs_read a=%di b=+0(%none):u64", "%none):u64"},
        {"p:kps_refused/a vfs_read a=%di b=%si:u99", "u99"},
        {"r:kps_refused/a vfs_read+9 a=$retval", "vfs_read+9 a=$retval"},
        {"p:kps_refused/a vfs_read a=$stack99999", "$stack99999"},
    };
    for (const Case& c : cases) {
        const collect::Refused refused =
            Lab::on(GetParam()).refused({"p:kps_refused/good vfs_write", c.command});
        EXPECT_EQ(refused.index, 1U);
        const tracefs::Refusal refusal =
            tracefs::read_refusal(refused.error_log, c.command, refused.error);
        ASSERT_TRUE(refusal.column) << c.command << ": " << refused.error_log;
        EXPECT_EQ(std::string_view(c.command).substr(*refusal.column), c.at) << refusal.problem;
    }
}

TEST_P(RefusalTest, OfASymbolThatIsNotThereIsToldWithoutTheLog) {
    const char* const command = "p:kps_refused/a no_such_function";
    const collect::Refused refused = Lab::on(GetParam()).refused({command});
    EXPECT_EQ(refused.index, 0U);
    EXPECT_NE(tracefs::read_refusal(refused.error_log, command, refused.error).problem, "");
}

INSTANTIATE_TEST_SUITE_P(Kernels, RefusalTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
