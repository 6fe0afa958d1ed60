#pragma once

#include "runtime/gate/compare.hpp"

#include <string>
#include <vector>

/// What the reports have in common: one wording for all of them.
namespace kps::gate {

/// `debian:6.1`, and the release where the name does not tell it.
std::string kernel_text(const Kernel& kernel);

/// A test on one new kernel in words: `regressed`, `same (FAIL)`, `waived: regressed`.
std::string delta_text(const Side& side);

/// `14 tests: 13 same, 1 regressed` for one new kernel.
std::string tally_text(const Outcome& outcome, std::size_t kernel);

/// `52 probes and fields: 51 same, 1 gone` for one new kernel.
std::string table_text(const Record& record, std::size_t kernel);

/// One line for a hit: `+1.204 ms  cpu 1  cat/71  open.exit  ret=-ENOENT`.
std::string hit_text(const Hit& hit);

/// What explains a side: the findings that are not a pass. Comparisons with a baseline are among
/// them as they were judged, not as a single run has them.
std::vector<const Finding*> telling(const Side& side);

/// Findings in plain lines: place, words of the spec, seen, expected, reason, hits.
std::string finding_text(const Finding& finding);

/// A side in plain lines: why, its telling findings, and its first hits where those show none.
std::string side_text(const Side& side);

/// `FAIL`, `not run`, `flaky`.
std::string verdict_text(const Side& side);

} // namespace kps::gate
