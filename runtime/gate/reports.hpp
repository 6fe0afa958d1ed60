#pragma once

#include "compiler/diagnostics/render.hpp"
#include "runtime/gate/compare.hpp"

/// A judged gate in the formats of `--report`; each function gives a whole document.
namespace kps::gate {

/// What a report is made from: `outcome` is of `record`.
struct Judged {
    const Record& record;
    const Outcome& outcome;
};

std::string text_report(const Judged& gate, diag::Colour colour);
/// docs/gate.schema.json.
std::string json_report(const Judged& gate);
/// A suite per new kernel and spec, a case per test; then one per new kernel for the static table,
/// a case per probe and field. What stops the gate is a `failure`, what could not be told an
/// `error`; what is waived is `skipped`.
std::string junit_report(const Judged& gate);
/// TAP 14, a line per new kernel and test, and per row of the static table that is a finding.
std::string tap_report(const Judged& gate);
/// For the description of a merge request: a table of what differs, the details folded.
std::string markdown_report(const Judged& gate);
/// SARIF 2.1.0 (OASIS): a result for each finding, at its line of the spec.
std::string sarif_report(const Judged& gate);
/// One file without a script and without anything that a browser would load.
std::string html_report(const Judged& gate);

} // namespace kps::gate
