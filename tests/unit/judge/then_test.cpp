#include "world.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using testing::ElementsAre;
using testing::HasSubstr;

/// `open.enter then open.exit by tid [within T]`
sema::ExpectThen enter_then_exit(World& w, std::optional<std::uint64_t> within = std::nullopt) {
    return {{w.use(w.enter), w.use(w.exit)},
            {{w.field(w.enter, "tid")}, {w.field(w.exit, "tid")}},
            within};
}

/// Ticks of value 1, then 2, then 3, by id.
sema::ExpectThen count_up(World& w, std::int64_t last,
                          std::optional<std::uint64_t> within = std::nullopt) {
    sema::ExpectThen expect;
    for (std::int64_t i = 1; i <= last; ++i) {
        expect.steps.push_back(w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, i)}));
        expect.keys.push_back({w.field(w.tick, "id")});
    }
    expect.within_ns = within;
    return expect;
}

struct ThenCase {
    const char* what;
    std::function<void(World&)> trace;
    std::optional<std::uint64_t> within;
    Verdict verdict;
};

void check_then(const std::vector<ThenCase>& cases) {
    for (const ThenCase& c : cases) {
        World w;
        c.trace(w);
        EXPECT_EQ(w.judge(enter_then_exit(w, c.within)).verdict, c.verdict) << c.what;
    }
}

