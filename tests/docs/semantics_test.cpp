// Every row of "What each form says, row by row" in docs/language.md is judged as it says.

#include "compiler/diagnostics/render.hpp"
#include "compiler/semantics/resolve.hpp"
#include "runtime/judge/judge.hpp"
#include "tests/data/fixture_kernel.hpp"
#include "tests/docs/completions.hpp"
#include "tests/docs/semantics_rows.hpp"
#include "tests/docs/trace_notation.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <map>
#include <set>

namespace kps::docs {

/// What gtest prints of a parameter.
void PrintTo(const Row& row, std::ostream* out) {
    *out << "docs/language.md:" << row.line;
}

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string page_path = KPS_ROOT "/docs/language.md";

const Section& section() {
    static const Section section = [] {
        std::ifstream file(page_path, std::ios::binary);
        return read_section({std::istreambuf_iterator<char>(file), {}});
    }();
    return section;
}

/// A row's test, resolved.
struct Compiled {
    SourceSet sources;
    diag::Sink sink;
    sema::ResolvedSpec spec;

    explicit Compiled(const Row& row) {
        const std::string text = fmt::format(
            "{}\ntest \"row\" {{\n    run \"true\"\n    scope {}\n    {}\n}}\n",
            section().declarations, is_of_system(row.trace) ? "system" : "workload", row.statement);
        const sema::LoadedSpec loaded = sema::load(sources.add("row.kps", text), {}, sources, sink);
        spec = sema::resolve(loaded, sources, *test::fixture_kernel(), sink);
    }

