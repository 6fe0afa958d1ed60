#include "world.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using sema::CompareOp;
using sema::Comparison;
using testing::ElementsAre;
using testing::HasSubstr;

/// One trace, and what comes of it without loss, with one hit lost, and with any number lost.
struct LossCase {
    const char* what;
    std::function<void(World&)> trace;
    Verdict none, one, any;
};

template <class Form>
void check_losses(const std::vector<LossCase>& cases, Form make) {
    for (const LossCase& c : cases) {
        World none;
        c.trace(none);
        EXPECT_EQ(none.judge(make(none)).verdict, c.none) << c.what;
        World one;
        c.trace(one);
        EXPECT_EQ(one.lost(1).judge(make(one)).verdict, c.one) << c.what << ", 1 lost";
        World any;
        c.trace(any);
        EXPECT_EQ(any.lost(UINT64_MAX).judge(make(any)).verdict, c.any) << c.what << ", any lost";
    }
}

void nothing(World&) {}
void two_ticks(World& w) {
    w.ticked(10, 1, 3UL).ticked(20, 1, 4UL);
}
void unreadable_tick(World& w) {
    w.ticked(10, 1, hits::Unreadable{});
}

TEST(Some, Table) {
    check_losses({{"seen", two_ticks, pass, pass, pass},
                  {"not seen", nothing, fail, inconclusive, inconclusive}},
                 [](World& w) { return sema::ExpectExists{true, w.use(w.tick)}; });
    check_losses(
        {{"one belongs", two_ticks, pass, pass, pass},
         {"none belongs", [](World& w) { w.ticked(10, 1, 5UL); }, fail, inconclusive, inconclusive},
         {"one may belong", unreadable_tick, inconclusive, inconclusive, inconclusive}},
        [](World& w) {
            return sema::ExpectExists{
                true, w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::less, 4)})};
        });
}

TEST(No, Table) {
    check_losses({{"seen", two_ticks, fail, fail, fail},
                  {"not seen", nothing, pass, inconclusive, inconclusive}},
                 [](World& w) { return sema::ExpectExists{false, w.use(w.tick)}; });
    check_losses({{"none belongs", two_ticks, pass, inconclusive, inconclusive},
                  {"one may belong", unreadable_tick, inconclusive, inconclusive, inconclusive}},
                 [](World& w) {
                     return sema::ExpectExists{
                         false, w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::less, 3)})};
                 });
}

TEST(No, LossOfOtherProbesDoesNotMatter) {
    World w;
    w.lost(5, World::enter_probe);
    EXPECT_EQ(w.judge(sema::ExpectExists{false, w.use(w.tick)}).verdict, pass);
    EXPECT_EQ(w.judge(sema::ExpectExists{false, w.use(w.open)}).verdict, inconclusive);
}

TEST(Count, Table) {
    const auto count = [](Comparison comparison) {
        return [=](World& w) { return sema::ExpectCount{w.use(w.tick), comparison, {}}; };
    };
    const auto ticks = [](int number) {
        return [=](World& w) {
            for (int i = 0; i < number; ++i)
                w.ticked(10, 1, 3UL);
        };
    };
    check_losses({{"enough", ticks(3), pass, pass, pass},
                  {"one short", ticks(2), fail, inconclusive, inconclusive},
                  {"two short", ticks(1), fail, fail, inconclusive}},
                 count({CompareOp::greater_equal, 3}));
    check_losses({{"too many", ticks(4), fail, fail, fail},
                  {"as many as may be", ticks(3), pass, inconclusive, inconclusive},
                  {"one less", ticks(2), pass, pass, inconclusive}},
                 count({CompareOp::less_equal, 3}));
    check_losses({{"exact", ticks(3), pass, inconclusive, inconclusive},
                  {"too many", ticks(4), fail, fail, fail},
                  {"one short", ticks(2), fail, inconclusive, inconclusive},
                  {"two short", ticks(1), fail, fail, inconclusive}},
                 count({CompareOp::equal, 3}));
    check_losses({{"unequal above", ticks(4), pass, pass, pass},
                  {"equal", ticks(3), fail, inconclusive, inconclusive},
                  {"unequal below", ticks(1), pass, pass, inconclusive}},
                 count({CompareOp::not_equal, 3}));
    check_losses({{"in", ticks(2), pass, pass, inconclusive},
                  {"in at the end", ticks(3), pass, inconclusive, inconclusive},
                  {"below", ticks(0), fail, fail, inconclusive},
                  {"above", ticks(4), fail, fail, fail}},
                 count({CompareOp::in, 2, 3}));
    check_losses({{"none is none", nothing, pass, inconclusive, inconclusive}},
                 count({CompareOp::equal, 0}));
    check_losses({{"never below zero", nothing, pass, pass, pass}},
                 count({CompareOp::greater_equal, 0}));
}

