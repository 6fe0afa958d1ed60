#include "runtime/cli/fail_fast.hpp"

#include "runtime/judge/judge.hpp"

#include <algorithm>

namespace kps::cli {

void FailFast::weigh(Result<hits::Trace> trace, std::uint64_t until_ns, Clock::time_point begun) {
    constexpr int share_of_others = 3;
    ended_ = trace && fails(std::move(*trace), until_ns);
    if (ended_) trial_.target.stop(job_);
    const auto now = Clock::now();
    next_look_ = now + (now - begun) * share_of_others;
}

void FailFast::explain(Result<hits::Trace>& trace) const {
    if (ended_ && trace) trace->cut_short = "the test had failed for certain";
}

/// Later hits came before those of another CPU that lie between.
bool FailFast::fails(hits::Trace trace, std::uint64_t until_ns) const {
    const auto later = std::ranges::upper_bound(trace.hits, until_ns, {}, &hits::Hit::time_ns);
    trace.hits.erase(later, trace.hits.end());
    if (trace.summed) trace.summed->sent.resize(trace.hits.size());
    trace.end_ns = until_ns;
    const judge::TestResult result = judge::judge(trial_.compiled.spec, trial_.test, trace);
    return result.verdict == judge::Verdict::fail;
}

} // namespace kps::cli
