#include "runtime/report/run_result.hpp"

#include <numeric>

namespace kps::report {

using judge::Verdict;

std::size_t Tally::total() const {
    return std::accumulate(std::begin(of), std::end(of), std::size_t{0});
}

Tally tally(const RunResult& run) {
    Tally tally;
    for (const SpecRun& spec : run.specs)
        for (const TestRun& test : spec.tests)
            ++tally.of[static_cast<std::size_t>(test.result.verdict)];
    return tally;
}

int exit_status(const RunResult& run, bool no_skip) {
    const Tally count = tally(run);
    if (count[Verdict::error] > 0) return 4;
    if (count[Verdict::fail] + count[Verdict::xpass] > 0) return 1;
    if (no_skip && count[Verdict::skip] > 0) return 1;
    if (count[Verdict::inconclusive] > 0) return 3;
    return 0;
}

} // namespace kps::report
