#include "keyed_cases.hpp"
#include "runtime/judge/steps.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::HitScope;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

sema::KeyedUse named_ticks(World& w, std::int64_t value) {
    sema::KeyedUse named = ticks(w, value);
    named.use.text = "tick " + std::to_string(value);
    return named;
}

/// closed: 1 => open; open: 2 => open; open: 3 => closed; accept closed. Of every id.
sema::ExpectFollows life(World& w) {
    const sema::Machine machine{"life",
                                {"closed", "open"},
                                0,
                                {true, false},
                                {named_ticks(w, 1), named_ticks(w, 2), named_ticks(w, 3)},
                                {{0, 1, 0}, {1, 1, 1}, {1, 0, 2}}};
    return {{w.use(w.tick), {w.field(w.tick, "id")}}, machine};
}

void check_follows(HitScope scope, const std::vector<Case>& cases) {
    check<sema::ExpectFollows>(life, cases, scope);
}

/// Ticks of one thread and id, 10 us apart.
std::function<void(World&)> values(std::vector<std::uint64_t> all) {
    return [all = std::move(all)](World& w) {
        std::uint64_t time = 0;
        for (const std::uint64_t value : all)
            w.ticked(time += 10'000, 1, value);
    };
}

TEST(Follows, TakesTheEdgesOfEachKey) {
    check_follows(
        HitScope::workload,
        {
            {"round", values({1, 2, 2, 3, 1, 3}), pass},
            {"what is no event", values({9, 1, 8, 3}), pass},
            {"ends elsewhere", values({1, 2}), fail},
            {"not from the start", values({2, 3}), fail},
            {"twice", values({1, 1, 3}), fail},
            {"nothing", values({}), fail},
            {"two keys",
             [](World& w) {
                 w.ticked(10, 1, 1UL, 7UL).ticked(20, 1, 1UL, 8UL);
                 w.ticked(30, 1, 3UL, 8UL).ticked(40, 1, 3UL, 7UL);
             },
             pass},
            {"two keys, one left",
             [](World& w) { w.ticked(10, 1, 1UL, 7UL).ticked(20, 1, 1UL, 8UL).ticked(30, 1, 3UL); },
             fail},
            {"a key that is not known",
             [](World& w) {
                 w.ticked(10, 1, 1UL).ticked(20'000, 1, 2UL, hits::Unreadable{});
                 w.ticked(40'000, 1, 3UL);
             },
             inconclusive},
            {"broken before one is not known",
             [](World& w) { w.ticked(10, 1, 2UL).ticked(20'000, 1, 2UL, hits::Unreadable{}); },
             fail},
            {"a value that is not known, and may be fine",
             [](World& w) {
                 w.ticked(10, 1, 1UL).ticked(20, 1, hits::Unreadable{}).ticked(30, 1, 3UL);
             },
             inconclusive},
            {"a value that is not known, and broken whatever it is",
             [](World& w) {
                 w.ticked(20, 1, hits::Unreadable{}).ticked(30, 1, 3UL).ticked(40, 1, 3UL);
             },
             fail},
        });
}

TEST(Follows, AsksOnlyForTheKeysOfItsStream) {
    World w;
    w.test.scope = HitScope::workload;
    w.ticked(10, 1, 2UL, 7UL).ticked(20, 1, 1UL, 8UL).ticked(30, 1, 3UL, 8UL);
    sema::ExpectFollows expect = life(w);
    expect.subject = ticks(w, 1);
    EXPECT_EQ(w.judge(expect).verdict, pass);
    expect.subject = ticks(w, 2);
    EXPECT_EQ(w.judge(expect).verdict, fail);
    expect.subject = ticks(w, 5);
    EXPECT_THAT(w.judge(expect).reason, HasSubstr("never exercised"));
}

TEST(Follows, OrdersAcrossCpus) {
    check_follows(
        HitScope::workload,
        {
            {"far enough",
             [](World& w) { w.ticked(10'000, 1, 1UL).ticked(11'000, 2, 3UL, 0UL, 1); }, pass},
            {"too close", [](World& w) { w.ticked(10'000, 1, 1UL).ticked(10'999, 2, 3UL, 0UL, 1); },
             inconclusive},
            {"too close, and it does not matter",
             [](World& w) {
                 w.ticked(10'000, 1, 1UL).ticked(20'000, 1, 2UL).ticked(20'100, 2, 2UL, 0UL, 1);
                 w.ticked(30'000, 1, 3UL);
             },
             pass},
            {"too close, and broken in every order",
             [](World& w) { w.ticked(10'000, 1, 2UL).ticked(10'100, 2, 3UL, 0UL, 1); }, fail},
            {"one thread on two cpus",
             [](World& w) { w.ticked(10'000, 1, 1UL).ticked(10'100, 1, 3UL, 0UL, 1); }, pass},
        });
}

TEST(Follows, GivesUpOnTooManyOrders) {
    World w;
    w.test.scope = HitScope::workload;
    w.ticked(1'000, 1, 1UL);
    for (std::uint32_t i = 0; i < 70; ++i)
        w.ticked(10'000 + i, 2 + i, 2UL, 0UL, i);
    w.ticked(90'000, 1, 3UL);
    EXPECT_EQ(w.judge(life(w)).verdict, inconclusive);
}

TEST(Follows, UnderLoss) {
    const auto lost = [](std::vector<std::uint64_t> all, std::uint64_t begin, std::uint64_t end) {
        return [=](World& w) {
            values(all)(w);
            w.lost(1, World::tick_probe, begin, end);
        };
    };
    check_follows(HitScope::workload,
                  {
                      {"nothing wrong", lost({1, 3}, 15'000, 15'000), inconclusive},
                      {"broken, lost before", lost({2, 3}, 5'000, 5'000), inconclusive},
                      {"bad however it came to it", lost({2}, 5'000, 5'000), fail},
                      {"broken, lost after", lost({2}, 15'000, 15'000), fail},
                      {"broken whatever was lost", lost({1, 3, 3}, 15'000, 15'000), fail},
                      {"lost between", lost({1, 3, 3}, 25'000, 25'000), inconclusive},
                      {"left, lost before it began", lost({1, 3, 1}, 15'000, 15'000), fail},
                      {"left, lost after", lost({1}, 15'000, 15'000), inconclusive},
                      {"cut short",
                       [](World& w) {
                           w.ticked(10'000, 1, 1UL);
                           w.trace.cut_short = "by a signal";
                       },
                       inconclusive},
                  });
}

TEST(Follows, DoesNotKnowWhereKeysOfASystemBegan) {
    World orphan;
    orphan.ticked(10, 1, 2UL, 7UL).ticked(20, 1, 1UL, 8UL).ticked(30, 1, 3UL, 8UL);
    const Finding finding = orphan.judge(life(orphan));
    EXPECT_EQ(finding.verdict, pass);
    EXPECT_THAT(finding.remarks.at(0), HasSubstr("life: 1 key was not at its start"));
    check_follows(HitScope::system,
                  {
                      {"broken from wherever", values({3, 3}), fail},
                      {"broken once it is known", values({2, 1}), fail},
                      {"left open", values({1}), fail},
                      {"left open, an orphan that came back", values({3, 1}), fail},
                      {"left open, what came before it was lost",
                       [](World& w) {
                           values({1})(w);
                           w.lost(1, World::tick_probe, 5'000, 5'000);
                       },
                       inconclusive},
                      {"asked for and not a step", values({9}), inconclusive},
                  });
}

TEST(Follows, ShowsTheStateThatDoesNotTakeAHit) {
    World w;
    w.test.scope = HitScope::workload;
    w.ticked(10, 1, 1UL).ticked(20, 1, 3UL).ticked(30, 1, 2UL);
    const Finding breach = w.judge(life(w));
    EXPECT_EQ(breach.reason, "1 of 1 key not as life allows");
    EXPECT_EQ(breach.key, "id 0");
    EXPECT_THAT(breach.evidence.at(0).hits, ElementsAre(1, 2));
    EXPECT_EQ(breach.evidence.at(0).note, "id 0: tick 2 in state closed, which takes tick 1");
    World left;
    left.test.scope = HitScope::workload;
    left.ticked(10, 1, 1UL);
    const Finding end = left.judge(life(left));
    EXPECT_THAT(end.evidence.at(0).hits, ElementsAre(0));
    EXPECT_EQ(end.evidence.at(0).note, "id 0: in state open at the end");
    EXPECT_THAT(end.remarks, IsEmpty());
}

TEST(Follows, HasRoomForSoManyKeys) {
    for (const std::size_t keys : {max_open_keys, max_open_keys + 1}) {
        World w;
        w.test.scope = HitScope::workload;
        for (std::uint64_t key = 0; key < keys; ++key)
            w.ticked(key, 1, 1UL, key);
        for (std::uint64_t key = 0; key < keys; ++key)
            w.ticked(200'000 + key, 1, 3UL, key);
        const Finding finding = w.judge(life(w));
        EXPECT_EQ(finding.verdict, keys > max_open_keys ? inconclusive : pass);
        EXPECT_EQ(finding.reason, keys > max_open_keys ? "more than 65536 keys were open" : "");
    }
    World again;
    again.test.scope = HitScope::workload;
    for (std::uint64_t key = 0; key < 2 * max_open_keys; ++key)
        again.ticked(10'000 * key, 1, 1UL, key).ticked(10'000 * key + 5, 1, 3UL, key);
    EXPECT_EQ(again.judge(life(again)).verdict, pass) << "those at their start make room";
}

} // namespace
} // namespace kps::judge
