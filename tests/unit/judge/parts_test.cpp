#include "world.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using sema::CompareOp;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = sema::Scope::Kind;

sema::StreamUse ticks_of(World& w, std::int64_t value) {
    return w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, value)});
}

/// From ticks of value 1, to those of value 2.
Finding judged_in_part(World& w, decltype(sema::Expectation::node) form, Kind kind) {
    sema::Scope scope{kind, ticks_of(w, kind == Kind::before ? 2 : 1), std::nullopt};
    if (kind == Kind::between || kind == Kind::after_until) scope.second = ticks_of(w, 2);
    w.test.expectations = {{std::move(form), "expect it", {}, std::nullopt, scope}};
    return w.run().findings.back();
}

World& tick_at(World& w, const std::vector<std::pair<std::uint64_t, std::int64_t>>& ticks) {
    for (const auto& [time, value] : ticks)
        w.ticked(time, 1, bits(value));
    return w;
}

struct PartCase {
    const char* what;
    Kind kind;
    std::function<void(World&)> trace;
    Verdict no_three; ///< of `no` ticks of value 3
};

TEST(Parts, LimitWhatCounts) {
    const auto tick = World::tick_probe;
    const PartCase cases[] = {
        {"before it", Kind::after, [](World& w) { tick_at(w, {{10, 3}, {20, 1}}); }, pass},
        {"after it", Kind::after, [](World& w) { tick_at(w, {{20, 1}, {30, 3}}); }, fail},
        {"after the first of two", Kind::after,
         [](World& w) { tick_at(w, {{20, 1}, {30, 3}, {40, 1}}); }, fail},
        {"it never comes", Kind::after, [](World& w) { tick_at(w, {{10, 4}}); }, fail},
        {"before the end", Kind::before, [](World& w) { tick_at(w, {{10, 3}, {20, 2}}); }, fail},
        {"behind the end", Kind::before, [](World& w) { tick_at(w, {{20, 2}, {30, 3}}); }, pass},
        {"between", Kind::between, [](World& w) { tick_at(w, {{10, 1}, {15, 3}, {20, 2}}); }, fail},
        {"outside", Kind::between,
         [](World& w) { tick_at(w, {{5, 3}, {10, 1}, {20, 2}, {25, 3}, {30, 2}}); }, pass},
        {"in the second", Kind::between,
         [](World& w) { tick_at(w, {{10, 1}, {20, 2}, {30, 1}, {35, 3}, {40, 2}}); }, fail},
        {"between without an end", Kind::between,
         [](World& w) { tick_at(w, {{10, 1}, {20, 2}, {30, 1}, {35, 3}}); }, pass},
        {"after without an end", Kind::after_until,
         [](World& w) { tick_at(w, {{10, 1}, {20, 2}, {30, 1}, {35, 3}}); }, fail},
        {"lost before the part", Kind::before,
         [&](World& w) { tick_at(w, {{10'000, 2}}).lost(1, tick, 0, 500); }, inconclusive},
        {"lost behind the part", Kind::before,
         [&](World& w) { tick_at(w, {{10'000, 2}}).lost(1, tick, 11'001, 12'000); }, pass},
        {"one that may begin it", Kind::after,
         [](World& w) { w.ticked(10, 1, hits::Unreadable{}).ticked(20, 1, 1UL); }, inconclusive},
        {"too close to the beginning on another cpu", Kind::after,
         [](World& w) { w.ticked(10'000, 1, 1UL).ticked(10'500, 2, 3UL, 0UL, 1); }, inconclusive},
    };
    for (const PartCase& c : cases) {
        World w;
        c.trace(w);
        EXPECT_EQ(judged_in_part(w, sema::ExpectExists{false, ticks_of(w, 3)}, c.kind).verdict,
                  c.no_three)
            << c.what;
    }
}

TEST(Parts, AreJudgedOneByOne) {
    World w;
    tick_at(w, {{10, 1}, {15, 3}, {20, 2}, {30, 1}, {35, 3}, {36, 3}, {40, 2}});
    const sema::Comparison once{.op = CompareOp::equal, .value = 1};
    const Finding finding =
        judged_in_part(w, sema::ExpectCount{ticks_of(w, 3), once, {}}, Kind::between);
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_THAT(finding.reason, HasSubstr("in one of 2 parts"));
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(3, 6));
    EXPECT_EQ(finding.evidence.at(0).note, "between these");
}

TEST(Parts, GapsAreMeasuredFromTheBeginningOfThePart) {
    World w;
    tick_at(w, {{100'000, 1}, {105'000, 3}, {110'000, 2}});
    EXPECT_EQ(judged_in_part(w, sema::ExpectNoGap{ticks_of(w, 3), 5'000}, Kind::between).verdict,
              pass);
    EXPECT_EQ(judged_in_part(w, sema::ExpectNoGap{ticks_of(w, 3), 4'999}, Kind::between).verdict,
              fail);
}

TEST(Distinct, CountsDifferentValues) {
    struct Counted {
        const char* what;
        std::function<void(World&)> trace;
        CompareOp op;
        std::int64_t bound;
        Verdict verdict;
    };
    const auto ids = [](World& w, const std::vector<std::uint64_t>& all) -> World& {
        for (const std::uint64_t id : all)
            w.ticked(10, 1, 1UL, id);
        return w;
    };
    const Counted cases[] = {
        {"two", [&](World& w) { ids(w, {7, 8, 7}); }, CompareOp::equal, 2, pass},
        {"not three", [&](World& w) { ids(w, {7, 8, 7}); }, CompareOp::equal, 3, fail},
        {"one that could not be read",
         [&](World& w) { ids(w, {7}).ticked(20, 1, 1UL, hits::Unreadable{}); }, CompareOp::equal, 1,
         inconclusive},
        {"at least, something lost", [&](World& w) { ids(w, {7, 8}).lost(1); },
         CompareOp::greater_equal, 2, pass},
        {"at most, something lost", [&](World& w) { ids(w, {7, 8}).lost(1); },
         CompareOp::less_equal, 2, inconclusive},
        {"at most, with room for what was lost", [&](World& w) { ids(w, {7, 8}).lost(1); },
         CompareOp::less_equal, 3, pass},
        {"too many, something lost", [&](World& w) { ids(w, {7, 8}).lost(1); }, CompareOp::less, 2,
         fail},
        {"never exercised", [](World&) {}, CompareOp::less, 2, fail},
    };
    for (const Counted& c : cases) {
        World w;
        c.trace(w);
        const sema::ExpectDistinct expect{
            w.use(w.tick), w.field(w.tick, "id"), {.op = c.op, .value = c.bound}, {}};
        EXPECT_EQ(w.judge(expect).verdict, c.verdict) << c.what;
    }
}

TEST(Distinct, NamesTheKey) {
    World w;
    w.ticked(10, 1, 1UL, 7UL).ticked(20, 2, 1UL, 7UL).ticked(30, 2, 1UL, 8UL);
    const Finding finding = w.judge(sema::ExpectDistinct{w.use(w.tick),
                                                         w.field(w.tick, "id"),
                                                         {.op = CompareOp::equal, .value = 1},
                                                         {w.field(w.tick, "tid")}});
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.reason, "2 different values of id for tid 2");
    EXPECT_EQ(finding.seen, "2");
}

} // namespace
} // namespace kps::judge
