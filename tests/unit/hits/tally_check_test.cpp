#include "runtime/hits/tally_check.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

namespace kps::hits {
namespace {

/// Records 10 ns apart: `e` an event, `t` a tally, `|` a gap, a blank 100 ns more.
std::string missing_in(std::string_view records) {
    TallyCheck check;
    std::uint64_t time = 0;
    for (const char record : records) {
        time += record == ' ' ? 100 : 0;
        if (record == '|') check.gap();
        if (record != 'e' && record != 't') continue;
        time += 10;
        check.take(time, record == 't');
    }
    std::string text;
    for (const TallyCheck::Interval& where : check.finish())
        text += fmt::format("{}-{} ", where.begin_ns, where.end_ns);
    return text;
}

TEST(TallyCheck, FindsTalliesWithoutEvents) {
    EXPECT_EQ(missing_in(""), "");
    EXPECT_EQ(missing_in("et et et"), "");
    EXPECT_EQ(missing_in("te te te"), "");
    EXPECT_EQ(missing_in("et t et"), "20-240 ");
    EXPECT_EQ(missing_in("te t te"), "20-240 ");
    EXPECT_EQ(missing_in("t et"), "10-120 ");
    EXPECT_EQ(missing_in("te t"), "20-130 ");
    EXPECT_EQ(missing_in("t t"), "10-120 10-120 ");
}

TEST(TallyCheck, TellsTheOrderWhateverTheTimes) {
    EXPECT_EQ(missing_in("t     et     e"), "");
    EXPECT_EQ(missing_in("e     te     t"), "");
    EXPECT_EQ(missing_in("t e"), "");
    EXPECT_EQ(missing_in("t     et     et     t     e"), "1040-1560 ");
}

TEST(TallyCheck, HalvesBesideAGapAreNotMissing) {
    EXPECT_EQ(missing_in("et et|t et"), "");
    EXPECT_EQ(missing_in("te t|te te"), "");
    EXPECT_EQ(missing_in("et t|et"), "20-130 ");
    EXPECT_EQ(missing_in("te|t te"), "30-140 ");
}

} // namespace
} // namespace kps::hits
