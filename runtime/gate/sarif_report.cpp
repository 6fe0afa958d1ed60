#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace kps::gate {

namespace {

using Json = nlohmann::ordered_json;

struct Rule {
    const char* id;
    const char* text;
};
constexpr Rule rules[] = {
    {"test-regressed", "a test that did not fail on the old kernel fails on the new one"},
    {"test-newly-skipped", "a test that ran on the old kernel is skipped on the new one"},
    {"test-undecided", "a test could not be judged or run on the new kernel"},
    {"probe-changed", "a probe or field is gone on the new kernel, or has another type there"},
    {"waiver-expired", "a waiver has ended"},
};

const char* rule_of(Delta delta) {
    switch (delta) {
    case Delta::regressed: return "test-regressed";
    case Delta::newly_skipped: return "test-newly-skipped";
    case Delta::same:
    case Delta::fixed:
    case Delta::gained:
    case Delta::inconclusive:
    case Delta::flaky:
    case Delta::not_run:
    case Delta::error: break;
    }
    return "test-undecided";
}

Json result_json(const char* rule, const std::string& message, const Place& place) {
    Json region = {{"startLine", std::max<std::uint64_t>(place.line, 1)}};
    if (place.column > 0) region["startColumn"] = place.column;
    return {{"ruleId", rule},
            {"level", "error"},
            {"message", {{"text", message}}},
            {"locations",
             {{{"physicalLocation",
                {{"artifactLocation", {{"uri", place.file}}}, {"region", std::move(region)}}}}}}};
}

Json suppressed(Json result, const Waiver& waiver) {
    result["suppressions"] = {{{"kind", "external"}, {"justification", waiver.reason}}};
    return result;
}

/// Where the finding that decided stands; else the test.
Place place_of(const TestRow& row, const Side& side) {
    const auto findings = telling(side);
    return findings.empty() ? row.test.place : findings.front()->place;
}

Json results_of(const Judged& gate) {
    Json results = Json::array();
    const Record& record = gate.record;
    const auto add = [&](Json result, const std::optional<std::size_t>& waiver) {
        results.push_back(waiver ? suppressed(std::move(result), gate.outcome.waivers[*waiver])
                                 : std::move(result));
    };
    for (const TestRow& row : gate.outcome.tests)
        for (std::size_t kernel = 1; kernel < row.sides.size(); ++kernel) {
            const Side& side = row.sides[kernel];
            if (!is_finding(side.delta)) continue;
            add(result_json(rule_of(side.delta),
                            fmt::format("{} on {}: {}: {}", row.test.name,
                                        record.kernels[kernel].name, to_string(side.delta),
                                        side.why),
                            place_of(row, side)),
                side.waiver);
        }
    for (std::size_t i = 0; i < record.table.size(); ++i) {
        const StaticRow& row = record.table[i];
        if (!is_finding(row.state)) continue;
        add(result_json("probe-changed",
                        fmt::format("{} on {}: {}: {}; was {}", row.subject,
                                    record.kernels[row.kernel].name, to_string(row.state),
                                    row.new_text, row.old_text),
                        row.place),
            gate.outcome.table_waivers[i]);
    }
    for (const std::size_t index : gate.outcome.expired) {
        const Waiver& waiver = gate.outcome.waivers[index];
        results.push_back(
            result_json("waiver-expired",
                        fmt::format("the waiver for {} ended on {}", waiver.subject, waiver.until),
                        {waiver.file, waiver.line, 1}));
    }
    return results;
}

} // namespace

std::string sarif_report(const Judged& gate) {
    Json described = Json::array();
    for (const Rule& rule : rules)
        described.push_back({{"id", rule.id}, {"shortDescription", {{"text", rule.text}}}});
    const Json report = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"version", "2.1.0"},
                         {"runs",
                          {{{"tool",
                             {{"driver",
                               {{"name", "kps"},
                                {"version", gate.record.version},
                                {"rules", std::move(described)}}}}},
                            {"results", results_of(gate)}}}}};
    return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace kps::gate
