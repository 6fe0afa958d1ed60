#pragma once

#include "runtime/judge/truth.hpp"
#include "runtime/judge/verdict.hpp"

/// Expectations against the old kernel: `expect p99(S.field) <= 1.2 * baseline`. One run cannot
/// tell: its finding is SKIP and carries `measured` and `against_baseline`. Who has runs of both
/// kernels finds the two findings of one expectation by the test's name and `Finding::span`, and
/// asks here.
namespace kps::judge {

/// Makes `finding`, judged as if the comparison held, the one that a single run has. What kept it
/// from being measured becomes a remark.
void set_without_baseline(Finding& finding, const sema::Comparison& comparison);

/// Whether `now OP FACTOR * old` holds, for a comparison with a baseline; `unknown` where it does
/// for some values of the two and for others not.
Truth holds_against(const sema::Comparison& comparison, const Measured& now, const Measured& old);

} // namespace kps::judge
