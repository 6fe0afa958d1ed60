#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"
#include "runtime/report/pieces.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <pugixml.hpp>
#include <sstream>

namespace kps::gate {

namespace {

struct Case {
    std::string name, class_name;
    std::string element; ///< `failure`, `error`, `skipped`; empty: it passed
    std::string message, details;
    std::uint64_t time_ns = 0;
};

std::string element_of(const Side& side) {
    if (side.waiver) return "skipped";
    switch (side.delta) {
    case Delta::same: return side.verdict == Verdict::skip ? "skipped" : "";
    case Delta::fixed:
    case Delta::gained: return "";
    case Delta::regressed:
    case Delta::newly_skipped: return "failure";
    case Delta::inconclusive:
    case Delta::flaky:
    case Delta::not_run:
    case Delta::error: return "error";
    }
    return "error";
}

Case case_of(const Judged& gate, const TestRow& row, std::size_t kernel) {
    const Side& now = row.sides[kernel];
    const Side& before = row.sides.front();
    Case result{row.test.name, row.test.spec, element_of(now), delta_text(now), "", 0};
    if (!now.why.empty()) result.message += ": " + now.why;
    if (now.waiver) result.message += ": " + gate.outcome.waivers[*now.waiver].reason;
    for (const TestReport& run : now.runs)
        result.time_ns += run.duration_ns;
    result.details = fmt::format(
        "{}: {}\n{}\n{}: {}\n{}", gate.record.kernels[kernel].name, verdict_text(now),
        side_text(now), gate.record.kernels.front().name, verdict_text(before), side_text(before));
    return result;
}

Case case_of(const Judged& gate, std::size_t index) {
    const StaticRow& row = gate.record.table[index];
    const auto& waiver = gate.outcome.table_waivers[index];
    Case result{row.subject, row.spec, "", std::string(to_string(row.state)), "", 0};
    if (is_finding(row.state)) result.element = waiver ? "skipped" : "failure";
    if (waiver) result.message += ": " + gate.outcome.waivers[*waiver].reason;
    result.details = fmt::format("{}:{}: {}\nold: {}\nnew: {}\n", row.place.file, row.place.line,
                                 row.subject, row.old_text, row.new_text);
    return result;
}

void add_suite(pugi::xml_node root, const std::string& name, const Record& record,
               std::size_t kernel, const std::vector<Case>& cases) {
    pugi::xml_node suite = root.append_child("testsuite");
    const auto having = [&](std::string_view element) {
        return static_cast<unsigned long long>(
            std::ranges::count(cases, element, [](const Case& c) { return c.element; }));
    };
    suite.append_attribute("name") = report::xml_text(name).c_str();
    suite.append_attribute("hostname") = report::xml_text(record.kernels[kernel].release).c_str();
    suite.append_attribute("timestamp") = record.started.c_str();
    suite.append_attribute("tests") = static_cast<unsigned long long>(cases.size());
    suite.append_attribute("failures") = having("failure");
    suite.append_attribute("errors") = having("error");
    suite.append_attribute("skipped") = having("skipped");
    for (const Case& one : cases) {
        pugi::xml_node node = suite.append_child("testcase");
        node.append_attribute("name") = report::xml_text(one.name).c_str();
        node.append_attribute("classname") = report::xml_text(one.class_name).c_str();
        node.append_attribute("time") =
            fmt::format("{:.3f}", static_cast<double>(one.time_ns) / 1e9).c_str();
        if (one.element.empty()) continue;
        pugi::xml_node outcome = node.append_child(one.element.c_str());
        outcome.append_attribute("message") = report::xml_text(one.message).c_str();
        if (one.element != "skipped") outcome.text().set(report::xml_text(one.details).c_str());
    }
}

} // namespace

std::string junit_report(const Judged& gate) {
    const Record& record = gate.record;
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node root = document.append_child("testsuites");
    for (std::size_t kernel = 1; kernel < record.kernels.size(); ++kernel) {
        const std::string step =
            fmt::format("{} to {}", record.kernels.front().name, record.kernels[kernel].name);
        std::map<std::string, std::vector<Case>> by_spec;
        for (const TestRow& row : gate.outcome.tests)
            by_spec[row.test.spec].push_back(case_of(gate, row, kernel));
        for (const auto& [spec, cases] : by_spec)
            add_suite(root, fmt::format("{}: {}", step, spec), record, kernel, cases);
        std::vector<Case> rows;
        for (std::size_t i = 0; i < record.table.size(); ++i)
            if (record.table[i].kernel == kernel) rows.push_back(case_of(gate, i));
        add_suite(root, step + ": probes and fields", record, kernel, rows);
    }
    std::ostringstream text;
    document.save(text, "  ");
    return text.str();
}

} // namespace kps::gate