TEST(Count, AMemberInDoubtMakesARange) {
    World w;
    w.ticked(10, 1, 1UL).ticked(20, 1, hits::Unreadable{});
    const auto ones = w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 1)});
    const Finding equal = w.judge(sema::ExpectCount{ones, {CompareOp::equal, 1}, {}});
    EXPECT_EQ(equal.verdict, inconclusive);
    EXPECT_EQ(equal.seen, "1 to 2");
    EXPECT_THAT(equal.reason, HasSubstr("value could not be read"));
    EXPECT_EQ(w.judge(sema::ExpectCount{ones, {CompareOp::less, 3}, {}}).verdict, pass);
    EXPECT_EQ(w.judge(sema::ExpectCount{ones, {CompareOp::greater, 2}, {}}).verdict, fail);
}

TEST(Count, ByKeyTable) {
    const auto by_id = [](Comparison comparison) {
        return [=](World& w) {
            return sema::ExpectCount{w.use(w.tick), comparison, {w.field(w.tick, "id")}};
        };
    };
    const auto one_and_two = [](World& w) {
        w.ticked(10, 1, 0UL, 7UL).ticked(20, 1, 0UL, 8UL).ticked(30, 1, 0UL, 8UL);
    };
    const auto keyless = [](World& w) { w.ticked(10, 1, 0UL, hits::Unreadable{}); };
    check_losses({{"each at most two", one_and_two, pass, inconclusive, inconclusive},
                  {"none is not too many", nothing, pass, pass, inconclusive},
                  {"one hit of an unknown key", keyless, pass, pass, inconclusive}},
                 by_id({CompareOp::less_equal, 2}));
    check_losses({{"one key fails", one_and_two, fail, fail, fail}},
                 by_id({CompareOp::less_equal, 1}));
    check_losses({{"one key has too few", one_and_two, fail, inconclusive, inconclusive}},
                 by_id({CompareOp::equal, 2}));
    check_losses({{"never exercised", nothing, fail, inconclusive, inconclusive},
                  {"any number", one_and_two, pass, pass, pass}},
                 by_id({CompareOp::greater_equal, 1}));
}

TEST(Count, NamesTheFailingKeyAndItsHits) {
    World w;
    w.ticked(10, 1, 0UL, 7UL).ticked(20, 1, 0UL, 8UL).ticked(30, 1, 0UL, 8UL);
    const Finding finding = w.judge(sema::ExpectCount{
        w.use(w.tick), {CompareOp::equal, 1}, {w.field(w.tick, "tid"), w.field(w.tick, "id")}});
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.key, "tid 1, id 8");
    EXPECT_EQ(finding.seen, "2");
    EXPECT_EQ(finding.expected, "== 1");
    ASSERT_EQ(finding.evidence.size(), 2U);
    EXPECT_THAT(finding.evidence[1].hits, ElementsAre(2));
}

TEST(Every, Table) {
    const auto below_four = [](bool if_any) {
        return [=](World& w) {
            return sema::ExpectEvery{w.use(w.tick), if_any,
                                     w.compare(w.tick, "value", BinaryOp::less, 4)};
        };
    };
    const auto holds = [](World& w) { w.ticked(10, 1, 3UL).ticked(20, 1, bits(-3)); };
    check_losses({{"violated", two_ticks, fail, fail, fail},
                  {"holds", holds, pass, inconclusive, inconclusive},
                  {"unreadable", unreadable_tick, inconclusive, inconclusive, inconclusive},
                  {"never exercised", nothing, fail, inconclusive, inconclusive}},
                 below_four(false));
    check_losses({{"violated", two_ticks, fail, fail, fail},
                  {"holds", holds, pass, inconclusive, inconclusive},
                  {"nothing to hold for", nothing, pass, inconclusive, inconclusive}},
                 below_four(true));
}