TEST(Then, WithoutLoss) {
    check_then({
        {"followed", [](World& w) { w.entered(10, 1).returned(20, 1, 0); }, {}, pass},
        {"followed in time", [](World& w) { w.entered(10, 1).returned(20, 1, 0); }, 10, pass},
        {"followed late", [](World& w) { w.entered(10, 1).returned(21, 1, 0); }, 10, fail},
        {"never followed", [](World& w) { w.entered(10, 1); }, {}, fail},
        {"never followed in time", [](World& w) { w.entered(10, 1); }, 10, fail},
        {"another key", [](World& w) { w.entered(10, 1).returned(20, 2, 0); }, {}, fail},
        {"only before", [](World& w) { w.returned(5, 1, 0).entered(10, 1); }, {}, fail},
        {"one for two",
         [](World& w) { w.entered(10, 1).entered(11, 1).returned(20, 1, 0); },
         {},
         pass},
        {"the second is not followed",
         [](World& w) { w.entered(10, 1).returned(20, 1, 0).entered(30, 1); },
         {},
         fail},
        {"never exercised", [](World& w) { w.returned(20, 1, 0); }, {}, fail},
        {"the time was not up", [](World& w) { w.entered(999'999, 1); }, 10, inconclusive},
        {"the time was just up", [](World& w) { w.entered(999'990, 1); }, 10, fail},
    });
}

TEST(Then, UnderLoss) {
    const auto broken = [](World& w) -> World& {
        return w.entered(10'000, 1).returned(30'000, 1, 0);
    };
    const auto met = [](World& w) -> World& { return w.entered(10'000, 1).returned(14'000, 1, 0); };
    const auto exit = World::exit_probe;
    const auto enter = World::enter_probe;
    check_then({
        {"a return lost in the window", [&](World& w) { broken(w).lost(1, exit, 12'000, 12'500); },
         10'000, inconclusive},
        {"a return lost after the window",
         [&](World& w) { broken(w).lost(1, exit, 20'001, 25'000); }, 10'000, fail},
        {"a return lost before the window", [&](World& w) { broken(w).lost(1, exit, 0, 5'000); },
         10'000, fail},
        {"a return lost before, closer than the skew",
         [&](World& w) { broken(w).lost(1, exit, 0, 9'500); }, 10'000, inconclusive},
        {"an entry lost", [&](World& w) { broken(w).lost(1, enter); }, 10'000, fail},
        {"met, an entry lost", [&](World& w) { met(w).lost(1, enter); }, 10'000, inconclusive},
        {"met, a return lost", [&](World& w) { met(w).lost(1, exit); }, 10'000, pass},
        {"met, any lost", [&](World& w) { met(w).lost(UINT64_MAX); }, 10'000, inconclusive},
        {"none seen, an entry lost", [&](World& w) { w.lost(1, enter); }, 10'000, inconclusive},
        {"none seen, a return lost", [&](World& w) { w.lost(1, exit); }, 10'000, fail},
        {"no limit, a return lost later",
         [&](World& w) { w.entered(10'000, 1).lost(1, exit, 500'000, 600'000); },
         {},
         inconclusive},
    });
}

TEST(Then, ChainsOfThree) {
    World good;
    good.ticked(1, 1, 1UL).ticked(2, 1, 2UL).ticked(3, 1, 3UL);
    EXPECT_EQ(good.judge(count_up(good, 3, 2)).verdict, pass);
    EXPECT_EQ(good.judge(count_up(good, 3, 1)).verdict, fail);
    World wrong_order;
    wrong_order.ticked(1, 1, 1UL).ticked(2, 1, 3UL).ticked(3, 1, 2UL);
    const Finding finding = wrong_order.judge(count_up(wrong_order, 3));
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 2));
}

TEST(Then, HitsTooCloseOnDifferentCpusHaveNoOrder) {
    struct Close {
        const char* what;
        std::uint64_t first, second; ///< times of value 1 on CPU 0 and of value 2 on CPU 1
        std::uint32_t second_tid;
        Verdict verdict;
    };
    const Close cases[] = {
        {"just after", 5'000, 5'999, 2, inconclusive},
        {"well after", 5'000, 6'000, 2, pass},
        {"just after, the same task", 5'000, 5'999, 1, pass},
    };
    for (const Close& c : cases) {
        World w;
        w.ticked(c.first, 1, 1UL).ticked(c.second, c.second_tid, 2UL, 0UL, 1);
        EXPECT_EQ(w.judge(count_up(w, 2)).verdict, c.verdict) << c.what;
    }
    World before;
    before.ticked(4'500, 2, 2UL, 0UL, 1).ticked(5'000, 1, 1UL);
    EXPECT_EQ(before.judge(count_up(before, 2)).verdict, inconclusive);
    World long_before;
    long_before.ticked(4'000, 2, 2UL, 0UL, 1).ticked(5'000, 1, 1UL);
    EXPECT_EQ(long_before.judge(count_up(long_before, 2)).verdict, fail);
}

TEST(Then, UnreadableKeysAndConditionsAreDoubts) {
    World follower;
    follower.ticked(10, 1, 1UL, 7UL).ticked(20, 1, 2UL, hits::Unreadable{});
    const Finding finding = follower.judge(count_up(follower, 2));
    EXPECT_EQ(finding.verdict, inconclusive);
    EXPECT_THAT(finding.reason, HasSubstr("id could not be read"));
    World trigger;
    trigger.ticked(10, 1, 1UL, hits::Unreadable{}).ticked(20, 1, 2UL, 7UL);
    EXPECT_EQ(trigger.judge(count_up(trigger, 2)).verdict, inconclusive);
    World value;
    value.ticked(10, 1, 1UL, 7UL).ticked(20, 1, hits::Unreadable{}, 7UL);
    EXPECT_EQ(value.judge(count_up(value, 2)).verdict, inconclusive);
    World earlier;
    earlier.ticked(10, 1, hits::Unreadable{}, 7UL).ticked(20, 1, 2UL, 7UL);
    EXPECT_EQ(earlier.judge(count_up(earlier, 2)).verdict, inconclusive);
}

TEST(Then, SaysWhatIsMissingOrLate) {
    World missing;
    missing.entered(10, 71);
    const Finding none = missing.judge(enter_then_exit(missing, 1'000));
    EXPECT_EQ(none.key, "tid 71");
    EXPECT_EQ(none.reason, "1 of 1 hit not followed as expected");
    ASSERT_EQ(none.evidence.size(), 1U);
    EXPECT_EQ(none.evidence[0].note, "no open.exit by tid 71 within 1 us");
    EXPECT_THAT(none.evidence[0].hits, ElementsAre(0));
    World late;
    late.entered(10, 71).returned(2'510, 71, 0);
    const Finding finding = late.judge(enter_then_exit(late, 1'000));
    EXPECT_EQ(finding.evidence.at(0).note,
              "open.exit by tid 71 came 2.5 us later, not within 1 us");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 1));
    World open;
    open.entered(999'000, 71);
    EXPECT_EQ(open.judge(enter_then_exit(open, 5'000)).evidence.at(0).note,
              "no open.exit by tid 71 within 5 us; the observation ended after 1 us");
}

TEST(Then, ACutRunLeavesOpenWhatMayStillCome) {
    World w;
    w.entered(10, 1);
    w.trace.cut_short = "the guest hung";
    const Finding finding = w.judge(enter_then_exit(w));
    EXPECT_EQ(finding.verdict, inconclusive);
    EXPECT_THAT(finding.reason, HasSubstr("the guest hung"));
    EXPECT_EQ(w.judge(enter_then_exit(w, 1'000)).verdict, fail);
}

TEST(Then, NothingFollowsTheEndOfAWorkload) {
    World w;
    w.entered(10, 1);
    w.trace.end_ns = UINT64_MAX;
    EXPECT_EQ(w.judge(enter_then_exit(w, UINT64_MAX)).verdict, fail);
}

TEST(Then, AnOpenCallMayBeWhatWasWaitedFor) {
    World w;
    w.ticked(10, 1, 1UL).entered(20, 1);
    const sema::ExpectThen expect{
        {w.use(w.tick), w.use(w.open)}, {{w.field(w.tick, "tid")}, {w.field(w.open, "tid")}}, {}};
    EXPECT_EQ(w.judge(expect).verdict, inconclusive);
    w.returned(30, 1, 0);
    EXPECT_EQ(w.judge(expect).verdict, pass);
}

TEST(Then, ACallTornByLossHasNoSurePlace) {
    // The second entry's return was lost; the outer return then seems to be its own.
    World w;
    w.entered(5, 1).ticked(10, 1, 1UL).entered(12, 1).returned(30, 1, 0);
    w.lost(1, World::exit_probe, 20, 20);
    const sema::ExpectThen expect{
        {w.use(w.tick), w.use(w.open)}, {{w.field(w.tick, "tid")}, {w.field(w.open, "tid")}}, 5};
    EXPECT_EQ(w.judge(expect).verdict, inconclusive);
}

} // namespace
} // namespace kps::judge
