#include "tests/unit/semantics/resolve_fixture.hpp"

#include <gtest/gtest.h>

namespace kps::sema {
namespace {

TEST(ProgramPoint, IsAnOffsetInTheFile) {
    const std::pair<const char*, const char*> table[] = {
        {R"(user "/usr/bin/server":main)", "p entry /usr/bin/server:main+0x1010"},
        {R"(user return "/usr/bin/server":main)", "p return /usr/bin/server:main+0x1010"},
        {R"(user "/usr/lib/libdemo.so.1":demo_close)",
         "p entry /usr/lib/libdemo.so.1:demo_close+0x1020"},
        {R"(user "/usr/bin/server":_ZN5store3putEl)",
         "p entry /usr/bin/server:_ZN5store3putEl+0x1070"},
        {R"(user "/usr/bin/server":`store::get`)", "p entry /usr/bin/server:store::get+0x1080"},
        {R"(user "/usr/bin/server":`store::put(int)`)",
         "p entry /usr/bin/server:store::put(int)+0x1060"},
        {R"(user "/usr/bin/absent":main else user "/usr/bin/server":main)",
         "p entry /usr/bin/server:main+0x1010 (of several: user \"/usr/bin/server\":main)"},
        {R"(user "/usr/bin/absent":main else entry vfs_read)",
         "p entry vfs_read (of several: entry vfs_read)"},
    };
    for (const auto& [point, dumped] : table) {
        const Resolution found(std::string("probe p on ") + point + " {}");
        EXPECT_EQ(found.diagnostics(), "") << point;
        EXPECT_EQ(found.dumped("probe 0 "), dumped);
    }
}

TEST(ProgramPoint, HasFieldsOfTheProgramsMemory) {
    const Resolution found(R"(
probe p on user "/usr/bin/server":main {
    count : s32 = arg1
    name  : string = (*(char **)arg2)
    flags : x32 = ((struct open_how *)arg3)->mode
    word  : u64 = stack[1]
    task  : string = comm
}
probe back on user return "/usr/bin/server":main { status : s32 = retval })");
    EXPECT_EQ(found.diagnostics(), "");
    EXPECT_EQ(found.dumped("  count : s32 = "), "s32(arg1)");
    EXPECT_EQ(found.dumped("  name : string = "), "load string(load u64(arg2))");
    EXPECT_EQ(found.dumped("  status : s32 = "), "s32(retval)");
}

TEST(ProgramPoint, MayBeAbsent) {
    const Resolution found(R"(
probe p on user "/usr/bin/absent":main optional {}
test "t" { run "true" expect some p })");
    EXPECT_EQ(found.diagnostics(), "");
    ASSERT_EQ(found.spec.tests.size(), 1U);
    ASSERT_TRUE(found.spec.tests[0].skip);
    EXPECT_NE(found.spec.tests[0].skip->reason.find("there is no program `/usr/bin/absent`"),
              std::string::npos);
}

TEST(ProgramPoint, IsNotLookedAtWithoutAKernel) {
    EXPECT_EQ(Resolution(R"(probe p on user "/usr/bin/absent":main {})", false).diagnostics(), "");
}

} // namespace
} // namespace kps::sema
