#include "runtime/judge/streams.hpp"
#include "world.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using sema::CompareOp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Opening and closing hit of every item.
std::vector<std::pair<HitIndex, HitIndex>> pairs(World& w, sema::StreamId stream) {
    const Observation seen(w.spec, w.test, w.trace);
    Streams streams(seen);
    std::vector<std::pair<HitIndex, HitIndex>> all;
    for (const Item& item : streams.occurrences(stream).items)
        all.emplace_back(item.opening, item.closing);
    return all;
}

Verdict fast(World& w) {
    return w
        .judge(sema::ExpectEvery{w.use(w.open), false,
                                 w.compare(w.open, "duration", BinaryOp::less, 1'000)})
        .verdict;
}

TEST(Calls, PairPerTaskAndNest) {
    World w;
    w.entered(10, 1).entered(11, 2).entered(12, 1).returned(13, 1, 0).returned(14, 2, 0);
    w.returned(15, 1, 0);
    EXPECT_THAT(pairs(w, w.open), ElementsAre(Pair(0, 5), Pair(1, 4), Pair(2, 3)));
}

TEST(Calls, IdleTasksOfDifferentCpusAreDifferent) {
    World w;
    w.entered(10, 0).entered(11, 0).returned(12, 0, 0).returned(13, 0, 0);
    w.trace.hits[1].cpu = 1;
    w.trace.hits[3].cpu = 1;
    EXPECT_THAT(pairs(w, w.open), ElementsAre(Pair(0, 2), Pair(1, 3)));
}

TEST(Calls, InFlightAtEitherEndIsCountedAndNeverAFailure) {
    World w;
    w.returned(5, 1, -14).entered(10, 1).returned(20, 1, 0).entered(30, 1);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.open), false, w.compare(w.open, "ret", BinaryOp::equal, 0)});
    EXPECT_EQ(finding.verdict, Verdict::pass);
    EXPECT_THAT(finding.remarks, ElementsAre(HasSubstr("open: 1 return without an entry"),
                                             HasSubstr("open: 1 call still open at the end")));
    EXPECT_EQ(w.judge(sema::ExpectCount{w.use(w.open), {CompareOp::equal, 1}, {}}).verdict,
              Verdict::pass);
}

TEST(Calls, ALossBetweenEntryAndReturnMakesTheirFieldsUncertain) {
    World inside;
    inside.entered(10'000, 1).returned(20'000, 1, 0).lost(1, World::exit_probe, 15'000, 16'000);
    EXPECT_EQ(fast(inside), Verdict::inconclusive);
    World outside;
    outside.entered(10'000, 1).returned(20'000, 1, 0).lost(1, World::exit_probe, 25'000, 26'000);
    EXPECT_EQ(fast(outside), Verdict::fail);
}

