#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"

#include <nlohmann/json.hpp>

namespace kps::gate {

namespace {

using Json = nlohmann::ordered_json;

Json waiver_json(const Waiver& waiver) {
    return {{"until", waiver.until},   {"spec", waiver.spec}, {"subject", waiver.subject},
            {"reason", waiver.reason}, {"file", waiver.file}, {"line", waiver.line}};
}

Json list_json(const std::vector<std::size_t>& waivers, const Outcome& outcome) {
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

} // namespace

std::string json_report(const Judged& gate) {
    const Outcome& outcome = gate.outcome;
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
    const Json json = {{"exit_status", outcome.exit_status},
                       {"tests", std::move(tests)},
                       {"waived_rows", std::move(waived)},
                       {"expired_waivers", list_json(outcome.expired, outcome)},
                       {"unused_waivers", list_json(outcome.unused, outcome)}};
    return to_json(gate.record, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

} // namespace kps::gate
