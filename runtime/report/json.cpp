#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/spelling.hpp"
#include "runtime/report/hit_line.hpp"
#include "runtime/report/machine_formats.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kps::report {

using Json = nlohmann::ordered_json;

namespace {

Json place_json(Span span, const SourceSet& sources) {
    const LineColumn at = sources.position(span.file, span.begin);
    return {{"file", sources[span.file].path}, {"line", at.line}, {"column", at.column}};
}

Json hit_json(const sema::ResolvedSpec& spec, const hits::Trace& trace, const hits::Hit& hit) {
    const HitLine line = hit_line(spec, trace, hit);
    Json fields = Json::object();
    for (const HitLine::Field& field : line.fields)
        fields[field.name] = field.frames ? Json(*field.frames) : Json(field.value);
    return {{"probe", line.probe},
            {"time_ns", hit.time_ns},
            {"cpu", hit.cpu},
            {"tid", hit.tid},
            {"pid", hit.pid},
            {"comm", hit.comm},
            {"fields", std::move(fields)}};
}

Json finding_json(const judge::Finding& f, const SpecRun& spec, const TestRun& test,
                  const SourceSet& sources) {
    Json evidence = Json::array();
    for (const judge::Evidence& e : f.evidence) {
        Json seen = Json::array();
        for (std::size_t index : e.hits)
            seen.push_back(hit_json(spec.spec, test.trace, test.trace.hits.at(index)));
        evidence.push_back({{"hits", std::move(seen)}, {"note", e.note}, {"decisive", e.decisive}});
    }
    Json json = {{"verdict", to_string(f.verdict)},
                 {"text", f.text},
                 {"place", place_json(f.span, sources)},
                 {"seen", f.seen},
                 {"expected", f.expected},
                 {"reason", f.reason},
                 {"key", f.key},
                 {"evidence", std::move(evidence)},
                 {"more_evidence", f.more_evidence},
                 {"remarks", f.remarks}};
    for (std::size_t index : f.context)
        json["context"].push_back(hit_json(spec.spec, test.trace, test.trace.hits.at(index)));
    if (f.measured) json["measured"] = {{"low", f.measured->low}, {"high", f.measured->high}};
    if (f.against_baseline) {
        json["baseline_op"] = sema::spelling(f.against_baseline->op);
        json["baseline_factor"] = *f.against_baseline->of_baseline;
    }
    return json;
}

Json histogram_json(const judge::Histogram& histogram) {
    Json buckets = Json::array();
    for (const judge::Histogram::Bucket& bucket : histogram.buckets) {
        Json json = {{"text", bucket.text}, {"count", bucket.count}};
        if (!bucket.negative) {
            json["from"] = bucket.low;
            json["to"] = bucket.high;
        }
        buckets.push_back(std::move(json));
    }
    return {
        {"field", histogram.field}, {"values", histogram.values}, {"buckets", std::move(buckets)}};
}

Json top_json(const judge::Top& top) {
    Json rows = Json::array();
    for (const judge::Top::Row& row : top.rows)
        rows.push_back({{"key", row.key}, {"count", row.count}});
    return {{"rows", std::move(rows)}, {"more_keys", top.more_keys}, {"more_hits", top.more_hits}};
}

Json histograms_json(const judge::Histograms& all) {
    Json rows = Json::array();
    for (const judge::Histograms::Row& row : all.rows)
        rows.push_back({{"key", row.key}, {"histogram", histogram_json(row.histogram)}});
    return {{"rows", std::move(rows)}, {"more_keys", all.more_keys}};
}

Json hits_json(const judge::Hits& hits, const SpecRun& spec, const TestRun& test) {
    Json items = Json::array();
    for (const std::vector<std::size_t>& item : hits.items) {
        Json seen = Json::array();
        for (const std::size_t index : item)
            seen.push_back(hit_json(spec.spec, test.trace, test.trace.hits.at(index)));
        items.push_back(std::move(seen));
    }
    return {{"items", std::move(items)}, {"more", hits.more}};
}

Json shown_json(const judge::Shown& shown, const SpecRun& spec, const TestRun& test,
                const SourceSet& sources) {
    Json json = {{"text", shown.text},
                 {"place", place_json(shown.span, sources)},
                 {"remarks", shown.remarks}};
    std::visit(Overloaded{
                   [&](const judge::Histogram& h) { json["histogram"] = histogram_json(h); },
                   [&](const judge::Top& top) { json["top"] = top_json(top); },
                   [&](const judge::Histograms& all) { json["histograms"] = histograms_json(all); },
                   [&](const judge::Hits& hits) { json["hits"] = hits_json(hits, spec, test); },
               },
               shown.node);
    return json;
}

Json loss_json(const sema::ResolvedSpec& spec, const hits::Loss& loss) {
    Json json = {{"cause", loss.cause}};
    if (loss.probe) json["probe"] = spec.probes[*loss.probe].name;
    if (loss.cpu) json["cpu"] = *loss.cpu;
    if (loss.count != UINT64_MAX) json["count"] = loss.count;
    return json;
}

Json first_hits_json(const SpecRun& spec, const TestRun& test, std::size_t most_hits) {
    Json first = Json::array();
    for (std::size_t i = 0; i < std::min(most_hits, test.trace.hits.size()); ++i)
        first.push_back(hit_json(spec.spec, test.trace, test.trace.hits[i]));
    return first;
}

Json test_json(const SpecRun& spec, const TestRun& test, const SourceSet& sources,
               std::size_t most_hits) {
    Json findings = Json::array();
    for (const judge::Finding& f : test.result.findings)
        findings.push_back(finding_json(f, spec, test, sources));
    Json shows = Json::array();
    for (const judge::Shown& shown : test.result.shows)
        shows.push_back(shown_json(shown, spec, test, sources));
    Json losses = Json::array();
    for (const hits::Loss& loss : test.trace.losses)
        losses.push_back(loss_json(spec.spec, loss));
    Json runs = Json::array();
    for (const hits::CommandResult& run : test.trace.runs)
        runs.push_back({{"command", run.command},
                        {"exit_status", run.exit_status},
                        {"signal", run.signal},
                        {"timed_out", run.timed_out},
                        {"duration_ns", run.duration_ns},
                        {"output", run.output}});
    return {
        {"name", test.result.name},        {"verdict", to_string(test.result.verdict)},
        {"reason", test.result.reason},    {"place", place_json(test.result.span, sources)},
        {"duration_ns", test.duration_ns}, {"hits", test.trace.hits.size() + test.unkept_hits},
        {"live_ns", test.trace.live_ns},   {"first_hits", first_hits_json(spec, test, most_hits)},
        {"findings", std::move(findings)}, {"shows", std::move(shows)},
        {"runs", std::move(runs)},         {"losses", std::move(losses)},
        {"remarks", test.result.remarks}};
}

} // namespace

std::string json(const RunResult& run, const SourceSet& sources, std::size_t most_hits) {
    Json specs = Json::array();
    for (const SpecRun& spec : run.specs) {
        Json tests = Json::array();
        for (const TestRun& test : spec.tests)
            tests.push_back(test_json(spec, test, sources, most_hits));
        specs.push_back({{"path", spec.spec.path}, {"tests", std::move(tests)}});
    }
    const Json report = {{"format", "kps-report"},
                         {"format_version", 1},
                         {"kps", run.version},
                         {"kernel", run.kernel},
                         {"kernel_name", run.kernel_name},
                         {"place", run.place},
                         {"started", run.started},
                         {"boot_ns", run.boot_ns},
                         {"duration_ns", run.duration_ns},
                         {"specs", std::move(specs)}};
    return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace kps::report
