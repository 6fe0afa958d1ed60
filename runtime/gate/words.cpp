#include "runtime/gate/words.hpp"

#include "compiler/base/counted.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::gate {

namespace {

/// `13 same, 1 regressed` from how often each name occurs.
template <std::size_t N>
std::string list_text(const std::array<std::size_t, N>& counts,
                      const std::array<std::string_view, N>& names) {
    std::string text;
    for (std::size_t i = 0; i < N; ++i)
        if (counts[i] > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], names[i]);
    return text;
}

const TestReport* deciding_run(const Side& side) {
    for (const TestReport& run : side.runs)
        if (run.verdict == side.verdict) return &run;
    return side.runs.empty() ? nullptr : &side.runs.front();
}

} // namespace

std::string kernel_text(const Kernel& kernel) {
    if (kernel.name.find(kernel.release) != std::string::npos) return kernel.name;
    return fmt::format("{} ({})", kernel.name, kernel.release);
}

std::string verdict_text(const Side& side) {
    if (!side.ran) return "not run";
    return side.flaky ? "flaky" : std::string(judge::to_string(side.verdict));
}

std::string delta_text(const Side& side) {
    std::string text(to_string(side.delta));
    if (side.delta == Delta::same && side.verdict != Verdict::pass)
        text += fmt::format(" ({})", judge::to_string(side.verdict));
    return side.waiver ? "waived: " + text : text;
}

std::string tally_text(const Outcome& outcome, std::size_t kernel) {
    std::array<std::size_t, delta_names.size()> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] = count(outcome, kernel, Delta{static_cast<std::uint8_t>(i)});
    const auto waived = std::ranges::count_if(
        outcome.tests, [&](const TestRow& row) { return row.sides.at(kernel).waiver.has_value(); });
    return fmt::format("{}: {}{}", counted(outcome.tests.size(), "test"),
                       list_text(counts, delta_names),
                       waived > 0 ? fmt::format(" ({} waived)", waived) : "");
}

std::string table_text(const Record& record, std::size_t kernel) {
    std::array<std::size_t, state_names.size()> counts{};
    std::size_t rows = 0;
    for (const StaticRow& row : record.table)
        if (row.kernel == kernel) {
            ++counts.at(static_cast<std::size_t>(row.state));
            ++rows;
        }
    if (rows == 0) return "no probes";
    return fmt::format("{} probes and fields: {}", rows, list_text(counts, state_names));
}

std::string hit_text(const Hit& hit) {
    std::string text =
        fmt::format("+{:.3f} ms  cpu {}  {}/{}  {}", static_cast<double>(hit.time_ns) / 1e6,
                    hit.cpu, hit.comm.empty() ? "?" : hit.comm, hit.tid, hit.probe);
    for (const auto& [name, value] : hit.fields)
        text += fmt::format("  {}={}", name, value);
    return text;
}

std::vector<const Finding*> telling(const Side& side) {
    std::vector<const Finding*> findings;
    const auto add = [&](const std::vector<Finding>& all) {
        for (const Finding& finding : all)
            if (finding.verdict != Verdict::pass && finding.verdict != Verdict::xfail &&
                !finding.baseline)
                findings.push_back(&finding);
    };
    if (const TestReport* run = deciding_run(side)) add(run->findings);
    add(side.baseline);
    return findings;
}

std::string finding_text(const Finding& f) {
    std::string text =
        fmt::format("{}:{}:{}: {}\n", f.place.file, f.place.line, f.place.column, f.text);
    if (!f.seen.empty()) text += fmt::format("  seen     {}\n", f.seen);
    if (!f.expected.empty()) text += fmt::format("  expected {}\n", f.expected);
    if (!f.reason.empty()) text += fmt::format("  {}\n", f.reason);
    if (!f.key.empty()) text += fmt::format("  for      {}\n", f.key);
    for (const Evidence& evidence : f.evidence) {
        for (const Hit& hit : evidence.hits)
            text += fmt::format("  {}\n", hit_text(hit));
        if (!evidence.note.empty()) text += fmt::format("    ^ {}\n", evidence.note);
    }
    if (f.more_evidence > 0) text += fmt::format("  ... and {} more\n", f.more_evidence);
    for (const std::string& remark : f.remarks)
        text += fmt::format("  note: {}\n", remark);
    return text;
}

std::string side_text(const Side& side) {
    constexpr std::size_t most_hits = 10;
    std::string text;
    bool shows_hits = false;
    for (const Finding* finding : telling(side)) {
        text += finding_text(*finding);
        shows_hits = shows_hits || !finding->evidence.empty();
    }
    if (text.empty() && !side.why.empty()) text += side.why + "\n";
    const TestReport* run = deciding_run(side);
    if (run == nullptr || shows_hits) return text;
    const std::size_t shown = std::min(most_hits, run->first_hits.size());
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{}\n", hit_text(run->first_hits[i]));
    if (run->hits > shown && shown > 0)
        text += fmt::format("... {} in all\n", counted(run->hits, "hit"));
    if (shown == 0 && run->verdict != Verdict::skip && run->verdict != Verdict::error)
        text += run->hits == 0 ? "no hit\n" : fmt::format("{}\n", counted(run->hits, "hit"));
    return text;
}

} // namespace kps::gate
