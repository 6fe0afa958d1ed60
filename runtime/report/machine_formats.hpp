#pragma once

#include "runtime/report/run_result.hpp"

namespace kps::report {

/// docs/report.schema.json describes it; keys are only ever added. `most_hits`: so many of each
/// test's hits are in it, from the first, whether they show something or not.
std::string json(const RunResult& run, const SourceSet& sources, std::size_t most_hits = 0);

/// JUnit XML as common CI systems read it: a suite per spec, a case per test. FAIL and XPASS are
/// `failure`, ERROR and INCONCLUSIVE are `error`, SKIP is `skipped`, XFAIL passes.
std::string junit(const RunResult& run, const SourceSet& sources);

/// TAP 14 (testanything.org): everything that is not a pass is `not ok`, but SKIP and XFAIL, which
/// are `ok # SKIP` and `not ok # TODO`; details follow in a YAML block.
std::string tap(const RunResult& run, const SourceSet& sources);

} // namespace kps::report
