#include "runtime/judge/quantiles.hpp"

#include "world.hpp"

#include <algorithm>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

std::uint64_t next(std::uint64_t& state) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return state;
}

Quantiles made_of(std::vector<Wide> values) {
    Quantiles quantiles;
    for (const Wide value : values)
        quantiles.add(value);
    quantiles.sort();
    return quantiles;
}

/// Of every size, negative ones too.
std::vector<Wide> some(std::size_t count) {
    std::vector<Wide> values;
    std::uint64_t state = 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t bits = next(state) >> (next(state) >> 58);
        values.push_back(next(state) >> 63 != 0 ? Wide{bits} : -Wide{bits >> 1});
    }
    return values;
}

TEST(Quantiles, AreExactUpToANumber) {
    std::vector<Wide> values = some(max_exact_values);
    const Quantiles quantiles = made_of(values);
    EXPECT_TRUE(quantiles.is_exact());
    std::ranges::sort(values);
    for (std::size_t rank = 1; rank <= values.size(); rank += 997) {
        const Range range = quantiles.at(rank);
        EXPECT_TRUE(range.low.numerator == values[rank - 1]);
        EXPECT_TRUE(range.high.numerator == values[rank - 1]);
    }
}

TEST(Quantiles, AreWithinAThousandthBeyond) {
    std::vector<Wide> values = some(max_exact_values + 1);
    for (const Wide edge : {Wide{UINT64_MAX}, Wide{INT64_MIN}, Wide{2047}, Wide{2048}, Wide{-2048}})
        values.push_back(edge);
    const Quantiles quantiles = made_of(values);
    EXPECT_FALSE(quantiles.is_exact());
    std::ranges::sort(values);
    for (std::size_t rank = 1; rank <= values.size(); rank += 71) {
        const auto [low, high] = quantiles.at(rank);
        const Wide value = values[rank - 1];
        ASSERT_TRUE(low.numerator <= value && value <= high.numerator) << rank;
        const Wide distance = std::min(low.numerator < 0 ? -low.numerator : low.numerator,
                                       high.numerator < 0 ? -high.numerator : high.numerator);
        ASSERT_TRUE((high.numerator - low.numerator) * 1000 <= distance) << rank;
        if (distance < 2048) {
            ASSERT_TRUE(low.numerator == high.numerator) << rank;
        }
    }
}

/// Of the values 0, 10, ... 999,990 the median is 499,990.
TEST(Quantiles, ABoundWithinTheErrorIsInconclusive) {
    World w;
    for (std::uint64_t i = 0; i < 100'000; ++i)
        w.ticked(10 + i, 1, 0UL, 10 * i);
    const auto judged = [&](sema::CompareOp op, std::int64_t bound) {
        return w.judge(sema::ExpectAggregate{
            sema::Aggregate::p50, w.use(w.tick), w.field(w.tick, "id"), {op, bound}, {}});
    };
    EXPECT_EQ(judged(sema::CompareOp::less, 500'500).verdict, Verdict::pass);
    EXPECT_EQ(judged(sema::CompareOp::greater, 499'500).verdict, Verdict::pass);
    const Finding broken = judged(sema::CompareOp::less, 499'500);
    EXPECT_EQ(broken.verdict, Verdict::fail);
    EXPECT_EQ(broken.reason, "p50 of 100000 values is 499968 to 500223");
    const Finding open = judged(sema::CompareOp::less, 499'990);
    EXPECT_EQ(open.verdict, Verdict::inconclusive);
    EXPECT_EQ(open.reason,
              "p50 of 100000 values is 499968 to 500223: that many are only counted by "
              "intervals");
    ASSERT_TRUE(open.measured);
    EXPECT_EQ(open.measured->low, 499'968);
    EXPECT_EQ(open.measured->high, 500'223);
    w.lost(1);
    EXPECT_EQ(judged(sema::CompareOp::less, 500'500).verdict, Verdict::pass);
    w.lost(2'000);
    EXPECT_EQ(judged(sema::CompareOp::less, 500'500).verdict, Verdict::inconclusive);
}

} // namespace
} // namespace kps::judge
