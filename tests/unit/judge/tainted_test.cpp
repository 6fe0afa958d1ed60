#include "keyed_cases.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// Nine pairs of one key each and one of which the second hit may have been lost.
World nine_of_ten() {
    World w;
    for (std::uint64_t i = 0; i < 10; ++i) {
        w.ticked(100'000 * i, 1, 1UL, i);
        if (i != 4) w.ticked(100'000 * i + 2'000, 1, 2UL, i);
    }
    w.trace.end_ns = 2'000'000;
    return w;
}

/// Only hits with value 2 can have been lost, of the key that lacks one.
void lose_one(World& w) {
    w.lost(1, World::tick_probe, 402'000, 402'500);
}

template <class Form>
Finding judged(World& w, const Form& form, std::uint32_t percent) {
    w.test.expectations = {{form, "expect it", {}, std::nullopt}};
    w.test.expectations[0].allow_tainted = percent;
    return w.run().findings.back();
}

sema::ExpectThen two_soon_after_one(World& w) {
    return {{ticks(w, 1).use, ticks(w, 2).use}, {ticks(w, 1).key, ticks(w, 2).key}, 10'000};
}
sema::ExpectPaired pairs(World& w) {
    return {ticks(w, 1), ticks(w, 2)};
}

TEST(Tainted, NeedsToBeAllowed) {
    World w = nine_of_ten();
    EXPECT_EQ(judged(w, two_soon_after_one(w), 99).verdict, Verdict::fail) << "nothing was lost";
    lose_one(w);
    EXPECT_EQ(judged(w, two_soon_after_one(w), 0).verdict, Verdict::inconclusive);
    // One that lacks its end, and perhaps one that was not seen at all: 2 of 11.
    const Finding little = judged(w, two_soon_after_one(w), 18);
    EXPECT_EQ(little.verdict, Verdict::inconclusive);
    EXPECT_THAT(little.reason, HasSubstr("2 of 11 slices tainted by loss, 18 % allowed"));
    const Finding enough = judged(w, two_soon_after_one(w), 19);
    EXPECT_EQ(enough.verdict, Verdict::pass);
    EXPECT_EQ(enough.reason, "");
    EXPECT_THAT(enough.evidence, IsEmpty());
    EXPECT_THAT(enough.remarks, Contains("2 of 11 slices tainted by loss, 19 % allowed"));
}

TEST(Tainted, CountsWhatEachFormJudges) {
    World w = nine_of_ten();
    lose_one(w);
    EXPECT_EQ(judged(w, pairs(w), 18).verdict, Verdict::inconclusive);
    EXPECT_EQ(judged(w, pairs(w), 19).verdict, Verdict::pass);
    World calls;
    for (std::uint64_t i = 0; i < 10; ++i)
        calls.entered(100'000 * i, 1).returned(100'000 * i + 5'000, 1, 0);
    calls.lost(1, World::tick_probe, 402'000, 402'500);
    const sema::ExpectDuring quiet{false, ticks_of_task(calls), opens(calls)};
    EXPECT_EQ(judged(calls, quiet, 0).verdict, Verdict::inconclusive);
    EXPECT_EQ(judged(calls, quiet, 9).verdict, Verdict::inconclusive);
    const Finding allowed = judged(calls, quiet, 10);
    EXPECT_EQ(allowed.verdict, Verdict::pass);
    EXPECT_THAT(allowed.remarks, Contains("1 of 10 slices tainted by loss, 10 % allowed"));
}

TEST(Tainted, HelpsAgainstLossOnly) {
    World w = nine_of_ten();
    w.lost(UINT64_MAX, World::tick_probe, 402'000, 402'500);
    const Finding unknown = judged(w, two_soon_after_one(w), 99);
    EXPECT_EQ(unknown.verdict, Verdict::inconclusive);
    EXPECT_THAT(unknown.reason,
                HasSubstr("an unknown number of slices tainted by loss, 99 % allowed"));
    World broken = nine_of_ten();
    broken.ticked(1'500'000, 1, 1UL, 77UL);
    lose_one(broken);
    EXPECT_EQ(judged(broken, two_soon_after_one(broken), 99).verdict, Verdict::fail);
    World close = nine_of_ten();
    lose_one(close);
    close.ticked(1'500'000, 1, 1UL, 77UL).ticked(1'500'100, 2, 2UL, 77UL, 1);
    EXPECT_EQ(judged(close, two_soon_after_one(close), 99).verdict, Verdict::inconclusive);
    World nothing;
    nothing.lost(1);
    EXPECT_EQ(judged(nothing, two_soon_after_one(nothing), 99).verdict, Verdict::inconclusive);
}

} // namespace
} // namespace kps::judge
