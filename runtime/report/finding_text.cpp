#include "runtime/report/finding_text.hpp"

#include "runtime/report/hit_line.hpp"

#include <fmt/core.h>

namespace kps::report {

std::string finding_text(const judge::Finding& f, const SpecRun& spec, const TestRun& test,
                         const SourceSet& sources) {
    const LineColumn at = sources.position(f.span.file, f.span.begin);
    std::string text =
        fmt::format("{}:{}:{}: {}\n", sources[f.span.file].path, at.line, at.column, f.text);
    if (!f.seen.empty()) text += fmt::format("seen: {}\n", f.seen);
    if (!f.expected.empty()) text += fmt::format("expected: {}\n", f.expected);
    if (!f.reason.empty()) text += fmt::format("reason: {}\n", f.reason);
    if (!f.key.empty()) text += fmt::format("for: {}\n", f.key);
    for (const judge::Evidence& evidence : f.evidence) {
        for (std::size_t index : evidence.hits) {
            const HitLine line = hit_line(spec.spec, test.trace, test.trace.hits.at(index));
            text += fmt::format("hit: {}  {}\n", line.where, marked_fields(line, {}, "", "")) +
                    frame_lines(line, "     ");
        }
        if (!evidence.note.empty()) text += fmt::format("     {}\n", evidence.note);
    }
    for (const std::string& remark : f.remarks)
        text += fmt::format("note: {}\n", remark);
    return text;
}

bool needs_explanation(const judge::Finding& finding) {
    return finding.verdict != judge::Verdict::pass && finding.verdict != judge::Verdict::xfail;
}

} // namespace kps::report
