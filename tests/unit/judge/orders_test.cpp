#include "keyed_cases.hpp"
#include "runtime/judge/steps.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::HitScope;
using testing::ElementsAre;
using testing::HasSubstr;

// ---------------------------------------------------------------- only after

sema::ExpectOnlyAfter two_after_one(World& w) {
    return {ticks(w, 2), ticks(w, 1), 10'000};
}

TEST(OnlyAfter, LooksBack) {
    check<sema::ExpectOnlyAfter>(
        two_after_one,
        {
            {"after", [](World& w) { w.ticked(20'000, 1, 1UL).ticked(30'000, 1, 2UL); }, pass},
            {"too long after", [](World& w) { w.ticked(20'000, 1, 1UL).ticked(30'001, 1, 2UL); },
             fail},
            {"twice after one",
             [](World& w) {
                 w.ticked(20'000, 1, 1UL).ticked(21'000, 1, 2UL).ticked(22'000, 1, 2UL);
             },
             pass},
            {"before", [](World& w) { w.ticked(20'000, 1, 2UL).ticked(30'000, 1, 1UL); }, fail},
            {"another key",
             [](World& w) { w.ticked(20'000, 1, 1UL, 7UL).ticked(21'000, 1, 2UL, 8UL); }, fail},
            {"never exercised", [](World& w) { w.ticked(20'000, 1, 1UL); }, fail},
            {"too close on another cpu",
             [](World& w) { w.ticked(20'000, 1, 1UL).ticked(20'999, 2, 2UL, 0UL, 1); },
             inconclusive},
            {"just after, too close on another cpu",
             [](World& w) { w.ticked(20'000, 1, 2UL).ticked(20'999, 2, 1UL, 0UL, 1); },
             inconclusive},
            {"far enough on another cpu",
             [](World& w) { w.ticked(20'000, 1, 1UL).ticked(21'000, 2, 2UL, 0UL, 1); }, pass},
            {"an earlier hit of an unknown key",
             [](World& w) { w.ticked(20'000, 1, 1UL, hits::Unreadable{}).ticked(25'000, 1, 2UL); },
             inconclusive},
            {"a hit of an unknown key",
             [](World& w) { w.ticked(20'000, 1, 1UL).ticked(25'000, 1, 2UL, hits::Unreadable{}); },
             inconclusive},
        });
}

TEST(OnlyAfter, UnderLoss) {
    const auto lost = [](std::uint64_t begin, std::uint64_t end) {
        return [=](World& w) { w.ticked(30'000, 1, 2UL).lost(1, World::tick_probe, begin, end); };
    };
    check<sema::ExpectOnlyAfter>(
        two_after_one,
        {{"in the time looked back to", lost(20'000, 20'500), inconclusive},
         {"before it", lost(15'000, 19'999), fail},
         {"closer after it than the clocks tell", lost(30'900, 40'000), inconclusive},
         {"after it", lost(31'001, 40'000), fail}});
    const auto calls = [](World& w) {
        return sema::ExpectOnlyAfter{ticks_of_task(w), opens(w), std::nullopt};
    };
    const auto call = [](World& w) -> World& {
        return w.entered(10, 1).returned(20, 1, 0).ticked(30, 1, 1UL);
    };
    check<sema::ExpectOnlyAfter>(
        calls, {{"only the earlier ones lost",
                 [&](World& w) { call(w).lost(1, World::exit_probe, 500); }, pass},
                {"the later ones lost", [&](World& w) { call(w).lost(1, World::tick_probe, 500); },
                 inconclusive},
                {"a call that had not ended", [](World& w) { w.entered(10, 1).ticked(30, 1, 1UL); },
                 inconclusive}});
}

TEST(OnlyAfter, WhatWasBeforeTheProbesIsNotKnownInASystem) {
    World w;
    w.trace.live_ns = 10'000;
    w.ticked(15'000, 1, 2UL);
    EXPECT_EQ(w.judge(two_after_one(w)).verdict, inconclusive);
    w.ticked(25'000, 1, 2UL);
    const Finding finding = w.judge(two_after_one(w));
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.reason, "1 of 2 hits without what must come before");
    EXPECT_EQ(finding.key, "id 0");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(1));
    EXPECT_EQ(finding.evidence.at(0).note, "no tick by id 0 before it");
}

TEST(OnlyAfter, SaysHowLongAgoTheLastWas) {
    World w;
    w.ticked(20'000, 1, 1UL).ticked(50'000, 1, 2UL);
    const Finding finding = w.judge(two_after_one(w));
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 1));
    EXPECT_EQ(finding.evidence.at(0).note, "tick by id 0 was 30 us before, not within 10 us");
}

TEST(OnlyAfter, HasRoomForSoManyKeys) {
    for (const std::size_t keys : {max_open_keys, max_open_keys + 1}) {
        World w;
        w.test.scope = HitScope::workload;
        sema::ExpectOnlyAfter expect = two_after_one(w);
        expect.within_ns = std::nullopt;
        for (std::uint64_t key = 0; key < keys; ++key)
            w.ticked(key, 1, 1UL, key);
        w.ticked(100'000, 1, 2UL, keys - 1);
        const Finding finding = w.judge(expect);
        EXPECT_EQ(finding.verdict, keys > max_open_keys ? inconclusive : pass);
        EXPECT_EQ(finding.reason, keys > max_open_keys ? "more than 65536 keys were open" : "");
        w.ticked(300'000, 1, 1UL, keys - 1).ticked(301'000, 1, 2UL, keys - 1);
        expect.within_ns = 5'000;
        w.trace.hits.erase(w.trace.hits.end() - 3);
        EXPECT_EQ(w.judge(expect).verdict, pass) << "those of long ago make room";
    }
}

// ---------------------------------------------------------------- paired

sema::ExpectPaired one_with_two(World& w) {
    return {ticks(w, 1), ticks(w, 2)};
}

TEST(Paired, CountsWhatIsOpen) {
    check<sema::ExpectPaired>(
        one_with_two,
        {
            {"a pair", [](World& w) { w.ticked(10, 1, 1UL).ticked(20, 1, 2UL); }, pass},
            {"left open", [](World& w) { w.ticked(10, 1, 1UL); }, fail},
            {"closed twice",
             [](World& w) { w.ticked(10, 1, 1UL).ticked(20, 1, 2UL).ticked(30, 1, 2UL); }, fail},
            {"closed and never opened", [](World& w) { w.ticked(10, 1, 2UL); }, fail},
            {"the wrong way round", [](World& w) { w.ticked(10, 1, 2UL).ticked(20, 1, 1UL); },
             fail},
            {"one within another",
             [](World& w) {
                 w.ticked(10, 1, 1UL).ticked(20, 1, 1UL).ticked(30, 1, 2UL).ticked(40, 1, 2UL);
             },
             pass},
            {"another key", [](World& w) { w.ticked(10, 1, 1UL, 7UL).ticked(20, 1, 2UL, 8UL); },
             fail},
            {"again",
             [](World& w) {
                 w.ticked(10, 1, 1UL).ticked(20, 1, 2UL).ticked(30, 1, 1UL).ticked(40, 1, 2UL);
             },
             pass},
            {"never exercised", [](World& w) { w.ticked(10, 1, 3UL); }, fail},
            {"too close on another cpu",
             [](World& w) { w.ticked(10'000, 1, 1UL).ticked(10'500, 2, 2UL, 0UL, 1); },
             inconclusive},
            {"a closing hit of an unknown key",
             [](World& w) { w.ticked(10, 1, 1UL).ticked(20, 1, 2UL, hits::Unreadable{}); },
             inconclusive},
            {"a hit that may close",
             [](World& w) { w.ticked(10, 1, 1UL).ticked(20, 1, hits::Unreadable{}); },
             inconclusive},
        });
}

TEST(Paired, UnderLoss) {
    const auto tick = World::tick_probe;
    check<sema::ExpectPaired>(
        one_with_two,
        {
            {"a pair, something lost",
             [&](World& w) { w.ticked(10, 1, 1UL).ticked(20, 1, 2UL).lost(1, tick, 500); },
             inconclusive},
            {"left open, lost after",
             [&](World& w) { w.ticked(10'000, 1, 1UL).lost(1, tick, 50'000); }, inconclusive},
            {"left open, lost before it was opened",
             [&](World& w) { w.ticked(10'000, 1, 1UL).lost(1, tick, 0, 8'999); }, fail},
            {"left open when it was opened again, lost in between",
             [&](World& w) {
                 w.ticked(10'000, 1, 1UL).ticked(20'000, 1, 2UL).ticked(90'000, 1, 1UL);
                 w.lost(1, tick, 30'000, 40'000);
             },
             fail},
            {"closed too often, lost before",
             [&](World& w) { w.ticked(10'000, 1, 2UL).lost(1, tick, 0, 500); }, inconclusive},
            {"closed too often, lost after",
             [&](World& w) { w.ticked(10'000, 1, 2UL).lost(1, tick, 11'001); }, fail},
        });
}

TEST(Paired, MayHaveBeenOpenedBeforeTheProbesInASystem) {
    World orphan;
    orphan.ticked(10, 1, 2UL, 7UL).ticked(20, 1, 1UL, 8UL).ticked(30, 1, 2UL, 8UL);
    const Finding finding = orphan.judge(one_with_two(orphan));
    EXPECT_EQ(finding.verdict, pass);
    EXPECT_THAT(finding.remarks.at(0),
                HasSubstr("1 hit closed what was opened before anything counted"));
    World twice;
    twice.ticked(10, 1, 1UL).ticked(20, 1, 2UL).ticked(30, 1, 2UL);
    EXPECT_EQ(twice.judge(one_with_two(twice)).verdict, inconclusive);
    twice.test.scope = HitScope::workload;
    EXPECT_EQ(twice.judge(one_with_two(twice)).verdict, fail);
}

TEST(Paired, ShowsWhatIsLeftAndWhatIsTooMuch) {
    World left;
    left.ticked(10, 1, 1UL).ticked(20, 1, 1UL).ticked(30, 1, 2UL);
    const Finding leak = left.judge(one_with_two(left));
    EXPECT_EQ(leak.reason, "1 of 2 pairs not paired");
    EXPECT_THAT(leak.evidence.at(0).hits, ElementsAre(0));
    EXPECT_EQ(leak.evidence.at(0).note, "id 0: still open at the end");
    World twice;
    twice.test.scope = HitScope::workload;
    twice.ticked(10, 1, 1UL).ticked(20, 1, 2UL).ticked(30, 1, 2UL);
    EXPECT_THAT(twice.judge(one_with_two(twice)).evidence.at(0).hits, ElementsAre(0, 1, 2));
}

TEST(Paired, ForgetsKeysThatAreClosed) {
    World w;
    w.test.scope = HitScope::workload;
    for (std::uint64_t key = 0; key < 2 * max_open_keys; ++key)
        w.ticked(10'000 * key, 1, 1UL, key).ticked(10'000 * key + 1, 1, 2UL, key);
    EXPECT_EQ(w.judge(one_with_two(w)).verdict, pass);
    World open;
    for (std::uint64_t key = 0; key <= max_open_keys; ++key)
        open.ticked(key, 1, 1UL, key);
    for (std::uint64_t key = 0; key <= max_open_keys; ++key)
        open.ticked(1'000'000 + key, 1, 2UL, key);
    const Finding finding = open.judge(one_with_two(open));
    EXPECT_EQ(finding.verdict, inconclusive);
    EXPECT_EQ(finding.reason, "more than 65536 keys were open");
}

} // namespace
} // namespace kps::judge