    [[nodiscard]] std::string mistakes() const {
        if (!sink.has_errors()) return {};
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
};

/// All that the report says of the findings, but for that of the `run`.
std::string words_of(const judge::TestResult& result) {
    std::string words;
    for (std::size_t i = 1; i < result.findings.size(); ++i) {
        const judge::Finding& finding = result.findings[i];
        words += fmt::format("{} {}\n", to_string(finding.verdict), finding.reason);
        for (const judge::Evidence& evidence : finding.evidence)
            words += "  " + evidence.note + "\n";
        words += fmt::format("  {}\n", fmt::join(finding.remarks, "\n  "));
    }
    return words;
}

judge::Verdict verdict_of(const judge::TestResult& result) {
    std::vector<judge::Verdict> verdicts;
    for (std::size_t i = 1; i < result.findings.size(); ++i)
        verdicts.push_back(result.findings[i].verdict);
    return judge::combine(verdicts);
}

/// How a row is judged otherwise than it says; empty if it is not.
std::string difference(const Row& row) {
    const Compiled compiled(row);
    if (const std::string mistakes = compiled.mistakes(); !mistakes.empty()) return mistakes;
    const auto trace = read_trace(row.trace, compiled.spec);
    if (!trace) return trace.error();
    const judge::TestResult result = judge::judge(compiled.spec, compiled.spec.tests.at(0), *trace);
    const std::string verdict(to_string(verdict_of(result)));
    const std::string& seen = result.findings.back().seen;
    const std::string words = words_of(result);
    std::string wrong;
    if (verdict != row.verdict) wrong += fmt::format("it is {}, not {}\n", verdict, row.verdict);
    if (row.seen && seen != *row.seen) wrong += fmt::format("`{}` is seen\n", seen);
    for (const std::string& said : row.said)
        if (!words.contains(said)) wrong += fmt::format("`{}` is not said\n", said);
    return wrong.empty() ? wrong : wrong + "the report says:\n" + words;
}

class Semantics : public testing::TestWithParam<Row> {};

TEST_P(Semantics, IsAsTheRowSays) {
    const Row& row = GetParam();
    const std::string wrong = difference(row);
    if (!wrong.empty())
        ADD_FAILURE_AT(page_path.c_str(), static_cast<int>(row.line)) << row.text << "\n" << wrong;
}

/// PASS and FAIL hold in every run that may have been seen like that, and where those differ it
/// cannot be told. What is allowed to be tainted is another matter.
TEST_P(Semantics, IsWhatEveryCompletionSays) {
    const Row& row = GetParam();
    const std::set<std::string> told = {"PASS", "FAIL", "INCONCLUSIVE"};
    if (!told.contains(row.verdict) || row.statement.contains("allow tainted")) return;
    const Compiled compiled(row);
    const sema::Test& test = compiled.spec.tests.at(0);
    const auto seen = read_trace(row.trace, compiled.spec);
    ASSERT_TRUE(seen) << seen.error();
    std::set<std::string_view> verdicts;
    for (const hits::Trace& whole : completions(*seen, compiled.spec))
        verdicts.insert(to_string(verdict_of(judge::judge(compiled.spec, test, whole))));
    const bool agree = row.verdict == "INCONCLUSIVE"
                           ? verdicts.size() > 1 || verdicts.contains("INCONCLUSIVE")
                           : !verdicts.contains(row.verdict == "PASS" ? "FAIL" : "PASS");
    if (!agree)
        ADD_FAILURE_AT(page_path.c_str(), static_cast<int>(row.line))
            << row.text << "\nbut runs that may have been seen like that are "
            << fmt::format("{}", fmt::join(verdicts, " or "));
}

INSTANTIATE_TEST_SUITE_P(Rows, Semantics, testing::ValuesIn(section().rows),
                         [](const auto& row) { return fmt::format("line_{}", row.param.line); });

TEST(SemanticsTables, AreAllRead) {
    EXPECT_THAT(section().mistakes, IsEmpty());
    std::set<std::string> with_rows;
    for (const Row& row : section().rows)
        with_rows.insert(row.operators);
    EXPECT_EQ(with_rows, std::set(section().headings.begin(), section().headings.end()));
}

/// A number for each alternative of the form, and for each kind of scope.
std::set<std::string> forms_of(const sema::Expectation& expectation) {
    std::set<std::string> forms = {fmt::format("form {}", expectation.node.index())};
    if (expectation.scope)
        forms.insert(fmt::format("scope {}", static_cast<int>(expectation.scope->kind)));
    return forms;
}

TEST(SemanticsTables, HaveEachVerdictOfEachForm) {
    std::map<std::string, std::set<std::string>> verdicts;
    for (const Row& row : section().rows) {
        const Compiled compiled(row);
        for (const sema::Expectation& expectation : compiled.spec.tests.at(0).expectations)
            for (const std::string& form : forms_of(expectation))
                verdicts[form].insert(row.verdict);
    }
    EXPECT_EQ(verdicts.size(), std::variant_size_v<decltype(sema::Expectation::node)> + 4);
    for (const auto& [form, found] : verdicts)
        EXPECT_THAT(found, testing::IsSupersetOf({"PASS", "FAIL", "INCONCLUSIVE"})) << form;
}

// ---------------------------------------------------------------- what cannot be read

Section section_with(const std::string& table) {
    return read_section("## What each form says, row by row\n```kps\nprobe A on entry f\n```\n"
                        "| in a trace | |\n| --- | --- |\n| `1ms A` | |\n\n### some\n" +
                        table + "## Verdicts\n| a | b |\n");
}

TEST(SemanticsTables, AreReadByTheirColumns) {
    const Section section =
        section_with("| expectation | trace | verdict | seen | because |\n"
                     "| --- | --- | --- | --- | --- |\n"
                     "| `a \\|\\| b` | `1ms A` | PASS | `1` | `so` it `is` |\n\n"
                     "| `expect some A` | verdict | because |\n"
                     "| --- | --- | --- |\n| `2ms A` | FAIL | |\n");
    EXPECT_THAT(section.mistakes, IsEmpty());
    EXPECT_EQ(section.declarations, "probe A on entry f\n");
    ASSERT_EQ(section.rows.size(), 2U);
    EXPECT_EQ(section.rows[0].statement, "a || b");
    EXPECT_EQ(section.rows[0].seen, "1");
    EXPECT_THAT(section.rows[0].said, ElementsAre("so", "is"));
    EXPECT_EQ(section.rows[1].statement, "expect some A");
    EXPECT_EQ(section.rows[1].trace, "2ms A");
    EXPECT_EQ(section.rows[1].line, 16U);
    EXPECT_EQ(section.rows[1].operators, "some");
    EXPECT_FALSE(section.rows[1].seen);
}

TEST(SemanticsTables, AreRefusedIfTheyCannotBeRead) {
    const std::string head =
        "| expectation | trace | verdict | because |\n| --- | --- | --- | --- |\n";
    const auto mistakes = [](const std::string& table) { return section_with(table).mistakes; };
    EXPECT_THAT(mistakes(head), ElementsAre("13: a table without rows ends here"));
    EXPECT_THAT(mistakes("| expectation | trace | verdict |\n"),
                ElementsAre("10: a table with other columns"));
    EXPECT_THAT(mistakes("| some A | verdict | because |\n"),
                ElementsAre("10: a table with other columns"));
    EXPECT_THAT(mistakes(head + "| `a` | `b` | PASS |\n"),
                ElementsAre("12: a row with other columns", "14: a table without rows ends here"));
    EXPECT_THAT(mistakes(head + "| `a` | `b` | PASSES | |\n"), ElementsAre("12: no such verdict"));
    EXPECT_THAT(mistakes(head + "| `a` | b | PASS | |\n"), ElementsAre("12: the trace is no code"));
    EXPECT_THAT(mistakes(head + "| a `a` | `b` | PASS | |\n"),
                ElementsAre("12: the expectation is no code"));
}

TEST(SemanticsTraces, AreRefusedIfTheyCannotBeRead) {
    const Compiled compiled(section().rows.at(0));
    const auto error_of = [&](std::string_view trace) {
        const auto read = read_trace(trace, compiled.spec);
        return read ? std::string() : read.error();
    };
    EXPECT_EQ(error_of("1ms A(k=2,v=-1)@1*3 lost 2 B in 1ms..2ms lost some any end 4ms"), "");
    for (const auto& [trace, error] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", "a trace of nothing"},
             {"1ms", "the end"},
             {"1 A", "1, which is no time"},
             {"1.0000001ms A", "finer than 1 ns"},
             {"1ms D", "D, which is no probe"},
             {"1ms A(k)", "k, which is no value"},
             {"1ms A(x=1)", "x, which is no field"},
             {"1ms A(k=one)", "one"},
             {"1ms A*", "A*, which is no hit"},
             {"2ms A 1ms A", "earlier"},
             {"2ms A end 1ms", "a hit behind the end"},
             {"1ms A system", "system, which is no time"},
             {"lost D", "D, which is no probe"},
             {"lost A in 1ms", "1ms, which is no range"}})
        EXPECT_THAT(error_of(trace), HasSubstr(error)) << trace;
}

} // namespace

} // namespace kps::docs
