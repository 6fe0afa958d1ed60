#include "runtime/report/finding_text.hpp"
#include "runtime/report/machine_formats.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <pugixml.hpp>
#include <sstream>

namespace kps::report {

using judge::Verdict;

namespace {

std::string seconds(std::uint64_t ns) {
    return fmt::format("{:.3f}", static_cast<double>(ns) / 1e9);
}

/// XML 1.0 has no place for control characters, not even escaped.
std::string xml_text(std::string text) {
    const auto forbidden = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    };
    std::replace_if(text.begin(), text.end(), forbidden, '?');
    return text;
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

void add_suite(pugi::xml_node root, const RunResult& run, const SpecRun& spec,
               const SourceSet& sources) {
    std::size_t failures = 0, errors = 0, skipped = 0;
    std::uint64_t time_ns = 0;
    for (const TestRun& test : spec.tests) {
        const char* element = element_of(test.result.verdict);
        const std::string_view name = element == nullptr ? "" : element;
        failures += name == "failure" ? 1 : 0;
        errors += name == "error" ? 1 : 0;
        skipped += name == "skipped" ? 1 : 0;
        time_ns += test.duration_ns;
    }
    pugi::xml_node suite = root.append_child("testsuite");
    suite.append_attribute("name") = xml_text(spec.spec.path).c_str();
    suite.append_attribute("tests") = static_cast<unsigned long long>(spec.tests.size());
    suite.append_attribute("failures") = static_cast<unsigned long long>(failures);
    suite.append_attribute("errors") = static_cast<unsigned long long>(errors);
    suite.append_attribute("skipped") = static_cast<unsigned long long>(skipped);
    suite.append_attribute("time") = seconds(time_ns).c_str();
    pugi::xml_node properties = suite.append_child("properties");
    for (const auto& [name, value] : {std::pair{"kernel", &run.kernel}, {"place", &run.place}}) {
        pugi::xml_node property = properties.append_child("property");
        property.append_attribute("name") = name;
        property.append_attribute("value") = xml_text(*value).c_str();
    }
    for (const TestRun& test : spec.tests)
        add_case(suite, spec, test, sources);
}

} // namespace

std::string junit(const RunResult& run, const SourceSet& sources) {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node root = document.append_child("testsuites");
    root.append_attribute("name") = fmt::format("kps on {}", run.kernel).c_str();
    root.append_attribute("time") = seconds(run.duration_ns).c_str();
    for (const SpecRun& spec : run.specs)
        add_suite(root, run, spec, sources);
    std::ostringstream text;
    document.save(text, "  ");
    return text.str();
}

} // namespace kps::report
