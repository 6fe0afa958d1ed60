#include "world.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::CompareOp;

constexpr std::uint64_t second = 1'000'000'000;

/// Ten hits in two seconds, four of them with id 1.
World ten() {
    World w;
    w.test.scope = sema::HitScope::system;
    w.trace.live_ns = 5 * second;
    w.trace.end_ns = 7 * second;
    for (std::uint64_t i = 0; i < 10; ++i)
        w.ticked(5 * second + i, 1, 1UL, i < 4 ? 1UL : 2UL);
    return w;
}

Finding judged(World& w, CompareOp op, std::int64_t bound, bool by_id = false) {
    std::vector<std::uint32_t> key;
    if (by_id) key = {w.field(w.tick, "id")};
    return w.judge(sema::ExpectCount{w.use(w.tick), {op, bound}, key, true});
}

TEST(Rate, IsOfTheTimeThatWasObserved) {
    struct Case {
        CompareOp op;
        std::int64_t bound;
        bool by_id;
        Verdict none, one; ///< without loss, and with two hits lost
    };
    const Case cases[] = {
        {CompareOp::equal, 5, false, pass, inconclusive},
        {CompareOp::less, 5, false, fail, fail},
        {CompareOp::less_equal, 5, false, pass, inconclusive},
        {CompareOp::less_equal, 6, false, pass, pass},
        {CompareOp::greater, 5, false, fail, inconclusive},
        {CompareOp::greater, 6, false, fail, fail},
        {CompareOp::greater_equal, 5, false, pass, pass},
        {CompareOp::less_equal, 3, true, pass, inconclusive},
        {CompareOp::less_equal, 2, true, fail, fail},
        {CompareOp::greater_equal, 3, true, fail, inconclusive},
    };
    for (const Case& c : cases) {
        World w = ten();
        EXPECT_EQ(judged(w, c.op, c.bound, c.by_id).verdict, c.none) << c.bound;
        w.lost(2);
        EXPECT_EQ(judged(w, c.op, c.bound, c.by_id).verdict, c.one) << c.bound << " under loss";
    }
}

TEST(Rate, OfAWorkloadIsToTheEndOfItsLastCommand) {
    World w = ten();
    w.test.scope = sema::HitScope::workload;
    w.trace.end_ns = UINT64_MAX;
    w.test.runs.resize(2);
    w.trace.runs = {{"", 0, 0, false, second, ""}, {"", 0, 0, false, second, ""}};
    EXPECT_EQ(judged(w, CompareOp::equal, 5).verdict, pass);
    w.trace.runs[1].duration_ns = 4 * second;
    EXPECT_EQ(judged(w, CompareOp::equal, 2).verdict, pass);
}

TEST(Rate, IsToldWithItsTime) {
    World w = ten();
    const Finding finding = judged(w, CompareOp::less, 2, true);
    EXPECT_EQ(finding.seen, "2 per second");
    EXPECT_EQ(finding.expected, "< 2 per second");
    EXPECT_EQ(finding.key, "id 1");
    EXPECT_EQ(finding.reason, "4 hits seen in 2 s for id 1, and 1 key fails too");
    EXPECT_EQ(judged(w, CompareOp::less, 7).seen, "5 per second");
    EXPECT_EQ(judged(w, CompareOp::less, 7).measured->high, 5);
}

TEST(Rate, NeedsATimeThatIsKnown) {
    World w = ten();
    w.trace.cut_short = "interrupted";
    EXPECT_EQ(judged(w, CompareOp::greater_equal, 1).verdict, inconclusive);
    EXPECT_EQ(judged(w, CompareOp::less_equal, 100).verdict, inconclusive);
    w = ten();
    w.trace.hits.clear();
    EXPECT_EQ(judged(w, CompareOp::less, 1).verdict, pass) << "no hit is a rate of 0";
    EXPECT_EQ(judged(w, CompareOp::greater, 0).verdict, fail);
    w.trace.end_ns = w.trace.live_ns;
    const Finding finding = judged(w, CompareOp::less, 1);
    EXPECT_EQ(finding.verdict, inconclusive);
    EXPECT_EQ(finding.reason, "no time was observed");
}

} // namespace
} // namespace kps::judge
