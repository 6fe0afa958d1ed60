#include "runtime/report/finding_text.hpp"
#include "runtime/report/machine_formats.hpp"
#include "runtime/report/pieces.hpp"

#include <fmt/core.h>

namespace kps::report {

using judge::Verdict;

namespace {

bool is_ok(Verdict verdict) {
    return verdict == Verdict::pass || verdict == Verdict::skip || verdict == Verdict::xpass;
}

/// TODO says of XFAIL and XPASS what they are: an expected failure and an unexpected pass.
std::string directive(const judge::TestResult& result) {
    switch (result.verdict) {
    case Verdict::skip: return " # SKIP " + tap_text(result.reason);
    case Verdict::xfail:
    case Verdict::xpass:
        return " # TODO " + tap_text(result.reason.empty() ? "known failure" : result.reason);
    case Verdict::inconclusive: return " # ERROR inconclusive";
    case Verdict::error: return " # ERROR " + tap_text(result.reason);
    case Verdict::pass:
    case Verdict::fail: return {};
    }
    return {};
}

std::string yaml_block(const SpecRun& spec, const TestRun& test, const SourceSet& sources) {
    std::string lines;
    for (const judge::Finding& finding : test.result.findings)
        if (needs_explanation(finding))
            lines += indented(finding_text(finding, spec, test, sources), "    ");
    if (lines.empty()) return {};
    return fmt::format("  ---\n  verdict: {}\n  findings: |\n{}  ...\n",
                       to_string(test.result.verdict), lines);
}

} // namespace

std::string tap(const RunResult& run, const SourceSet& sources) {
    std::string text =
        fmt::format("TAP version 14\n1..{}\n# kps {} on {}{}{}\n", tally(run).total(), run.version,
                    run.kernel, run.place.empty() ? "" : ", ", run.place);
    std::size_t number = 0;
    for (const SpecRun& spec : run.specs)
        for (const TestRun& test : spec.tests) {
            text += fmt::format("{} {} - {}: {}{}\n", is_ok(test.result.verdict) ? "ok" : "not ok",
                                ++number, tap_text(spec.spec.path), tap_text(test.result.name),
                                directive(test.result));
            text += yaml_block(spec, test, sources);
        }
    return text;
}

} // namespace kps::report
