#pragma once

#include "runtime/gate/run_report.hpp"

#include <vector>

namespace kps::gate {

/// Judges what `expect ... OP FACTOR * baseline` of a test says, from its runs on the old and on
/// the new kernel; a finding for each such expectation. With `=`, `!=` all pairs of runs must
/// agree. Else it is PASS if it holds for all pairs, or if the medians miss the bound by no more
/// than `tolerance` percent; FAIL if they miss it by more and a rank sum test of the new runs
/// against the bounds of the old ones says that chance does that in at most one of 20 cases; else
/// INCONCLUSIVE, as where a run could not measure, or lost hits.
std::vector<Finding> judge_baselines(const std::vector<TestReport>& old,
                                     const std::vector<TestReport>& now, double tolerance);

} // namespace kps::gate
