#include "runtime/report/finding_text.hpp"
#include "runtime/report/machine_formats.hpp"
#include "runtime/report/pieces.hpp"

#include <fmt/core.h>
#include <pugixml.hpp>
#include <sstream>

namespace kps::report {

using judge::Verdict;

namespace {

std::string seconds(std::uint64_t ns) {
    return fmt::format("{:.3f}", static_cast<double>(ns) / 1e9);
}

const char* element_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::fail:
    case Verdict::xpass: return "failure";
    case Verdict::inconclusive:
    case Verdict::error: return "error";
    case Verdict::skip: return "skipped";
    case Verdict::pass:
    case Verdict::xfail: return nullptr;
    }
    return nullptr;
}

std::string explanation(const SpecRun& spec, const TestRun& test, const SourceSet& sources) {
    std::string text;
    for (const judge::Finding& finding : test.result.findings)
        if (needs_explanation(finding)) text += finding_text(finding, spec, test, sources) + "\n";
    for (const std::string& remark : test.result.remarks)
        text += fmt::format("note: {}\n", remark);
    return text;
}

std::string headline(const judge::TestResult& result) {
    if (!result.reason.empty()) return result.reason;
    for (const judge::Finding& finding : result.findings)
        if (finding.verdict == result.verdict)
            return finding.reason.empty() ? finding.text : finding.text + ": " + finding.reason;
    return std::string(to_string(result.verdict));
}

void add_case(pugi::xml_node suite, const SpecRun& spec, const TestRun& test,
              const SourceSet& sources) {
    const judge::TestResult& result = test.result;
    pugi::xml_node node = suite.append_child("testcase");
    node.append_attribute("name") = xml_text(result.name).c_str();
    node.append_attribute("classname") = xml_text(spec.spec.path).c_str();
    node.append_attribute("time") = seconds(test.duration_ns).c_str();
    const char* element = element_of(result.verdict);
    if (element == nullptr) return;
    pugi::xml_node outcome = node.append_child(element);
    outcome.append_attribute("message") = xml_text(headline(result)).c_str();
    if (result.verdict == Verdict::skip) return;
    outcome.append_attribute("type") = std::string(to_string(result.verdict)).c_str();
    outcome.text().set(xml_text(explanation(spec, test, sources)).c_str());
}

struct SuiteTotals {
    unsigned failures = 0, errors = 0, skipped = 0;
    std::uint64_t time_ns = 0;
};

SuiteTotals totals_of(const SpecRun& spec) {
    SuiteTotals totals;
    for (const TestRun& test : spec.tests) {
        const char* element = element_of(test.result.verdict);
        const std::string_view name = element == nullptr ? "" : element;
        totals.failures += name == "failure" ? 1U : 0U;
        totals.errors += name == "error" ? 1U : 0U;
        totals.skipped += name == "skipped" ? 1U : 0U;
        totals.time_ns += test.duration_ns;
    }
    return totals;
}

void add_properties(pugi::xml_node suite, const RunResult& run) {
    pugi::xml_node properties = suite.append_child("properties");
    for (const auto& [name, value] : {std::pair{"kernel", &run.kernel}, {"place", &run.place}}) {
        pugi::xml_node property = properties.append_child("property");
        property.append_attribute("name") = name;
        property.append_attribute("value") = xml_text(*value).c_str();
    }
}

/// What the workloads of a suite printed.
std::string output_of(const SpecRun& spec) {
    std::string text;
    for (const TestRun& test : spec.tests)
        for (const hits::CommandResult& run : test.trace.runs)
            if (!run.output.empty()) text += fmt::format("$ {}\n{}\n", run.command, run.output);
    return text;
}

void add_suite(pugi::xml_node root, const RunResult& run, std::size_t index,
               const SourceSet& sources) {
    const SpecRun& spec = run.specs[index];
    const SuiteTotals totals = totals_of(spec);
    pugi::xml_node suite = root.append_child("testsuite");
    suite.append_attribute("id") = static_cast<unsigned long long>(index);
    suite.append_attribute("name") = xml_text(spec.spec.path).c_str();
    suite.append_attribute("package") = "kps";
    suite.append_attribute("hostname") = xml_text(run.kernel).c_str();
    suite.append_attribute("timestamp") = run.started.c_str();
    suite.append_attribute("tests") = static_cast<unsigned long long>(spec.tests.size());
    suite.append_attribute("failures") = totals.failures;
    suite.append_attribute("errors") = totals.errors;
    suite.append_attribute("skipped") = totals.skipped;
    suite.append_attribute("time") = seconds(totals.time_ns).c_str();
    add_properties(suite, run);
    for (const TestRun& test : spec.tests)
        add_case(suite, spec, test, sources);
    suite.append_child("system-out").text().set(xml_text(output_of(spec)).c_str());
    suite.append_child("system-err");
}

} // namespace

std::string junit(const RunResult& run, const SourceSet& sources) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node root = document.append_child("testsuites");
    for (std::size_t i = 0; i < run.specs.size(); ++i)
        add_suite(root, run, i, sources);
    std::ostringstream text;
    document.save(text, "  ");
    return text.str();
}

} // namespace kps::report
