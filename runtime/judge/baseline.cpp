#include "runtime/judge/baseline.hpp"

#include <utility>

namespace kps::judge {

void set_without_baseline(Finding& finding, const sema::Comparison& comparison) {
    if (!finding.reason.empty()) finding.remarks.push_back(finding.reason);
    finding.verdict = Verdict::skip;
    finding.reason = "baseline: only a gate run has one";
    finding.evidence.clear();
    finding.more_evidence = 0;
    finding.against_baseline = comparison;
}

Truth holds_against(const sema::Comparison& comparison, const Measured& now, const Measured& old) {
    const double factor = comparison.of_baseline.value_or(1);
    const Measured bound{old.low * factor, old.high * factor};
    const bool all_below = now.high < bound.low;
    const bool all_above = now.low > bound.high;
    const bool none_above = now.high <= bound.low;
    const bool none_below = now.low >= bound.high;
    switch (comparison.op) {
    case sema::CompareOp::less: return decide(all_below, none_below);
    case sema::CompareOp::less_equal: return decide(none_above, all_above);
    case sema::CompareOp::greater: return decide(all_above, none_above);
    case sema::CompareOp::greater_equal: return decide(none_below, all_below);
    case sema::CompareOp::equal: return decide(none_above && none_below, all_below || all_above);
    case sema::CompareOp::not_equal:
        return decide(all_below || all_above, none_above && none_below);
    case sema::CompareOp::in: break; // never with a baseline
    }
    std::unreachable();
}

} // namespace kps::judge
