#include "runtime/gate/run_report.hpp"

#include "runtime/gate/json_access.hpp"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace kps::gate {

namespace {

using Json = nlohmann::ordered_json;

Verdict verdict_at(const Json& json) {
    // what says nothing that is known must not pass
    return verdict_named(text_at(json, "verdict")).value_or(Verdict::error);
}

Place place_at(const Json& json) {
    const Json& place = at(json, "place");
    return {text_at(place, "file"), number_at(place, "line"), number_at(place, "column")};
}

/// A list in one line.
std::string printed_at(const Json& fields, const char* name) {
    if (!at(fields, name).is_array()) return text_at(fields, name);
    return fmt::format("[{}]", fmt::join(texts_at(fields, name), ", "));
}

Hit read_hit(const Json& json, std::uint64_t live_ns) {
    const std::uint64_t time = number_at(json, "time_ns");
    Hit hit;
    hit.probe = text_at(json, "probe");
    hit.time_ns = time - std::min(time, live_ns);
    hit.cpu = number_at(json, "cpu");
    hit.tid = number_at(json, "tid");
    hit.comm = text_at(json, "comm");
    const Json& fields = at(json, "fields");
    if (fields.is_object())
        for (const auto& [name, value] : fields.items())
            hit.fields.emplace_back(name, printed_at(fields, name.c_str()));
    return hit;
}

Evidence read_evidence(const Json& json, std::uint64_t live_ns) {
    return {all_at(json, "hits", [&](const Json& hit) { return read_hit(hit, live_ns); }),
            text_at(json, "note"), texts_at(json, "decisive")};
}

Finding read_finding(const Json& json, std::uint64_t live_ns) {
    Finding finding;
    finding.verdict = verdict_at(json);
    finding.text = text_at(json, "text");
    finding.place = place_at(json);
    finding.seen = text_at(json, "seen");
    finding.expected = text_at(json, "expected");
    finding.reason = text_at(json, "reason");
    finding.key = text_at(json, "key");
    finding.evidence =
        all_at(json, "evidence", [&](const Json& e) { return read_evidence(e, live_ns); });
    finding.more_evidence = number_at(json, "more_evidence");
    finding.remarks = texts_at(json, "remarks");
    if (const Json& measured = at(json, "measured"); measured.is_object())
        finding.measured = {real_at(measured, "low"), real_at(measured, "high")};
    if (at(json, "baseline_factor").is_number())
        finding.baseline = {text_at(json, "baseline_op"), real_at(json, "baseline_factor")};
    return finding;
}

Histogram read_histogram(const Json& shown) {
    const auto read_bucket = [](const Json& json) {
        Histogram::Bucket bucket{text_at(json, "text"), std::nullopt, number_at(json, "count")};
        if (at(json, "from").is_number()) bucket.from = number_at(json, "from");
        return bucket;
    };
    return {text_at(shown, "text"), all_at(at(shown, "histogram"), "buckets", read_bucket)};
}

TestReport read_test(const Json& json, const std::string& spec) {
    const std::uint64_t live_ns = number_at(json, "live_ns");
    TestReport test;
    test.spec = spec;
    test.name = text_at(json, "name");
    test.verdict = verdict_at(json);
    test.reason = text_at(json, "reason");
    test.place = place_at(json);
    test.duration_ns = number_at(json, "duration_ns");
    test.hits = number_at(json, "hits");
    test.first_hits =
        all_at(json, "first_hits", [&](const Json& hit) { return read_hit(hit, live_ns); });
    test.findings =
        all_at(json, "findings", [&](const Json& f) { return read_finding(f, live_ns); });
    test.histograms = all_at(json, "shows", read_histogram);
    std::erase_if(test.histograms, [](const Histogram& h) { return h.buckets.empty(); });
    test.remarks = texts_at(json, "remarks");
    return test;
}

} // namespace

Result<RunReport> read_run_report(std::string_view json) {
    const Json report = Json::parse(json, nullptr, false);
    if (report.is_discarded()) return fail("the report of a run is damaged: it is not valid JSON");
    if (text_at(report, "format") != "kps-report" || number_at(report, "format_version") != 1)
        return fail("the report of a run is not of the format kps-report, version 1");
    RunReport run;
    run.kernel = text_at(report, "kernel");
    run.kernel_name = text_at(report, "kernel_name");
    run.place = text_at(report, "place");
    run.boot_ns = number_at(report, "boot_ns");
    for (const Json& spec : at(report, "specs"))
        for (const Json& test : at(spec, "tests"))
            run.tests.push_back(read_test(test, text_at(spec, "path")));
    return run;
}

std::optional<Verdict> verdict_named(std::string_view name) {
    for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::inconclusive,
                                  Verdict::skip, Verdict::xfail, Verdict::xpass, Verdict::error})
        if (judge::to_string(verdict) == name) return verdict;
    return std::nullopt;
}

} // namespace kps::gate