TEST(Every, AnUnreadableFieldIsNamed) {
    World w;
    unreadable_tick(w);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.tick), false, w.compare(w.tick, "value", BinaryOp::less, 4)});
    EXPECT_EQ(finding.reason, "value could not be read");
    ASSERT_EQ(finding.evidence.size(), 1U);
    EXPECT_THAT(finding.evidence[0].decisive, ElementsAre("value"));
}

TEST(Every, AViolationIsAViolationWhateverElseIsUnreadable) {
    World w;
    w.ticked(5, 1, hits::Unreadable{}).ticked(10, 1, 9UL);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.tick), false, w.compare(w.tick, "value", BinaryOp::less, 4)});
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.seen, "9");
    EXPECT_EQ(finding.expected, "< 4");
    ASSERT_EQ(finding.evidence.size(), 1U);
    EXPECT_EQ(finding.evidence[0].note, "value is 9, not < 4");
}

TEST(Every, ConstantsPrintAsTheFieldDoes) {
    World w;
    w.entered(10, 1).returned(20, 1, -13);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.open), false, w.compare(w.open, "ret", BinaryOp::equal, -2)});
    EXPECT_EQ(finding.evidence.at(0).note, "ret is -EACCES, not -ENOENT");
    EXPECT_THAT(finding.evidence.at(0).hits, ElementsAre(0, 1));
    EXPECT_THAT(finding.evidence.at(0).decisive, ElementsAre("ret"));
    EXPECT_EQ(finding.seen, "-EACCES");
    EXPECT_EQ(finding.expected, "== -ENOENT");
}

TEST(Every, ADurationIsToldApartFromItsBound) {
    World w;
    w.entered(0, 1).returned(5'000'001, 1, 0);
    const Finding finding = w.judge(sema::ExpectEvery{
        w.use(w.open), false, w.compare(w.open, "duration", BinaryOp::less_equal, 5'000'000)});
    EXPECT_EQ(finding.evidence.at(0).note, "duration is 5.000001 ms, not <= 5 ms");
}

TEST(Every, OfAConjunctionWhatFailsIsTold) {
    World w;
    w.ticked(10, 1, 9UL, 4UL);
    const auto both = w.spec.exprs.add(
        {sema::Binary{BinaryOp::logical_and, w.compare(w.tick, "value", BinaryOp::equal, 9),
                      w.compare(w.tick, "id", BinaryOp::greater, 4)},
         {},
         {}});
    EXPECT_EQ(w.judge(sema::ExpectEvery{w.use(w.tick), false, both}).evidence.at(0).note,
              "id is 4, not > 4");
    const auto either = w.spec.exprs.add(
        {sema::Binary{BinaryOp::logical_or, w.compare(w.tick, "value", BinaryOp::equal, 8),
                      w.compare(w.tick, "id", BinaryOp::greater, 4)},
         {},
         {}});
    EXPECT_EQ(w.judge(sema::ExpectEvery{w.use(w.tick), false, either}).evidence.at(0).note,
              "value is 9, id is 4");
}

TEST(Every, EvidenceIsLimitedAndTheRestCounted) {
    World w;
    for (unsigned i = 0; i < 12; ++i)
        w.ticked(10 + i, 1, 9UL);
    const Finding finding = w.judge(
        sema::ExpectEvery{w.use(w.tick), false, w.compare(w.tick, "value", BinaryOp::less, 4)});
    EXPECT_EQ(finding.evidence.size(), max_evidence);
    EXPECT_EQ(finding.more_evidence, 12 - max_evidence);
    EXPECT_EQ(finding.reason, "violated by 12 of 12 hits");
}

} // namespace
} // namespace kps::judge
