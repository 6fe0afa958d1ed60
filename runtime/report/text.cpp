#include "runtime/report/text.hpp"

#include "compiler/base/counted.hpp"
#include "compiler/base/overloaded.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/report/finding_text.hpp"
#include "runtime/report/hit_line.hpp"
#include "runtime/report/pieces.hpp"

#include <algorithm>

namespace kps::report {

using judge::Evidence;
using judge::Finding;
using judge::Verdict;

namespace {

std::string_view verdict_colour(Verdict verdict, const Palette& p) {
    switch (verdict) {
    case Verdict::pass:
    case Verdict::xfail: return p.good;
    case Verdict::fail:
    case Verdict::xpass:
    case Verdict::error: return p.bad;
    case Verdict::inconclusive: return p.doubt;
    case Verdict::skip: return p.quiet;
    }
    return p.bad;
}

std::string quiet_line(std::size_t index, const SpecRun& spec, const TestRun& test,
                       const Palette& p) {
    const HitLine line = hit_line(spec.spec, test.trace, test.trace.hits.at(index));
    return fmt::format("        {}{}  {}{}\n", p.quiet, line.where, marked_fields(line, {}, "", ""),
                       p.reset) +
           frame_lines(line, "            ");
}

std::string evidence_lines(const Evidence& evidence, const SpecRun& spec, const TestRun& test,
                           const Palette& p) {
    std::string text;
    for (std::size_t index : evidence.hits) {
        const HitLine line = hit_line(spec.spec, test.trace, test.trace.hits.at(index));
        text += fmt::format("      {}{}{}  {}\n", p.quiet, line.where, p.reset,
                            marked_fields(line, evidence.decisive, p.bold, p.reset)) +
                frame_lines(line, "          ");
    }
    if (!evidence.note.empty())
        text += fmt::format("        {}^ {}{}\n", p.bad, evidence.note, p.reset);
    return text;
}

/// What the command of the workload printed that the finding is about.
std::string output_lines(const Finding& finding, const SpecRun& spec, const TestRun& test,
                         bool all) {
    constexpr std::size_t most_bytes = 2000;
    const sema::Test* declared = nullptr;
    for (const sema::Test& t : spec.spec.tests)
        if (t.span == test.result.span) declared = &t;
    if (declared == nullptr) return {};
    std::string text;
    for (std::size_t i = 0; i < std::min(declared->runs.size(), test.trace.runs.size()); ++i) {
        if (declared->runs[i].span != finding.span || test.trace.runs[i].output.empty()) continue;
        std::string output = test.trace.runs[i].output;
        if (!all && output.size() > most_bytes)
            output = "..." + output.substr(output.size() - most_bytes);
        text += "      it printed:\n" + indented(output, "        ");
    }
    return text;
}

std::string finding_block(const Finding& f, const SpecRun& spec, const TestRun& test,
                          const SourceSet& sources, TextStyle style) {
    const Palette& p = palette(style.colour);
    std::string text =
        indented(diag::render_excerpt(f.span, f.reason, sources, style.colour), "    ");
    if (!f.seen.empty() || !f.expected.empty())
        text += fmt::format("      seen     {}{}{}\n      expected {}\n", p.bold,
                            f.seen.empty() ? "nothing" : f.seen, p.reset, f.expected);
    if (!f.key.empty()) text += fmt::format("      for      {}\n", f.key);
    if (!f.context.empty()) text += "      before\n";
    for (const std::size_t index : f.context)
        text += quiet_line(index, spec, test, p);
    for (const Evidence& evidence : f.evidence)
        text += evidence_lines(evidence, spec, test, p);
    if (f.more_evidence > 0) text += fmt::format("      ... and {} more\n", f.more_evidence);
    text += output_lines(f, spec, test, style.verbose);
    for (const std::string& remark : f.remarks)
        text += fmt::format("      note: {}\n", remark);
    return text;
}

std::string held_block(const Finding& f, const SpecRun& spec, const TestRun& test,
                       const Palette& p) {
    std::string text =
        fmt::format("        {}{}{}  {}", p.good,
                    f.verdict == Verdict::pass ? "held" : "failed as known", p.reset, f.text);
    if (!f.seen.empty()) text += fmt::format("  {}(seen {}){}", p.quiet, f.seen, p.reset);
    return text + "\n" + indented(output_lines(f, spec, test, true), "    ");
}

std::string bar(std::uint64_t count, std::uint64_t most) {
    if (count == 0) return {};
    constexpr std::uint64_t width = 40;
    const double share = static_cast<double>(count) / static_cast<double>(most);
    const auto length = static_cast<std::size_t>(share * width + 0.5);
    return "  " + std::string(std::max<std::size_t>(length, 1), '#');
}

std::string histogram_lines(const judge::Histogram& histogram, const Palette& p) {
    std::uint64_t most = 1;
    std::size_t text_width = 0;
    for (const judge::Histogram::Bucket& bucket : histogram.buckets) {
        most = std::max(most, bucket.count);
        text_width = std::max(text_width, bucket.text.size());
    }
    const std::size_t count_width = std::to_string(most).size();
    std::string text;
    for (const judge::Histogram::Bucket& bucket : histogram.buckets)
        text += fmt::format("          {:>{}}  {:>{}}{}{}{}\n", bucket.text, text_width,
                            bucket.count, count_width, p.quiet, bar(bucket.count, most), p.reset);
    return text.empty() ? "          no value\n" : text;
}

std::string top_lines(const judge::Top& top) {
    if (top.rows.empty()) return "          no hit\n";
    const std::size_t width = std::to_string(top.rows.front().count).size();
    std::string text;
    for (const judge::Top::Row& row : top.rows)
        text += fmt::format("          {:>{}}  {}\n", row.count, width, row.key);
    if (top.more_keys > 0)
        text += fmt::format("          ... and {} with {}\n", counted(top.more_keys, "key"),
                            counted(top.more_hits, "hit"));
    return text;
}

std::string histograms_lines(const judge::Histograms& all, const Palette& p) {
    std::string text;
    for (const judge::Histograms::Row& row : all.rows)
        text += fmt::format("          {}\n", row.key) + histogram_lines(row.histogram, p);
    if (all.more_keys > 0)
        text += fmt::format("          ... and {}\n", counted(all.more_keys, "key"));
    return text.empty() ? "          no value\n" : text;
}

std::string shown_hits(const judge::Hits& hits, const SpecRun& spec, const TestRun& test,
                       TextStyle style) {
    const Palette& p = palette(style.colour);
    constexpr std::size_t a_screen = 20;
    const std::size_t count =
        style.verbose ? hits.items.size() : std::min(hits.items.size(), a_screen);
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        for (const std::size_t index : hits.items[i]) {
            const HitLine line = hit_line(spec.spec, test.trace, test.trace.hits.at(index));
            text += fmt::format("          {}{}{}  {}\n", p.quiet, line.where, p.reset,
                                marked_fields(line, {}, "", "")) +
                    frame_lines(line, "              ");
        }
    if (const std::uint64_t left = hits.items.size() + hits.more - count; left > 0)
        text += fmt::format("          ... and {} more\n", left);
    return text.empty() ? "          no hit\n" : text;
}

std::string shown_block(const judge::Shown& shown, const SpecRun& spec, const TestRun& test,
                        TextStyle style) {
    const Palette& p = palette(style.colour);
    std::string text = fmt::format("        {}{}{}\n", p.bold, shown.text, p.reset);
    text += std::visit(
        Overloaded{
            [&](const judge::Histogram& histogram) { return histogram_lines(histogram, p); },
            [](const judge::Top& top) { return top_lines(top); },
            [&](const judge::Histograms& all) { return histograms_lines(all, p); },
            [&](const judge::Hits& hits) { return shown_hits(hits, spec, test, style); },
        },
        shown.node);
    for (const std::string& remark : shown.remarks)
        text += fmt::format("          note: {}\n", remark);
    return text;
}

} // namespace

std::string text_header(const RunResult& run, diag::Colour colour) {
    const Palette& p = palette(colour);
    std::string text = fmt::format("kps {} on {}{}{}", run.version, p.bold, run.kernel, p.reset);
    if (run.place.empty()) return text + "\n";
    text += fmt::format(" ({}", run.place);
    if (run.boot_ns > 0) text += fmt::format(", booted in {}", hits::print_duration(run.boot_ns));
    return text + ")\n";
}

std::string text_test(const SpecRun& spec, const TestRun& test, const SourceSet& sources,
                      TextStyle style) {
    const Palette& p = palette(style.colour);
    const judge::TestResult& result = test.result;
    const std::string_view tone = verdict_colour(result.verdict, p);
    std::string text =
        fmt::format("  {}{:<4}{}  {}", tone, to_string(result.verdict), p.reset, result.name);
    if (result.verdict != Verdict::skip)
        text += fmt::format("  {}({}, {}, {}){}", p.quiet, counted(result.findings.size(), "check"),
                            counted(test.trace.hits.size() + test.unkept_hits, "hit"),
                            hits::print_duration(test.duration_ns), p.reset);
    text += "\n";
    if (!result.reason.empty()) text += fmt::format("        {}\n", result.reason);
    for (const Finding& finding : result.findings)
        if (needs_explanation(finding))
            text += finding_block(finding, spec, test, sources, style);
        else if (style.verbose)
            text += held_block(finding, spec, test, p);
    for (const judge::Shown& shown : result.shows)
        text += shown_block(shown, spec, test, style);
    for (const std::string& remark : result.remarks)
        text += fmt::format("        note: {}\n", remark);
    return text;
}

std::string text_summary(const RunResult& run, diag::Colour colour) {
    constexpr std::pair<Verdict, std::string_view> words[] = {
        {Verdict::pass, "passed"},
        {Verdict::fail, "failed"},
        {Verdict::inconclusive, "inconclusive"},
        {Verdict::skip, "skipped"},
        {Verdict::xfail, "failed as known"},
        {Verdict::xpass, "passed unexpectedly"},
        {Verdict::error, "with errors"}};
    const Palette& p = palette(colour);
    const Tally count = tally(run);
    std::string text = fmt::format("\n{}: ", counted(count.total(), "test"));
    std::string_view separator;
    for (const auto& [verdict, word] : words) {
        if (count[verdict] == 0) continue;
        text += fmt::format("{}{}{} {}{}", separator, verdict_colour(verdict, p), count[verdict],
                            word, p.reset);
        separator = ", ";
    }
    return text + fmt::format(" on {} in {}\n", run.kernel, hits::print_duration(run.duration_ns));
}

} // namespace kps::report
