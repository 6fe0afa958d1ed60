#pragma once

#include "compiler/base/source.hpp"
#include "runtime/report/run_result.hpp"

namespace kps::report {

/// A finding that is not a pass in a few plain lines, for JUnit and TAP: place, words of the spec,
/// seen, expected, reason, hits.
std::string finding_text(const judge::Finding& finding, const SpecRun& spec, const TestRun& test,
                         const SourceSet& sources);

/// Whether a report has to explain it.
bool needs_explanation(const judge::Finding& finding);

} // namespace kps::report
