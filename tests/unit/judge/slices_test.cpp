#include "keyed_cases.hpp"

#include <algorithm>
#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using testing::ElementsAre;

// ---------------------------------------------------------------- during

sema::ExpectDuring tick_during_open(World& w, bool some) {
    return {some, ticks_of_task(w), opens(w)};
}

struct Within {
    const char* what;
    std::function<void(World&)> trace;
    Verdict no, some;
};

TEST(During, IsBetweenBeginningAndEnd) {
    const auto tick = World::tick_probe;
    const auto call = [](World& w) -> World& { return w.entered(10'000, 1); };
    const Within cases[] = {
        {"within", [&](World& w) { call(w).ticked(15'000, 1, 1UL).returned(20'000, 1, 0); }, fail,
         pass},
        {"before and after",
         [&](World& w) {
             call(w.ticked(5'000, 1, 1UL)).returned(20'000, 1, 0).ticked(25'000, 1, 1UL);
         },
         pass, fail},
        {"another key", [&](World& w) { call(w).ticked(15'000, 2, 1UL).returned(20'000, 1, 0); },
         pass, fail},
        {"in one of two",
         [&](World& w) {
             call(w).ticked(15'000, 1, 1UL).returned(20'000, 1, 0);
             call(w).trace.hits.back().time_ns = 30'000;
             w.returned(40'000, 1, 0);
         },
         fail, fail},
        {"no call", [](World& w) { w.ticked(15'000, 1, 1UL); }, fail, fail},
        {"a call that did not end", [&](World& w) { call(w).ticked(15'000, 1, 1UL); }, fail, fail},
        {"lost within", [&](World& w) { call(w).returned(20'000, 1, 0).lost(1, tick, 12'000); },
         inconclusive, inconclusive},
        {"lost elsewhere", [&](World& w) { call(w).returned(20'000, 1, 0).lost(1, tick, 30'000); },
         pass, fail},
        {"within, another lost",
         [&](World& w) {
             call(w).ticked(15'000, 1, 1UL).returned(20'000, 1, 0).lost(1, tick, 12'000);
         },
         fail, pass},
        {"calls lost elsewhere",
         [&](World& w) {
             call(w).ticked(15'000, 1, 1UL).returned(20'000, 1, 0).lost(1, {}, 30'000);
         },
         fail, inconclusive},
    };
    for (const Within& c : cases) {
        for (const bool some : {false, true}) {
            World w;
            c.trace(w);
            EXPECT_EQ(w.judge(tick_during_open(w, some)).verdict, some ? c.some : c.no)
                << c.what << (some ? ", some" : ", no");
        }
    }
}

TEST(During, ShowsWhatWasWithin) {
    World w;
    w.entered(10'000, 1).ticked(15'000, 1, 1UL).returned(20'000, 1, 0);
    const Finding finding = w.judge(tick_during_open(w, false));
    EXPECT_EQ(finding.reason, "1 of 1 call with tick");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 1, 2));
    EXPECT_EQ(finding.key, "tid 1");
}

TEST(During, AHitTooCloseToTheEndOnAnotherCpuMayBeWithin) {
    const auto tried = [](std::uint64_t time) {
        World w;
        w.ticked(10'000, 1, 1UL, 7UL).ticked(20'000, 1, 2UL, 7UL);
        w.ticked(time, 2, 3UL, 7UL, 1);
        std::ranges::sort(w.trace.hits, {}, &hits::Hit::time_ns);
        const sema::KeyedUse waits{w.use(w.wait), {w.field(w.wait, "id")}};
        return w.judge(sema::ExpectDuring{true, ticks(w, 3), waits}).verdict;
    };
    EXPECT_EQ(tried(10'999), inconclusive);
    EXPECT_EQ(tried(11'000), pass);
    EXPECT_EQ(tried(19'000), pass);
    EXPECT_EQ(tried(20'999), inconclusive);
    EXPECT_EQ(tried(21'000), fail);
}

// ---------------------------------------------------------------- no overlap

TEST(NoOverlap, ComparesCallsOfOneKey) {
    const auto tick = World::tick_probe;
    check<sema::ExpectNoOverlap>(
        [](World& w) { return sema::ExpectNoOverlap{{w.use(w.wait), {w.field(w.wait, "tid")}}}; },
        {
            {"one after the other",
             [](World& w) {
                 w.ticked(1'000, 1, 1UL, 7UL).ticked(2'000, 1, 2UL, 7UL);
                 w.ticked(3'000, 1, 1UL, 8UL).ticked(4'000, 1, 2UL, 8UL);
             },
             pass},
            {"crossing",
             [](World& w) {
                 w.ticked(1'000, 1, 1UL, 7UL).ticked(2'000, 1, 1UL, 8UL);
                 w.ticked(3'000, 1, 2UL, 7UL).ticked(4'000, 1, 2UL, 8UL);
             },
             fail},
            {"crossing, other keys",
             [](World& w) {
                 w.ticked(1'000, 1, 1UL, 7UL).ticked(2'000, 2, 1UL, 8UL);
                 w.ticked(3'000, 1, 2UL, 7UL).ticked(4'000, 2, 2UL, 8UL);
             },
             pass},
            {"never exercised", [](World& w) { w.ticked(1'000, 1, 1UL); }, fail},
            {"one after the other, something lost after",
             [&](World& w) {
                 w.ticked(1'000, 1, 1UL, 7UL).ticked(2'000, 1, 2UL, 7UL).lost(1, tick, 9'000);
             },
             inconclusive},
            {"crossing, something lost after",
             [&](World& w) {
                 w.ticked(1'000, 1, 1UL, 7UL).ticked(2'000, 1, 1UL, 8UL);
                 w.ticked(3'000, 1, 2UL, 7UL).ticked(4'000, 1, 2UL, 8UL).lost(1, tick, 9'000);
             },
             fail},
        });
}

TEST(NoOverlap, IsNotCertainOfWhatIsStillOpenOrMayNotBelong) {
    World open;
    open.entered(10, 1).entered(20, 1).returned(30, 1, 0);
    EXPECT_EQ(open.judge(sema::ExpectNoOverlap{opens(open)}).verdict, inconclusive);
    World unknown;
    unknown.ticked(1'000, 1, hits::Unreadable{}, 7UL).ticked(2'000, 1, 1UL, 8UL);
    unknown.ticked(3'000, 1, 2UL, 7UL).ticked(4'000, 1, 2UL, 8UL);
    const sema::KeyedUse waits{unknown.use(unknown.wait), {unknown.field(unknown.wait, "tid")}};
    EXPECT_EQ(unknown.judge(sema::ExpectNoOverlap{waits}).verdict, inconclusive);
}

TEST(NoOverlap, NeedsNoKeyOfACallThatIsAlone) {
    World w;
    w.entered(1'000, 1, hits::Unreadable{}).returned(2'000, 1, 0);
    const sema::KeyedUse by_path{w.use(w.open), {w.field(w.open, "path")}};
    EXPECT_EQ(w.judge(sema::ExpectNoOverlap{by_path}).verdict, pass);
    w.entered(3'000, 1).returned(5'000, 1, 0);
    EXPECT_EQ(w.judge(sema::ExpectNoOverlap{by_path}).verdict, pass);
    w.entered(6'000, 1).entered(6'500, 2, hits::Unreadable{});
    w.returned(7'000, 1, 0).returned(7'500, 2, 0);
    EXPECT_EQ(w.judge(sema::ExpectNoOverlap{by_path}).verdict, inconclusive);
}

TEST(NoOverlap, ShowsBoth) {
    World w;
    w.entered(10, 1).entered(20, 1).returned(30, 1, 0).returned(40, 1, 0);
    const Finding finding = w.judge(sema::ExpectNoOverlap{opens(w)});
    EXPECT_EQ(finding.reason, "1 of 2 calls not alone");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 3, 1, 2));
    EXPECT_EQ(finding.key, "tid 1");
}

// ---------------------------------------------------------------- no gap

TEST(NoGap, MeasuresFromTheBeginningToTheEnd) {
    const auto ticked = [](World& w, const std::vector<std::uint64_t>& times) -> World& {
        for (const std::uint64_t time : times)
            w.ticked(time, 1, 1UL);
        w.trace.live_ns = 1'000;
        w.trace.end_ns = 10'000;
        return w;
    };
    const auto tick = World::tick_probe;
    check<sema::ExpectNoGap>(
        [](World& w) {
            return sema::ExpectNoGap{
                w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 1)}), 3'000};
        },
        {
            {"often enough", [&](World& w) { ticked(w, {4'000, 7'000}); }, pass},
            {"late", [&](World& w) { ticked(w, {4'001, 7'000}); }, fail},
            {"a pause", [&](World& w) { ticked(w, {4'000, 5'000, 8'001}); }, fail},
            {"none at the end", [&](World& w) { ticked(w, {4'000, 6'999}); }, fail},
            {"none at all", [&](World& w) { ticked(w, {}); }, fail},
            {"lost in the pause",
             [&](World& w) { ticked(w, {4'000, 5'000, 8'001}).lost(1, tick, 5'001, 5'001); },
             inconclusive},
            {"lost beside the pause",
             [&](World& w) { ticked(w, {4'000, 5'000, 8'001}).lost(1, tick, 0, 5'000); }, fail},
            {"often enough, some lost",
             [&](World& w) { ticked(w, {4'000, 7'000}).lost(9, tick, 0, 9'000); }, pass},
            {"one that may belong bridges it",
             [&](World& w) {
                 ticked(w, {4'000}).ticked(6'000, 1, hits::Unreadable{}).ticked(8'000, 1, 1UL);
             },
             inconclusive},
        });
}

TEST(NoGap, OfAWorkloadEndsWithIt) {
    World w;
    w.ticked(10'000, 1, 1UL);
    w.trace.end_ns = UINT64_MAX;
    w.trace.runs.emplace_back().duration_ns = 30'000;
    EXPECT_EQ(w.judge(sema::ExpectNoGap{w.use(w.tick), 20'000}).verdict, pass);
    EXPECT_EQ(w.judge(sema::ExpectNoGap{w.use(w.tick), 19'999}).verdict, fail);
}

TEST(NoGap, MayHaveComeAfterARunThatWasCutShort) {
    World w;
    w.ticked(10'000, 1, 1UL).ticked(20'000, 1, 2UL);
    w.trace.end_ns = 25'000;
    w.trace.cut_short = "the guest hung";
    const Finding open = w.judge(sema::ExpectNoGap{w.use(w.tick), 10'000});
    EXPECT_EQ(open.verdict, inconclusive);
    EXPECT_THAT(open.reason, testing::HasSubstr("the guest hung"));
    EXPECT_THAT(open.evidence.at(0).hits, ElementsAre(1));
    EXPECT_EQ(w.judge(sema::ExpectNoGap{w.use(w.tick), 9'999}).verdict, fail);
    const auto is_two = w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 2)});
    w.test.expectations = {{sema::ExpectNoGap{w.use(w.tick), 10'000}, "expect it", {}, {}}};
    w.test.expectations[0].scope = {sema::Scope::Kind::before, is_two, {}};
    EXPECT_EQ(w.run().findings.back().verdict, pass) << "the part had ended before";
}

TEST(NoGap, ShowsThePause) {
    World w;
    w.ticked(10'000, 1, 1UL).ticked(50'000, 1, 1UL);
    w.trace.end_ns = 50'000;
    const Finding finding = w.judge(sema::ExpectNoGap{w.use(w.tick), 20'000});
    EXPECT_EQ(finding.reason, "1 of 3 gaps too long");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 1));
    EXPECT_EQ(finding.evidence.at(0).note, "nothing for 40 us, longer than 20 us");
}

} // namespace
} // namespace kps::judge
