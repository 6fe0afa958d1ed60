#pragma once

#include "compiler/diagnostics/render.hpp"
#include "runtime/report/run_result.hpp"

namespace kps::report {

/// The line that introduces a run: version, kernel and where it runs.
std::string text_header(const RunResult& run, diag::Colour colour);
struct TextStyle {
    diag::Colour colour = diag::Colour::never;
    /// What held too, and all that was printed and shown; else no test takes more than a screen.
    bool verbose = false;
};
/// One test: a line with its verdict and, unless it passed, what shows it: the spec's line, the
/// value seen against the one expected, the hits.
std::string text_test(const SpecRun& spec, const TestRun& test, const SourceSet& sources,
                      TextStyle style);
/// The last line: how many tests ended how.
std::string text_summary(const RunResult& run, diag::Colour colour);

} // namespace kps::report
