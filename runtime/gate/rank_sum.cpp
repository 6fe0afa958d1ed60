#include "runtime/gate/rank_sum.hpp"

#include <algorithm>
#include <vector>

namespace kps::gate {

namespace {

/// Twice the mid-rank of each of `values` among all of them, so that it is a whole number.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& values) {
    std::vector<std::size_t> ranks;
    for (const double value : values) {
        const auto below = std::ranges::count_if(values, [&](double v) { return v < value; });
        const auto equal = std::ranges::count(values, value);
        ranks.push_back(static_cast<std::size_t>(2 * below + equal + 1));
    }
    return ranks;
}

} // namespace

double rank_sum_p(std::span<const double> greater, std::span<const double> less) {
    if (greater.empty() || less.empty()) return 1;
    std::vector<double> values(greater.begin(), greater.end());
    values.insert(values.end(), less.begin(), less.end());
    const std::vector<std::size_t> ranks = doubled_ranks(values);
    std::size_t observed = 0;
    std::size_t most = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        most += ranks[i];
        if (i < greater.size()) observed += ranks[i];
    }
    // ways[n][s]: how many choices of n values have ranks that add up to s
    std::vector<std::vector<double>> ways(greater.size() + 1, std::vector<double>(most + 1));
    ways[0][0] = 1;
    for (const std::size_t rank : ranks)
        for (std::size_t n = greater.size(); n > 0; --n)
            for (std::size_t sum = most; sum >= rank; --sum)
                ways[n][sum] += ways[n - 1][sum - rank];
    double all = 0;
    double as_high = 0;
    for (std::size_t sum = 0; sum <= most; ++sum) {
        all += ways.back()[sum];
        if (sum >= observed) as_high += ways.back()[sum];
    }
    return as_high / all;
}

} // namespace kps::gate
