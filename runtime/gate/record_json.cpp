#include "runtime/gate/json_access.hpp"
#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kps::gate {

namespace {

using Json = nlohmann::ordered_json;

Json place_json(const Place& place) {
    return {{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

Place read_place(const Json& json) {
    const Json& place = at(json, "place");
    return {text_at(place, "file"), number_at(place, "line"), number_at(place, "column")};
}

Json test_json(const TestName& test) {
    return {{"spec", test.spec},
            {"name", test.name},
            {"place", place_json(test.place)},
            {"shard", test.shard},
            {"repeats", test.repeats}};
}

TestName read_test(const Json& json) {
    return {text_at(json, "spec"), text_at(json, "name"), read_place(json),
            static_cast<std::uint32_t>(number_at(json, "shard")),
            static_cast<std::uint32_t>(number_at(json, "repeats"))};
}

Json row_json(const StaticRow& row) {
    return {{"kernel", row.kernel},
            {"spec", row.spec},
            {"subject", row.subject},
            {"place", place_json(row.place)},
            {"state", to_string(row.state)},
            {"old", row.old_text},
            {"new", row.new_text}};
}

StaticRow read_row(const Json& json) {
    const auto state = std::ranges::find(state_names, text_at(json, "state"));
    return {number_at(json, "kernel"),
            text_at(json, "spec"),
            text_at(json, "subject"),
            read_place(json),
            state == state_names.end() ? State::gone
                                       : static_cast<State>(state - state_names.begin()),
            text_at(json, "old"),
            text_at(json, "new")};
}

Json change_json(const StaticChange& change) {
    return {{"kernel", change.kernel}, {"kind", change.kind},    {"name", change.name},
            {"old", change.old_text},  {"new", change.new_text}, {"severity", change.severity}};
}

StaticChange read_change(const Json& json) {
    return {number_at(json, "kernel"), text_at(json, "kind"), text_at(json, "name"),
            text_at(json, "old"),      text_at(json, "new"),  text_at(json, "severity")};
}

Json run_json(const KernelRun& run) {
    Json json = {{"kernel", run.kernel}};
    if (run.error.empty())
        json["report"] = Json::parse(run.report, nullptr, false);
    else
        json["error"] = run.error;
    return json;
}

KernelRun read_run(const Json& json) {
    KernelRun run{number_at(json, "kernel"), text_at(json, "error"), ""};
    if (run.error.empty()) run.report = at(json, "report").dump();
    return run;
}

template <class T>
Json list_json(const std::vector<T>& all, Json (*one)(const T&)) {
    Json list = Json::array();
    for (const T& element : all)
        list.push_back(one(element));
    return list;
}

Json waiver_json(const Waiver& waiver) {
    return {{"until", waiver.until},   {"spec", waiver.spec}, {"subject", waiver.subject},
            {"reason", waiver.reason}, {"file", waiver.file}, {"line", waiver.line}};
}

Json waivers_json(const std::vector<std::size_t>& waivers, const Outcome& outcome) {
    Json list = Json::array();
    for (const std::size_t index : waivers)
        list.push_back(waiver_json(outcome.waivers[index]));
    return list;
}

Json side_json(const Side& side, std::size_t kernel, const Outcome& outcome) {
    Json json = {{"kernel", kernel}, {"verdict", verdict_text(side)}, {"why", side.why}};
    Json compared = Json::array();
    for (const Finding& finding : side.baseline)
        compared.push_back({{"verdict", judge::to_string(finding.verdict)},
                            {"text", finding.text},
                            {"seen", finding.seen},
                            {"expected", finding.expected},
                            {"reason", finding.reason}});
    if (kernel == 0) return json;
    json["delta"] = to_string(side.delta);
    json["baseline"] = std::move(compared);
    if (side.waiver) json["waiver"] = waiver_json(outcome.waivers[*side.waiver]);
    return json;
}

/// What was judged, in the words of the other reports; reading leaves it out.
Json outcome_json(const Outcome& outcome) {
    Json tests = Json::array();
    for (const TestRow& row : outcome.tests) {
        Json sides = Json::array();
        for (std::size_t kernel = 0; kernel < row.sides.size(); ++kernel)
            sides.push_back(side_json(row.sides[kernel], kernel, outcome));
        tests.push_back({{"spec", row.test.spec}, {"name", row.test.name}, {"kernels", sides}});
    }
    Json waived = Json::array();
    for (std::size_t i = 0; i < outcome.table_waivers.size(); ++i)
        if (outcome.table_waivers[i])
            waived.push_back(
                {{"row", i}, {"waiver", waiver_json(outcome.waivers[*outcome.table_waivers[i]])}});
    return {{"exit_status", outcome.exit_status},
            {"tests", std::move(tests)},
            {"waived_rows", std::move(waived)},
            {"expired_waivers", waivers_json(outcome.expired, outcome)},
            {"unused_waivers", waivers_json(outcome.unused, outcome)}};
}

} // namespace

std::string json_report(const Judged& gate) {
    const Record& record = gate.record;
    Json kernels = Json::array();
    for (const Kernel& kernel : record.kernels)
        kernels.push_back({{"name", kernel.name}, {"release", kernel.release}});
    const Json json = {
        {"format", "kps-gate"},
        {"format_version", 1},
        {"kps", record.version},
        {"set", record.set},
        {"shard", {{"index", record.shard.index}, {"count", record.shard.count}}},
        {"started", record.started},
        {"duration_ns", record.duration_ns},
        {"tolerance", record.tolerance},
        {"static_only", record.static_only},
        {"kernels", std::move(kernels)},
        {"outcome", outcome_json(gate.outcome)},
        {"tests", list_json(record.tests, test_json)},
        {"table", list_json(record.table, row_json)},
        {"changes", list_json(record.changes, change_json)},
        {"runs", list_json(record.runs, run_json)},
    };
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Record> read_record(std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return fail("it is not valid JSON; it may have been cut short");
    if (text_at(json, "format") != "kps-gate" || number_at(json, "format_version") != 1)
        return fail("it is not of the format kps-gate, version 1",
                    "`kps gate ... --report json=FILE` writes one");
    Record record;
    record.version = text_at(json, "kps");
    record.set = text_at(json, "set");
    record.shard = {static_cast<std::uint32_t>(number_at(at(json, "shard"), "index")),
                    static_cast<std::uint32_t>(number_at(at(json, "shard"), "count"))};
    record.started = text_at(json, "started");
    record.duration_ns = number_at(json, "duration_ns");
    record.tolerance = real_at(json, "tolerance");
    record.static_only = at(json, "static_only") == true;
    record.kernels = all_at(json, "kernels", [](const Json& kernel) {
        return Kernel{text_at(kernel, "name"), text_at(kernel, "release")};
    });
    record.tests = all_at(json, "tests", read_test);
    record.table = all_at(json, "table", read_row);
    record.changes = all_at(json, "changes", read_change);
    record.runs = all_at(json, "runs", read_run);
    if (record.shard.index < 1 || record.shard.index > record.shard.count ||
        record.kernels.size() < 2)
        return fail("it says of itself what cannot be: it is damaged");
    return record;
}

} // namespace kps::gate
