#include "keyed_cases.hpp"
#include "runtime/judge/steps.hpp"

/// What so few lost hits cannot have been, so that it FAILs although each part could be mended.
namespace kps::judge {
namespace {

using sema::Aggregate;
using sema::CompareOp;
using testing::HasSubstr;

const auto tick = World::tick_probe;

/// Three keys with one hit each, of value 1.
World& three_keys(World& w) {
    return w.ticked(10'000, 1, 1UL, 7UL).ticked(20'000, 1, 1UL, 8UL).ticked(30'000, 1, 1UL, 9UL);
}

TEST(Completions, ALostHitIsOfOneKey) {
    const auto lost = [](std::uint64_t count) {
        return [=](World& w) { three_keys(w).lost(count, tick); };
    };
    const std::vector<Case> cases = {{"none", lost(0), fail},
                                     {"one for each key but one", lost(2), fail},
                                     {"one for each key", lost(3), inconclusive},
                                     {"nobody knows how many", lost(UINT64_MAX), inconclusive}};
    const auto id = [](World& w) { return std::vector{w.field(w.tick, "id")}; };
    check<sema::ExpectCount>(
        [&](World& w) {
            return sema::ExpectCount{w.use(w.tick), {CompareOp::greater_equal, 2}, id(w)};
        },
        cases);
    check<sema::ExpectDistinct>(
        [&](World& w) {
            return sema::ExpectDistinct{
                w.use(w.tick), w.field(w.tick, "value"), {CompareOp::equal, 2}, id(w)};
        },
        cases);
    check<sema::ExpectAggregate>(
        [&](World& w) {
            return sema::ExpectAggregate{Aggregate::max,
                                         w.use(w.tick),
                                         w.field(w.tick, "value"),
                                         {CompareOp::greater, 4},
                                         id(w)};
        },
        cases);
    check<sema::ExpectThen>(
        [](World& w) {
            return sema::ExpectThen{{ticks(w, 1).use, ticks(w, 2).use},
                                    {ticks(w, 1).key, ticks(w, 2).key},
                                    std::nullopt};
        },
        cases);
    check<sema::ExpectOnlyAfter>(
        [](World& w) { return sema::ExpectOnlyAfter{ticks(w, 1), ticks(w, 2), std::nullopt}; },
        cases);
    check<sema::ExpectPaired>([](World& w) { return sema::ExpectPaired{ticks(w, 1), ticks(w, 2)}; },
                              cases);
    check<sema::ExpectPaired>([](World& w) { return sema::ExpectPaired{ticks(w, 2), ticks(w, 1)}; },
                              {{"an opening is lacking before each", lost(2), fail}});
}

TEST(Completions, ALostHitIsAtOneTime) {
    const auto ones = [](World& w) -> World& {
        return w.ticked(20'000, 1, 1UL).ticked(40'000, 1, 1UL);
    };
    const auto then = [](World& w) {
        return sema::ExpectThen{
            {ticks(w, 1).use, ticks(w, 2).use}, {ticks(w, 1).key, ticks(w, 2).key}, 10'000};
    };
    check<sema::ExpectThen>(then,
                            {{"one for two", [&](World& w) { ones(w).lost(1, tick); }, fail},
                             {"two", [&](World& w) { ones(w).lost(2, tick); }, inconclusive}});
    check<sema::ExpectThen>(
        then, {{"one for two that overlap",
                [](World& w) { w.ticked(20'000, 1, 1UL).ticked(30'000, 1, 1UL).lost(1, tick); },
                inconclusive}});
    check<sema::ExpectOnlyAfter>(
        [](World& w) { return sema::ExpectOnlyAfter{ticks(w, 1), ticks(w, 2), 10'000}; },
        {{"one for two", [&](World& w) { ones(w).lost(1, tick); }, fail},
         {"two", [&](World& w) { ones(w).lost(2, tick); }, inconclusive}});
    const auto calls = [](World& w) -> World& {
        return w.entered(10'000, 1)
            .returned(20'000, 1, 0)
            .entered(30'000, 1)
            .returned(40'000, 1, 0);
    };
    check<sema::ExpectDuring>(
        [](World& w) { return sema::ExpectDuring{true, ticks_of_task(w), opens(w)}; },
        {{"one for two", [&](World& w) { calls(w).lost(1, tick); }, fail},
         {"two", [&](World& w) { calls(w).lost(2, tick); }, inconclusive}});
}

TEST(Completions, WhatWasBeforeASystemMendsAnyNumber) {
    check<sema::ExpectOnlyAfter>(
        [](World& w) { return sema::ExpectOnlyAfter{ticks(w, 1), ticks(w, 2), 100'000}; },
        {{"each may have come after something unseen",
          [](World& w) { three_keys(w).lost(1, tick); }, inconclusive}},
        sema::HitScope::system);
}

TEST(Completions, OfOneKeyAsManyPairsAreMendedAsWereLost) {
    const auto opened = [](World& w) -> World& {
        return w.ticked(10'000, 1, 1UL).ticked(20'000, 1, 1UL);
    };
    check<sema::ExpectPaired>([](World& w) { return sema::ExpectPaired{ticks(w, 1), ticks(w, 2)}; },
                              {{"one for two", [&](World& w) { opened(w).lost(1, tick); }, fail},
                               {"two", [&](World& w) { opened(w).lost(2, tick); }, inconclusive}});
    // the first closing hit lacks an opening one, the second then has it
    check<sema::ExpectPaired>([](World& w) { return sema::ExpectPaired{ticks(w, 1), ticks(w, 2)}; },
                              {{"one opening is lacking",
                                [](World& w) {
                                    w.ticked(10'000, 1, 2UL).ticked(20'000, 1, 1UL);
                                    w.ticked(30'000, 1, 2UL).lost(1, tick, 0, 10'000);
                                },
                                inconclusive},
                               {"and what came after it is left open",
                                [](World& w) {
                                    w.ticked(10'000, 1, 2UL).ticked(20'000, 1, 1UL);
                                    w.lost(1, tick, 0, 10'000);
                                },
                                fail}});
}

TEST(Completions, AGapIsBridgedByEnoughHitsInTime) {
    const auto lost = [](std::uint64_t count, std::uint64_t begin, std::uint64_t end) {
        return [=](World& w) {
            w.ticked(10'000, 1, 1UL).ticked(40'000, 1, 1UL).lost(count, tick, begin, end);
            w.trace.end_ns = 40'000;
        };
    };
    check<sema::ExpectNoGap>([](World& w) { return sema::ExpectNoGap{w.use(w.tick), 10'000}; },
                             {{"one too few", lost(1, 0, 50'000), fail},
                              {"two are enough", lost(2, 0, 50'000), inconclusive},
                              {"at the last time", lost(2, 20'000, 30'000), inconclusive},
                              {"too late for the first", lost(9, 20'001, 30'000), fail},
                              {"too early for the last", lost(9, 20'000, 29'999), fail}});
    const auto twice = [](std::uint64_t count) {
        return [=](World& w) {
            w.ticked(15'000, 1, 1UL).ticked(30'000, 1, 1UL).lost(count, tick);
            w.trace.end_ns = 30'000;
        };
    };
    check<sema::ExpectNoGap>(
        [](World& w) { return sema::ExpectNoGap{w.use(w.tick), 10'000}; },
        {{"one for two gaps", twice(1), fail}, {"two", twice(2), inconclusive}});
}

TEST(Completions, NothingSeenAndNothingThatWouldDo) {
    const auto lost = [](World& w) { w.lost(1, tick); };
    const auto id = [](World& w) { return std::vector{w.field(w.tick, "id")}; };
    const auto value = [](World& w) { return w.field(w.tick, "id"); };
    check<sema::ExpectCount>(
        [&](World& w) { return sema::ExpectCount{w.use(w.tick), {CompareOp::equal, 2}, id(w)}; },
        {{"two of a key, one lost", lost, fail}});
    check<sema::ExpectDistinct>(
        [&](World& w) {
            return sema::ExpectDistinct{w.use(w.tick), value(w), {CompareOp::equal, 2}, {}};
        },
        {{"two values, one lost", lost, fail}});
    check<sema::ExpectAggregate>(
        [&](World& w) {
            return sema::ExpectAggregate{
                Aggregate::max, w.use(w.tick), value(w), {CompareOp::less, 0}, {}};
        },
        {{"less than the type has", lost, fail}});
}

TEST(Completions, NoneSeenNorLostIsWithinNoCall) {
    const auto call = [](World& w) -> World& {
        return w.entered(10'000, 1).returned(20'000, 1, 0);
    };
    check<sema::ExpectDuring>(
        [](World& w) { return sema::ExpectDuring{false, ticks_of_task(w), opens(w)}; },
        {{"calls lost", [&](World& w) { call(w).lost(1, World::enter_probe); }, pass},
         {"there were some, calls lost",
          [&](World& w) { call(w).ticked(30'000, 1, 1UL).lost(1, World::enter_probe); },
          inconclusive},
         {"no call seen", [](World& w) { w.lost(1, World::enter_probe); }, inconclusive}});
}

TEST(Completions, SaysThatTooFewWereLost) {
    World w;
    three_keys(w).lost(2, tick);
    const Finding finding =
        w.judge(sema::ExpectCount{w.use(w.tick), {CompareOp::equal, 2}, {w.field(w.tick, "id")}});
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.key, "id 7");
    EXPECT_THAT(finding.reason, HasSubstr("too few were lost to mend every key"));
}

} // namespace
} // namespace kps::judge
