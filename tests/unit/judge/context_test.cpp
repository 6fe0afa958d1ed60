#include "world.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using testing::ElementsAre;
using testing::IsEmpty;

/// Ticks of value 1, followed by one of value 2 of the same id.
sema::ExpectThen one_then_two(World& w) {
    return {{w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 1)}),
             w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 2)})},
            {{w.field(w.tick, "id")}, {w.field(w.tick, "id")}},
            std::nullopt};
}

TEST(Context, IsOfTheSameKeyWhereThereIsOne) {
    World w;
    w.ticked(10, 1, 1UL, 5UL).ticked(11, 1, 1UL, 6UL).ticked(12, 2, 2UL, 5UL);
    w.ticked(13, 1, 2UL, 6UL).ticked(14, 3, 1UL, 5UL);
    const Finding finding = w.judge(one_then_two(w));
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_THAT(finding.evidence.front().hits, ElementsAre(4U));
    EXPECT_THAT(finding.context, ElementsAre(0U, 2U));
}

TEST(Context, IsOfTheSameTaskWithoutAKey) {
    World w;
    w.ticked(10, 1, 5UL).entered(11, 2).returned(12, 1, 0).ticked(13, 1, 7UL).ticked(14, 1, 9UL);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.tick), false, w.compare(w.tick, "value", BinaryOp::less, 9)});
    EXPECT_THAT(finding.evidence.front().hits, ElementsAre(4U));
    EXPECT_THAT(finding.context, ElementsAre(0U, 2U, 3U));
}

TEST(Context, IsTheLastHits) {
    World w;
    for (std::uint64_t time = 1; time <= 20; ++time)
        w.ticked(time, 1, time == 20 ? 9UL : 1UL);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.tick), false, w.compare(w.tick, "value", BinaryOp::less, 9)});
    EXPECT_THAT(finding.context, ElementsAre(16U, 17U, 18U));
}

TEST(Context, IsOfFailuresOnly) {
    World w;
    w.ticked(10, 1, 1UL, 5UL).ticked(11, 1, 2UL, 5UL);
    EXPECT_THAT(w.judge(one_then_two(w)).context, IsEmpty());
    w.lost(1).ticked(12, 1, 1UL, 5UL);
    const Finding finding = w.judge(one_then_two(w));
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_THAT(finding.context, IsEmpty());
}

} // namespace
} // namespace kps::judge
