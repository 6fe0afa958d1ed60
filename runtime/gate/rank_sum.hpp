#pragma once

#include <span>

namespace kps::gate {

/// The one-sided Mann-Whitney U test (Mann and Whitney 1947, "On a test of whether one of two
/// random variables is stochastically larger than the other"): how likely `greater` has ranks at
/// least as high as it has if both samples are of one distribution. Exact over all ways to deal the
/// values out, with mid-ranks for equal ones. 1 if a sample is empty.
double rank_sum_p(std::span<const double> greater, std::span<const double> less);

} // namespace kps::gate
