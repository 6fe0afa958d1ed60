#include "world.hpp"

#include <cmath>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::Aggregate;
using sema::CompareOp;
using testing::ElementsAre;

/// Values of ticks, and what comes of them without loss, with one lost and with any number lost.
struct AggregateCase {
    const char* what;
    std::vector<hits::Value> values;
    Verdict none, one, any;
};

void check_aggregate(const std::vector<AggregateCase>& cases, Aggregate function, CompareOp op,
                     std::int64_t bound, const char* field = "value") {
    const auto verdict = [&](const AggregateCase& c, std::uint64_t lost) {
        World w;
        for (const hits::Value& value : c.values)
            w.ticked(10, 1, value, value);
        w.lost(lost);
        return w
            .judge(sema::ExpectAggregate{
                function, w.use(w.tick), w.field(w.tick, field), {op, bound}, {}})
            .verdict;
    };
    for (const AggregateCase& c : cases) {
        EXPECT_EQ(verdict(c, 0), c.none) << c.what;
        EXPECT_EQ(verdict(c, 1), c.one) << c.what << ", 1 lost";
        EXPECT_EQ(verdict(c, UINT64_MAX), c.any) << c.what << ", any lost";
    }
}

std::vector<hits::Value> count_to(std::uint64_t last) {
    std::vector<hits::Value> values;
    for (std::uint64_t i = 1; i <= last; ++i)
        values.emplace_back(i);
    return values;
}

TEST(Aggregates, MinAndMax) {
    check_aggregate({{"holds", {3UL, 5UL}, pass, inconclusive, inconclusive},
                     {"violated", {2UL, 5UL}, fail, fail, fail},
                     {"unreadable", {hits::Unreadable{}}, inconclusive, inconclusive, inconclusive},
                     {"never exercised", {}, fail, inconclusive, inconclusive}},
                    Aggregate::min, CompareOp::greater_equal, 3);
    check_aggregate({{"low enough", {3UL, 5UL}, pass, pass, pass},
                     {"not low enough", {4UL, 5UL}, fail, inconclusive, inconclusive}},
                    Aggregate::min, CompareOp::less_equal, 3);
    check_aggregate(
        {{"holds", {3UL, 5UL}, pass, inconclusive, inconclusive},
         {"violated", {3UL, 6UL}, fail, fail, fail},
         {"one unreadable", {3UL, hits::Unreadable{}}, inconclusive, inconclusive, inconclusive}},
        Aggregate::max, CompareOp::less_equal, 5);
    check_aggregate({{"no u64 is below 0", {3UL}, pass, pass, pass}}, Aggregate::min,
                    CompareOp::greater_equal, 0, "id");
}

TEST(Aggregates, SumAndMean) {
    check_aggregate(
        {{"reached", {3UL, 5UL}, pass, pass, pass},
         {"not reached", {3UL, 4UL}, fail, inconclusive, inconclusive},
         {"unreadable only", {hits::Unreadable{}}, inconclusive, inconclusive, inconclusive}},
        Aggregate::sum, CompareOp::greater_equal, 8, "id");
    check_aggregate({{"negative values may be lost", {3UL, 5UL}, pass, inconclusive, inconclusive}},
                    Aggregate::sum, CompareOp::greater_equal, 8);
    check_aggregate({{"below", {3UL, 4UL}, pass, inconclusive, inconclusive},
                     {"not below", {4UL, 4UL}, fail, inconclusive, inconclusive}},
                    Aggregate::mean, CompareOp::less, 4);
    check_aggregate({{"a fraction is not rounded", {3UL, 4UL}, fail, inconclusive, inconclusive}},
                    Aggregate::mean, CompareOp::equal, 3);
    check_aggregate({{"sums do not wrap", {UINT64_MAX, UINT64_MAX}, pass, pass, pass}},
                    Aggregate::sum, CompareOp::greater, INT64_MAX, "id");
}

TEST(Aggregates, QuantilesByNearestRank) {
    check_aggregate({{"p99 of 1..100 is 99", count_to(100), pass, inconclusive, inconclusive},
                     {"99 are too few", count_to(99), inconclusive, inconclusive, inconclusive}},
                    Aggregate::p99, CompareOp::equal, 99);
    check_aggregate({{"p90 of 1..100 is 90", count_to(100), pass, inconclusive, inconclusive},
                     {"9 are too few", count_to(9), inconclusive, inconclusive, inconclusive}},
                    Aggregate::p90, CompareOp::equal, 90);
    check_aggregate({{"p50 of 1..99 is 50", count_to(99), pass, inconclusive, inconclusive},
                     {"1 is too few", {50UL}, inconclusive, inconclusive, inconclusive}},
                    Aggregate::p50, CompareOp::equal, 50);
    check_aggregate({{"p99.9 of 1..1000 is 999", count_to(1000), pass, inconclusive, inconclusive},
                     {"999 are too few", count_to(999), inconclusive, inconclusive, inconclusive}},
                    Aggregate::p99_9, CompareOp::equal, 999);
}

TEST(Aggregates, QuantilesUnderLoss) {
    // Of 101 values 10 may lie above the 90th percentile.
    check_aggregate({{"9 above: room for one more", count_to(100), pass, pass, inconclusive}},
                    Aggregate::p90, CompareOp::less_equal, 91);
    check_aggregate({{"11 above", count_to(100), fail, fail, inconclusive}}, Aggregate::p90,
                    CompareOp::less_equal, 89);
    check_aggregate({{"10 above: no room", count_to(100), pass, inconclusive, inconclusive}},
                    Aggregate::p90, CompareOp::less_equal, 90);
}

