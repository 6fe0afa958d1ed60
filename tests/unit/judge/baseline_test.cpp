#include "world.hpp"

#include "runtime/judge/baseline.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::CompareOp;
using testing::ElementsAre;
using testing::IsEmpty;

sema::Comparison against_baseline(CompareOp op, double factor) {
    sema::Comparison comparison;
    comparison.op = op;
    comparison.of_baseline = factor;
    return comparison;
}

sema::ExpectAggregate max_of_ticks(const World& w) {
    return {sema::Aggregate::max,
            w.use(w.tick),
            w.field(w.tick, "value"),
            against_baseline(CompareOp::less_equal, 1.2),
            {}};
}

void expect_measured(const Finding& finding, double low, double high) {
    ASSERT_TRUE(finding.measured);
    EXPECT_EQ(finding.measured->low, low);
    EXPECT_EQ(finding.measured->high, high);
}

TEST(Baseline, OneRunHasNone) {
    World w;
    w.ticked(10, 1, 5UL).ticked(20, 1, 7UL);
    const Finding finding = w.judge(max_of_ticks(w));
    EXPECT_EQ(finding.verdict, Verdict::skip);
    EXPECT_EQ(finding.reason, "baseline: only a gate run has one");
    EXPECT_EQ(finding.seen, "7");
    EXPECT_EQ(finding.expected, "<= 1.2 * baseline");
    EXPECT_THAT(finding.evidence, IsEmpty());
    expect_measured(finding, 7, 7);
    ASSERT_TRUE(finding.against_baseline);
    EXPECT_EQ(finding.against_baseline->of_baseline, 1.2);
}

TEST(Baseline, WhatWasNotMeasuredSaysWhy) {
    World w;
    Finding finding = w.judge(max_of_ticks(w));
    EXPECT_EQ(finding.verdict, Verdict::skip);
    EXPECT_FALSE(finding.measured);
    EXPECT_THAT(finding.remarks, ElementsAre("never exercised: no hit of `tick`"));
    w.ticked(10, 1, 5UL);
    sema::ExpectAggregate median = max_of_ticks(w);
    median.function = sema::Aggregate::p50;
    finding = w.judge(median);
    EXPECT_FALSE(finding.measured);
    EXPECT_THAT(finding.remarks, ElementsAre("1 value seen, p50 needs 2"));
}

TEST(Baseline, OtherExpectationsDecideTheTest) {
    World w;
    w.ticked(10, 1, 5UL);
    const sema::Expectation compared{max_of_ticks(w), "expect it", {}, std::nullopt};
    const auto some = [&](sema::StreamId stream) {
        return sema::Expectation{sema::ExpectExists{true, w.use(stream)}, "some", {}, {}};
    };
    w.test.runs = {{"true", "", 0, std::nullopt, {}}};
    w.trace.runs = {{"true", 0, 0, false, 5, ""}};
    w.test.expectations = {compared, some(w.tick)};
    EXPECT_EQ(w.run().verdict, Verdict::pass);
    w.test.expectations = {compared, some(w.enter)};
    EXPECT_EQ(w.run().verdict, Verdict::fail);
    w.test.expectations = {compared, compared};
    EXPECT_EQ(w.run().verdict, Verdict::skip);
    EXPECT_EQ(w.run().reason, "baseline: only a gate run has one");
    w.test.expectations[0].known_failure = "slow";
    EXPECT_EQ(w.run().verdict, Verdict::skip);
    w.trace.runs[0].exit_status = 1;
    EXPECT_EQ(w.run().verdict, Verdict::fail);
    w.test.expectations.clear();
    w.trace.runs[0].exit_status = 0;
    EXPECT_EQ(w.run().verdict, Verdict::pass);
}

TEST(Measured, IsARangeUnderLoss) {
    World w;
    w.ticked(10, 1, 5UL).ticked(20, 1, 7UL).ticked(30, 1, 7UL);
    const sema::Comparison any{CompareOp::greater_equal, 0};
    const auto count = [&] { return w.judge(sema::ExpectCount{w.use(w.tick), any, {}}); };
    const auto distinct = [&] {
        return w.judge(sema::ExpectDistinct{w.use(w.tick), w.field(w.tick, "value"), any, {}});
    };
    const auto max = [&] { return w.judge(max_of_ticks(w)); };
    expect_measured(count(), 3, 3);
    expect_measured(distinct(), 2, 2);
    expect_measured(max(), 7, 7);
    w.lost(2);
    expect_measured(count(), 3, 5);
    expect_measured(distinct(), 2, 4);
    expect_measured(max(), 7, INT32_MAX);
    const auto by_id = std::vector{w.field(w.tick, "id")};
    EXPECT_FALSE(w.judge(sema::ExpectCount{w.use(w.tick), any, by_id}).measured);
}

TEST(Baseline, IsComparedByWhatBothMayBe) {
    constexpr Truth yes = Truth::yes;
    constexpr Truth no = Truth::no;
    constexpr Truth unknown = Truth::unknown;
    struct Case {
        CompareOp op;
        double factor;
        Measured now, old;
        Truth truth;
    };
    const Case cases[] = {
        {CompareOp::less_equal, 1.5, {15, 15}, {10, 10}, yes},
        {CompareOp::less_equal, 1.5, {16, 16}, {10, 10}, no},
        {CompareOp::less_equal, 1.5, {14, 16}, {10, 10}, unknown},
        {CompareOp::less_equal, 1.5, {16, 16}, {10, 20}, unknown},
        {CompareOp::less, 1, {10, 10}, {10, 10}, no},
        {CompareOp::less, 1, {9, 9}, {10, 11}, yes},
        {CompareOp::less, 1, {9, 10}, {10, 10}, unknown},
        {CompareOp::greater, 2, {21, 30}, {10, 10}, yes},
        {CompareOp::greater, 2, {20, 20}, {10, 10}, no},
        {CompareOp::greater_equal, 2, {20, 20}, {10, 10}, yes},
        {CompareOp::greater_equal, 2, {19, 19}, {10, 10}, no},
        {CompareOp::equal, 1, {3, 3}, {3, 3}, yes},
        {CompareOp::equal, 1, {3, 4}, {3, 3}, unknown},
        {CompareOp::equal, 1, {4, 5}, {3, 3}, no},
        {CompareOp::not_equal, 1, {3, 3}, {3, 3}, no},
        {CompareOp::not_equal, 1, {4, 5}, {3, 3}, yes},
        {CompareOp::not_equal, 1, {3, 5}, {3, 3}, unknown},
    };
    for (const Case& c : cases)
        EXPECT_EQ(holds_against(against_baseline(c.op, c.factor), c.now, c.old), c.truth)
            << static_cast<int>(c.op) << ' ' << c.now.low << ".." << c.now.high << " against "
            << c.old.low << ".." << c.old.high;
}

} // namespace
} // namespace kps::judge
