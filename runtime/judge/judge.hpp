#pragma once

#include "runtime/judge/verdict.hpp"

namespace kps::judge {

/// Judges one test by what was observed. Pure: no I/O, no clock. Rules: docs/verdicts.md.
/// `test` is of `spec`; a test with `skip` set is SKIP and its trace is not looked at. So is one of
/// which every expectation is SKIP, if nothing else of it is worse.
TestResult judge(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace);

/// The verdict of a whole from those of its parts: the first that occurs of ERROR, FAIL, XPASS,
/// INCONCLUSIVE, XFAIL, PASS, SKIP; PASS if there are none.
Verdict combine(const std::vector<Verdict>& parts);

} // namespace kps::judge