TEST(Calls, AReturnThatNoCounterMissesIsALoss) {
    World w;
    w.entered(10'000, 1).entered(20'000, 1).returned(30'000, 1, 0);
    w.entered(40'000, 1).returned(50'000, 1, 0);
    const Finding two = w.judge(sema::ExpectCount{w.use(w.open), {CompareOp::equal, 3}, {}});
    EXPECT_EQ(two.verdict, Verdict::inconclusive);
    EXPECT_THAT(two.reason, HasSubstr("a call of open was not seen to return"));
    const auto returns = w.use(w.exit, {w.compare(w.exit, "ret", BinaryOp::less, 0)});
    EXPECT_EQ(w.judge(sema::ExpectExists{false, returns}).verdict, Verdict::inconclusive);
    const auto entries = w.use(w.enter, {w.is_path(w.enter, "/usr")});
    EXPECT_EQ(w.judge(sema::ExpectExists{false, entries}).verdict, Verdict::pass);
    World outer_returns;
    outer_returns.entered(10'000, 1).entered(20'000, 1).returned(30'000, 1, 0);
    outer_returns.returned(40'000, 1, 0);
    EXPECT_EQ(
        outer_returns.judge(sema::ExpectCount{w.use(w.open), {CompareOp::equal, 3}, {}}).verdict,
        Verdict::fail);
}

TEST(Calls, ACallIsACallWhateverWasLost) {
    World w;
    w.entered(10, 1).returned(20, 1, 0).entered(30, 1).returned(40, 1, 0).lost(UINT64_MAX);
    EXPECT_EQ(w.judge(sema::ExpectCount{w.use(w.open), {CompareOp::greater_equal, 2}, {}}).verdict,
              Verdict::pass);
    EXPECT_EQ(w.judge(sema::ExpectExists{true, w.use(w.open)}).verdict, Verdict::pass);
    const auto first = w.use(w.open, {w.is_path(w.open, "/etc")});
    EXPECT_EQ(w.judge(sema::ExpectExists{true, first}).verdict, Verdict::inconclusive);
}

TEST(Calls, TheReturnsOfAWorkloadAreThoseOfItsCalls) {
    World w;
    w.entered(10, 1).returned(20'000, 1, -14).lost(UINT64_MAX);
    const sema::ExpectEvery expect{w.use(w.open), false,
                                   w.compare(w.open, "ret", BinaryOp::equal, 0)};
    EXPECT_EQ(w.judge(expect).verdict, Verdict::inconclusive);
    w.test.scope = sema::HitScope::workload;
    EXPECT_EQ(w.judge(expect).verdict, Verdict::fail);
    EXPECT_EQ(fast(w), Verdict::inconclusive);
}

TEST(Spans, CloseWithTheNextHitOfTheirKey) {
    World w;
    w.ticked(10, 1, 1UL, 7UL).ticked(20, 1, 1UL, 8UL).ticked(30, 1, 1UL, 7UL);
    w.ticked(40, 1, 2UL, 7UL).ticked(50, 1, 2UL, 7UL);
    EXPECT_THAT(pairs(w, w.wait), ElementsAre(Pair(0, 3), Pair(2, 3)));
}

TEST(Spans, DurationIsUncertainWhereTheCloserIs) {
    const auto verdict = [](World& w) {
        return w
            .judge(sema::ExpectEvery{w.use(w.wait), false,
                                     w.compare(w.wait, "duration", BinaryOp::less, 20'000)})
            .verdict;
    };
    World sure;
    sure.ticked(10'000, 1, 1UL).ticked(40'000, 1, 2UL);
    EXPECT_EQ(verdict(sure), Verdict::fail);
    World lost;
    lost.ticked(10'000, 1, 1UL).ticked(40'000, 1, 2UL).lost(1, World::tick_probe, 20'000, 30'000);
    EXPECT_EQ(verdict(lost), Verdict::inconclusive);
    World lost_later;
    lost_later.ticked(10'000, 1, 1UL).ticked(40'000, 1, 2UL);
    lost_later.lost(1, World::tick_probe, 50'000, 60'000);
    EXPECT_EQ(verdict(lost_later), Verdict::fail);
    World maybe;
    maybe.ticked(10'000, 1, 1UL).ticked(20'000, 1, hits::Unreadable{}).ticked(40'000, 1, 2UL);
    EXPECT_EQ(verdict(maybe), Verdict::inconclusive);
    World keyless;
    keyless.ticked(10'000, 1, 1UL).ticked(20'000, 1, 2UL, hits::Unreadable{});
    keyless.ticked(40'000, 1, 2UL);
    EXPECT_EQ(verdict(keyless), Verdict::inconclusive);
    World unordered;
    unordered.ticked(9'500, 2, 2UL, 0UL, 1).ticked(10'000, 1, 1UL).ticked(40'000, 1, 2UL);
    EXPECT_EQ(verdict(unordered), Verdict::inconclusive);
}

TEST(Spans, AnOpenSpanIsNotJudged) {
    World w;
    w.ticked(10, 1, 1UL).ticked(20, 1, 2UL).ticked(30, 1, 1UL);
    const Finding finding = w.judge(sema::ExpectCount{w.use(w.wait), {CompareOp::equal, 1}, {}});
    EXPECT_EQ(finding.verdict, Verdict::pass);
    EXPECT_THAT(finding.remarks, ElementsAre(HasSubstr("wait: 1 span still open at the end")));
}

TEST(Fields, UnknownPidAndCommAreUnreadable) {
    World w;
    w.ticked(10, 1, 1UL);
    w.trace.hits[0].pid = 0;
    const sema::ExpectEvery expect{w.use(w.tick), false,
                                   w.compare(w.tick, "pid", BinaryOp::equal, 1)};
    EXPECT_EQ(w.judge(expect).reason, "pid could not be read");
}

TEST(Fields, KeysAreEqualByValue) {
    World w;
    w.ticked(10, 1, bits(-1), 0xffff'ffffUL).ticked(20, 1, 0xffff'ffffUL, 0xffff'ffffUL);
    const Observation seen(w.spec, w.test, w.trace);
    Reader reader(seen, w.tick);
    const std::vector value{w.field(w.tick, "value")};
    const std::vector id{w.field(w.tick, "id")};
    EXPECT_EQ(reader.key(value, {.opening = 0}), reader.key(value, {.opening = 1}));
    EXPECT_NE(reader.key(value, {.opening = 0}), reader.key(id, {.opening = 0}));
    EXPECT_EQ(reader.key(id, {.opening = 0}), reader.key(id, {.opening = 1}));
}

TEST(LossesOfProbes, OverlapAndText) {
    const std::vector<hits::Loss> all = {
        {World::tick_probe, 0, 10, 20, 3, "overrun on cpu 0"},
        {std::nullopt, 1, 15, 30, 4, "overrun on cpu 1"},
        {World::exit_probe, 0, 0, 5, 9, "kretprobe missed 9 returns"},
        {World::tick_probe, 0, 50, 60, 0, "nothing"},
    };
    const Losses losses(all, {World::tick_probe});
    EXPECT_EQ(losses.count(), 7U);
    EXPECT_EQ(losses.text(), "up to 7 hits were lost (overrun on cpu 0; overrun on cpu 1)");
    EXPECT_FALSE(losses.overlap(0, 9));
    EXPECT_TRUE(losses.overlap(0, 10));
    EXPECT_TRUE(losses.overlap(30, 31));
    EXPECT_FALSE(losses.overlap(31, 100));
    EXPECT_FALSE(Losses(all, {World::enter_probe}).overlap(0, 14));
}

TEST(LossesOfProbes, BridgeWhatTheyLieIn) {
    const std::vector<hits::Loss> all = {
        {std::nullopt, std::nullopt, 10, 20, 2, ""},
        {std::nullopt, std::nullopt, 40, 60, 1, ""},
    };
    const Losses losses(all, {World::tick_probe});
    struct Case {
        std::uint64_t begin, end, step;
        bool bridged;
    };
    const Case cases[] = {
        {0, 20, 10, true},   {0, 21, 10, true},   {0, 30, 10, true},  {0, 31, 10, false},
        {0, 12, 9, false},   {20, 50, 10, false}, {20, 60, 20, true}, {20, 80, 20, true},
        {20, 81, 20, false}, {0, 80, 20, true},   {0, 61, 15, false}, {45, 59, 3, false},
        {45, 53, 3, true},   {70, 80, 9, false},  {5, 6, 0, false},
    };
    for (const Case& c : cases) {
        const auto needed = losses.needed_between(c.begin, c.end, c.step);
        EXPECT_EQ(needed && *needed <= losses.count(), c.bridged)
            << c.begin << ".." << c.end << " by " << c.step;
    }
}

} // namespace
} // namespace kps::judge