TEST(Aggregates, DeviationsAreExact) {
    const std::vector<hits::Value> three = {1UL, 5UL, 1UL, 5UL};
    check_aggregate({{"a whole root", three, pass, inconclusive, inconclusive},
                     {"one value has none", {1UL}, inconclusive, inconclusive, inconclusive},
                     {"never exercised", {}, fail, inconclusive, inconclusive}},
                    Aggregate::stddev, CompareOp::equal, 2);
    // The root of 27/16; with one more at the mean that of 27/20.
    check_aggregate({{"no whole root", {1UL, 1UL, 4UL, bits(1)}, pass, inconclusive, inconclusive}},
                    Aggregate::stddev, CompareOp::less, 2);
    check_aggregate({{"above one", {1UL, 1UL, 4UL, bits(1)}, pass, pass, inconclusive}},
                    Aggregate::stddev, CompareOp::greater, 1);
    // The root of 10^12 + 1/2 is less than a millionth above 10^6.
    const std::vector<hits::Value> close = {0UL, 2UL, 2'000'001UL, 2'000'001UL};
    check_aggregate({{"not quite", close, pass, inconclusive, inconclusive}}, Aggregate::stddev,
                    CompareOp::greater, 1'000'000);
    check_aggregate({{"values may lie anywhere", {0UL, 0UL}, pass, inconclusive, inconclusive}},
                    Aggregate::stddev, CompareOp::equal, 0);
    // With one more at the mean, 10 becomes 8.16...
    check_aggregate({{"too far apart whatever was lost", {0UL, 20UL}, fail, fail, inconclusive},
                     {"negative", {bits(-10), bits(10)}, fail, fail, inconclusive}},
                    Aggregate::stddev, CompareOp::less, 8);
    check_aggregate({{"mended by one more", {0UL, 20UL}, fail, inconclusive, inconclusive}},
                    Aggregate::stddev, CompareOp::less, 9);
    check_aggregate({{"far apart enough", {0UL, 20UL}, pass, pass, inconclusive}},
                    Aggregate::stddev, CompareOp::greater, 8);
    check_aggregate({{"of the largest", {0UL, UINT64_MAX}, pass, inconclusive, inconclusive}},
                    Aggregate::stddev, CompareOp::greater, INT64_MAX, "id");
}

TEST(Aggregates, ADeviationIsToldToAMillionth) {
    World w;
    w.ticked(10, 1, 1UL).ticked(20, 1, 1UL).ticked(30, 1, 4UL);
    const Finding finding = w.judge(sema::ExpectAggregate{
        Aggregate::stddev, w.use(w.tick), w.field(w.tick, "value"), {CompareOp::greater, 1}, {}});
    EXPECT_EQ(finding.seen, "1.414");
    ASSERT_TRUE(finding.measured);
    EXPECT_NEAR(finding.measured->low, std::sqrt(2.0), 1e-6);
}

TEST(Aggregates, ByKey) {
    World w;
    w.ticked(10, 1, 5UL, 7UL).ticked(20, 1, 9UL, 8UL).ticked(30, 1, 1UL, 8UL);
    const Finding finding = w.judge(sema::ExpectAggregate{Aggregate::max,
                                                          w.use(w.tick),
                                                          w.field(w.tick, "value"),
                                                          {CompareOp::less, 9},
                                                          {w.field(w.tick, "id")}});
    EXPECT_EQ(finding.verdict, fail);
    EXPECT_EQ(finding.key, "id 8");
    EXPECT_EQ(finding.seen, "9");
    EXPECT_EQ(finding.expected, "< 9");
    EXPECT_EQ(finding.reason, "max of 2 values is 9 for id 8");
    ASSERT_EQ(finding.evidence.size(), 1U);
    EXPECT_THAT(finding.evidence[0].hits, ElementsAre(1));
}

TEST(Aggregates, ShownAsTheFieldIs) {
    World w;
    w.entered(0, 1).returned(6'200'000, 1, 0).entered(7'000'000, 1).returned(7'000'001, 1, 0);
    const Finding max = w.judge(sema::ExpectAggregate{Aggregate::max,
                                                      w.use(w.open),
                                                      w.field(w.open, "duration"),
                                                      {CompareOp::less, 5'000'000},
                                                      {}});
    EXPECT_EQ(max.seen, "6.2 ms");
    EXPECT_EQ(max.expected, "< 5 ms");
    EXPECT_EQ(max.evidence.at(0).note, "duration is 6.2 ms");
    World v;
    v.ticked(10, 1, 1UL).ticked(20, 1, 2UL);
    const Finding mean = v.judge(sema::ExpectAggregate{
        Aggregate::mean, v.use(v.tick), v.field(v.tick, "value"), {CompareOp::less, 9}, {}});
    EXPECT_EQ(mean.seen, "1.5");
}

TEST(Aggregates, TooFewValuesAreNamed) {
    World w;
    w.ticked(10, 1, 1UL);
    const Finding finding = w.judge(sema::ExpectAggregate{
        Aggregate::p99, w.use(w.tick), w.field(w.tick, "value"), {CompareOp::less, 9}, {}});
    EXPECT_EQ(finding.reason, "1 value seen, p99 needs 100");
}

} // namespace
} // namespace kps::judge
