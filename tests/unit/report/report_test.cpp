#include "runtime/report/machine_formats.hpp"
#include "runtime/report/text.hpp"
#include "tests/shell.hpp"

#include <cstdio>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace kps::report {
namespace {

using judge::Verdict;
using ::testing::HasSubstr;
using ::testing::Not;

/// One spec with a test that failed, one that was skipped and one that passed.
struct Report : ::testing::Test {
    SourceSet sources;
    RunResult run;

    Report() {
        const SourceId file =
            sources.add("a.kps", "test \"one\" {\n    expect every open: ret == -EACCES\n}\n");
        run.version = "0.1.0";
        run.kernel = "6.12.0-test";
        run.kernel_name = "debian:6.12";
        run.place = "QEMU";
        run.started = "2026-11-21T03:00:00";
        run.boot_ns = 4'900'000'000;
        run.duration_ns = 6'000'000'000;
        SpecRun spec;
        spec.spec.path = "a.kps";
        sema::Probe probe;
        probe.name = "open.exit";
        probe.fields.push_back(
            {"ret", {.is_signed = true, .display = sema::Display::errno_code}, {}, {}});
        const sema::ProbeId id = spec.spec.probes.add(probe);
        spec.tests.push_back(failed(id, Span{file, 17, 50}));
        spec.tests.push_back(plain("two # odd \\ name", Verdict::skip, "requires config FOO"));
        spec.tests.push_back(plain("three", Verdict::pass, ""));
        run.specs.push_back(std::move(spec));
    }

    static TestRun plain(std::string name, Verdict verdict, std::string reason) {
        TestRun test;
        test.result.name = std::move(name);
        test.result.verdict = verdict;
        test.result.reason = std::move(reason);
        return test;
    }

    static TestRun failed(sema::ProbeId probe, Span span) {
        TestRun test = plain("one", Verdict::fail, "");
        test.duration_ns = 120'000'000;
        hits::Hit hit;
        hit.probe = probe;
        hit.time_ns = 2'500'000;
        hit.cpu = 1;
        hit.tid = 71;
        hit.comm = "c\x01t";
        test.trace.live_ns = 1'000'000;
        const auto fields = test.trace.storage->make<hits::Value>(1);
        fields[0] = static_cast<std::uint64_t>(-2);
        hit.fields = fields;
        test.trace.hits.push_back(hit);
        judge::Finding finding;
        finding.verdict = Verdict::fail;
        finding.text = "every open: ret == -EACCES";
        finding.span = span;
        finding.seen = "-ENOENT";
        finding.expected = "== -EACCES";
        finding.reason = "1 of 1 hits breaks it";
        finding.evidence.push_back({{0}, "ret is -ENOENT", {"ret"}});
        test.result.findings.push_back(finding);
        return test;
    }
};

TEST_F(Report, AFailureShowsWhatWasBeforeIt) {
    TestRun& test = run.specs[0].tests[0];
    hits::Hit earlier = test.trace.hits[0];
    earlier.time_ns = 1'500'000;
    test.trace.hits.push_back(earlier);
    test.result.findings[0].context = {1};
    const std::string text = text_test(run.specs[0], test, sources, {});
    EXPECT_THAT(text, HasSubstr("      before\n        +0.500 ms  cpu 1"));
    const auto json = nlohmann::json::parse(report::json(run, sources));
    EXPECT_EQ(json["specs"][0]["tests"][0]["findings"][0]["context"][0]["time_ns"], 1'500'000);
}

TEST_F(Report, TextDrawsWhatIsShown) {
    using judge::Histogram;
    judge::TestResult& result = run.specs[0].tests[2].result;
    result.shows = {{Histogram{"duration",
                               123,
                               {{false, 512, 1023, "512 ns..1.02 us", 120},
                                {false, 1024, 2047, "1.02 us..2.05 us", 0},
                                {false, 2048, 4095, "2.05 us..4.1 us", 3}}},
                     "show hist(open.duration)",
                     {},
                     {"up to 2 hits were lost"}},
                    {judge::Top{{{"comm \"cat\"", 12}, {"comm \"ls\"", 3}}, 1, 2},
                     "show top 2 count(open) by comm",
                     {},
                     {}},
                    {Histogram{"duration", 0, {}}, "show hist(open.duration)", {}, {}}};
    const std::string text = text_test(run.specs[0], run.specs[0].tests[2], sources, {});
    EXPECT_THAT(text, HasSubstr("\n        show hist(open.duration)\n"
                                "           512 ns..1.02 us  120  "
                                "########################################\n"
                                "          1.02 us..2.05 us    0\n"
                                "           2.05 us..4.1 us    3  #\n"
                                "          note: up to 2 hits were lost\n"
                                "        show top 2 count(open) by comm\n"
                                "          12  comm \"cat\"\n"
                                "           3  comm \"ls\"\n"
                                "          ... and 1 key with 2 hits\n"
                                "        show hist(open.duration)\n"
                                "          no value\n"));
}

TEST_F(Report, VerboseTextHasWhatHeldAndAllThatIsShown) {
    SpecRun& spec = run.specs[0];
    TestRun& test = spec.tests[0];
    judge::Finding& finding = test.result.findings[0];
    finding.verdict = Verdict::pass;
    test.result.shows = {
        {judge::Hits{std::vector(25, std::vector<std::size_t>{0}), 7}, "show open", {}, {}}};
    const std::string text = text_test(spec, test, sources, {diag::Colour::never, true});
    EXPECT_THAT(text, HasSubstr("        held  every open: ret == -EACCES  (seen -ENOENT)\n"));
    EXPECT_THAT(text, HasSubstr("... and 7 more\n"));
    EXPECT_THAT(text_test(spec, test, sources, {}), Not(HasSubstr("held")));
    finding.verdict = Verdict::xfail;
    EXPECT_THAT(text_test(spec, test, sources, {diag::Colour::never, true}),
                HasSubstr("        failed as known  every open"));
}

TEST_F(Report, JsonHasTheNumbersOfWhatIsShown) {
    run.specs[0].tests[0].result.shows = {
        {judge::Histogram{"ret", 3, {{true, 0, 0, "below 0", 1}, {false, 0, 0, "0", 2}}},
         "show hist(open.ret)",
         run.specs[0].tests[0].result.findings[0].span,
         {}},
        {judge::Top{{{"comm \"cat\"", 12}}, 1, 2}, "show top 1", {}, {"lost"}}};
    const auto shows = nlohmann::json::parse(json(run, sources))["specs"][0]["tests"][0]["shows"];
    EXPECT_EQ(shows[0]["text"], "show hist(open.ret)");
    EXPECT_EQ(shows[0]["place"]["line"], 2);
    const auto& buckets = shows[0]["histogram"]["buckets"];
    EXPECT_EQ(shows[0]["histogram"]["values"], 3);
    EXPECT_FALSE(buckets[0].contains("from"));
    EXPECT_EQ(buckets[1]["to"], 0);
    EXPECT_EQ(buckets[1]["count"], 2);
    EXPECT_EQ(shows[1]["top"]["rows"][0]["key"], "comm \"cat\"");
    EXPECT_EQ(shows[1]["top"]["more_hits"], 2);
    EXPECT_EQ(shows[1]["remarks"][0], "lost");
}

TEST_F(Report, ShowsHitsAndHistogramsByKey) {
    using judge::Histogram;
    SpecRun& spec = run.specs[0];
    const Histogram one{"ret", 3, {{false, 0, 0, "0", 3}}};
    spec.tests[0].result.shows = {
        {judge::Hits{std::vector(25, std::vector<std::size_t>{0}), 7}, "show open", {}, {}},
        {judge::Histograms{{{"comm \"cat\"", one}}, 2}, "show hist(open.ret) by comm", {}, {}},
        {judge::Hits{}, "show open", {}, {}}};
    const std::string text = text_test(spec, spec.tests[0], sources, {});
    const std::string hit = "          +1.500 ms  cpu 1  c\\x01t/71  open.exit  ret=-ENOENT\n";
    EXPECT_THAT(text, HasSubstr("        show open\n" + hit + hit));
    EXPECT_THAT(text, HasSubstr(hit + "          ... and 12 more\n"));
    EXPECT_THAT(text, HasSubstr("          comm \"cat\"\n          0  3  ####"));
    EXPECT_THAT(text, HasSubstr("          ... and 2 keys\n        show open\n          no hit\n"));
    for (judge::Shown& shown : spec.tests[0].result.shows)
        shown.span = spec.tests[0].result.findings[0].span;
    const auto shows = nlohmann::json::parse(json(run, sources))["specs"][0]["tests"][0]["shows"];
    EXPECT_EQ(shows[0]["hits"]["items"].size(), 25U);
    EXPECT_EQ(shows[0]["hits"]["items"][0][0]["fields"]["ret"], "-ENOENT");
    EXPECT_EQ(shows[0]["hits"]["more"], 7);
    EXPECT_EQ(shows[1]["histograms"]["rows"][0]["histogram"]["values"], 3);
    EXPECT_EQ(shows[1]["histograms"]["more_keys"], 2);
}

TEST_F(Report, TextShowsTheLineTheValuesAndTheHits) {
    const SpecRun& spec = run.specs[0];
    EXPECT_EQ(text_test(spec, spec.tests[0], sources, {}),
              "  FAIL  one  (1 check, 1 hit, 120 ms)\n"
              "       --> a.kps:2:5\n"
              "        |\n"
              "      2 |     expect every open: ret == -EACCES\n"
              "        |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 1 of 1 hits breaks it\n"
              "      seen     -ENOENT\n"
              "      expected == -EACCES\n"
              "      +1.500 ms  cpu 1  c\\x01t/71  open.exit  ret=-ENOENT\n"
              "        ^ ret is -ENOENT\n");
    EXPECT_THAT(text_test(spec, spec.tests[0], sources, {diag::Colour::always, false}),
                HasSubstr("\033[1mret=-ENOENT\033[0m"));
    EXPECT_THAT(text_summary(run, diag::Colour::never),
                HasSubstr("3 tests: 1 passed, 1 failed, 1 skipped on 6.12.0-test in 6"));
}

TEST_F(Report, AnArrayOfAddressesHasALineForEachBelowItsHit) {
    constexpr std::uint64_t in_open = 0xffff'ffff'8123'4570;
    SpecRun& spec = run.specs[0];
    TestRun& test = spec.tests[0];
    const sema::ValueType addresses{.kind = sema::TypeKind::array,
                                    .display = sema::Display::symbol};
    auto& declared = spec.spec.probes[test.trace.hits[0].probe].fields;
    declared.push_back({"stack", addresses, {}, {}});
    declared.push_back({"none", addresses, {}, {}});
    declared.push_back({"lost", addresses, {}, {}});
    test.trace.symbols = {{in_open, "vfs_open+0x10"}};
    const auto frames = test.trace.storage->make<std::uint64_t>(2);
    frames[0] = in_open;
    frames[1] = 16;
    const auto fields = test.trace.storage->make<hits::Value>(4);
    fields[0] = static_cast<std::uint64_t>(-2);
    fields[1] = hits::Elements(frames);
    fields[2] = hits::Elements(frames.first(0));
    fields[3] = hits::Unreadable{};
    test.trace.hits[0].fields = fields;
    test.result.findings[0].context = {0};
    test.result.shows = {{judge::Hits{{{0}}, 0}, "show open", test.result.findings[0].span, {}}};

    const std::string fields_text = "open.exit  ret=-ENOENT  none=[]  lost=<unreadable>\n";
    const auto lines = [&](const std::string& indent) {
        return fields_text + indent + "stack  vfs_open+0x10\n" + indent + "       0x10\n";
    };
    const std::string text = text_test(spec, test, sources, {});
    EXPECT_THAT(text, HasSubstr("  " + lines("            ") + "      +1.5"));     // before
    EXPECT_THAT(text, HasSubstr("  " + lines("          ") + "        ^ ret is")); // evidence
    EXPECT_THAT(text, ::testing::EndsWith("  " + lines("              ")));        // shown
    EXPECT_THAT(tap(run, sources), HasSubstr("stack  vfs_open+0x10\n"));
    const auto json = nlohmann::json::parse(report::json(run, sources));
    const auto& shown = json["specs"][0]["tests"][0]["shows"][0]["hits"]["items"][0][0]["fields"];
    EXPECT_EQ(shown["stack"], nlohmann::json({"vfs_open+0x10", "0x10"}));
    EXPECT_EQ(shown["none"], nlohmann::json::array());
    EXPECT_EQ(shown["lost"], "<unreadable>");
}

TEST_F(Report, JsonHasTheWholeRun) {
    const nlohmann::json report = nlohmann::json::parse(json(run, sources));
    EXPECT_EQ(report["format_version"], 1);
    const nlohmann::json& test = report["specs"][0]["tests"][0];
    EXPECT_EQ(test["verdict"], "FAIL");
    EXPECT_EQ(test["findings"][0]["place"]["line"], 2);
    EXPECT_EQ(test["findings"][0]["evidence"][0]["hits"][0]["fields"]["ret"], "-ENOENT");
    EXPECT_EQ(report["specs"][0]["tests"][1]["reason"], "requires config FOO");
}

TEST_F(Report, JsonHasWhatWasMeasured) {
    judge::Finding& finding = run.specs[0].tests[0].result.findings[0];
    const auto parsed = [&] {
        return nlohmann::json::parse(json(run, sources))["specs"][0]["tests"][0]["findings"][0];
    };
    EXPECT_FALSE(parsed().contains("measured"));
    finding.measured = {2, 2.5};
    finding.against_baseline.emplace().of_baseline = 1.2;
    EXPECT_EQ(parsed()["measured"]["low"], 2);
    EXPECT_EQ(parsed()["measured"]["high"], 2.5);
    EXPECT_EQ(parsed()["baseline_factor"], 1.2);
}

TEST_F(Report, JunitCountsAndExplains) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(junit(run, sources).c_str()));
    const pugi::xml_node suite = document.child("testsuites").child("testsuite");
    EXPECT_STREQ(suite.attribute("tests").value(), "3");
    EXPECT_STREQ(suite.attribute("failures").value(), "1");
    EXPECT_STREQ(suite.attribute("skipped").value(), "1");
    const pugi::xml_node failure = suite.child("testcase").child("failure");
    EXPECT_THAT(failure.text().get(), HasSubstr("expected: == -EACCES"));
    EXPECT_THAT(failure.text().get(), Not(HasSubstr("\x01")));
}

TEST_F(Report, JunitIsValidByTheSchema) {
    const std::string file = ::testing::TempDir() + "kps-report-test.xml";
    std::ofstream(file) << junit(run, sources);
    const Ran ran = shell("xmllint --noout --schema " KPS_TEST_DATA "/junit.xsd " + file);
    EXPECT_EQ(ran.status, 0) << ran.output;
    std::remove(file.c_str());
}

TEST_F(Report, TapEscapesAndExplains) {
    const std::string text = tap(run, sources);
    EXPECT_THAT(text, HasSubstr("TAP version 14\n1..3\n"));
    EXPECT_THAT(text, HasSubstr("not ok 1 - a.kps: one\n  ---\n  verdict: FAIL\n"));
    EXPECT_THAT(text,
                HasSubstr("ok 2 - a.kps: two \\# odd \\\\ name # SKIP requires config FOO\n"));
    EXPECT_THAT(text, HasSubstr("\nok 3 - a.kps: three\n"));
}

TEST_F(Report, TheExitStatusIsTheHighestRanking) {
    struct Row {
        Verdict verdict;
        int status;
    };
    for (const Row& row : {Row{Verdict::pass, 0}, Row{Verdict::skip, 0}, Row{Verdict::xfail, 0},
                           Row{Verdict::inconclusive, 3}, Row{Verdict::fail, 1},
                           Row{Verdict::xpass, 1}, Row{Verdict::error, 4}}) {
        run.specs[0].tests = {plain("a", Verdict::pass, ""), plain("b", row.verdict, "")};
        EXPECT_EQ(exit_status(run, false), row.status) << to_string(row.verdict);
    }
    run.specs[0].tests = {plain("a", Verdict::inconclusive, ""), plain("b", Verdict::fail, ""),
                          plain("c", Verdict::error, "")};
    EXPECT_EQ(exit_status(run, false), 4);
    run.specs[0].tests = {plain("a", Verdict::skip, "")};
    EXPECT_EQ(exit_status(run, true), 1);
}

} // namespace
} // namespace kps::report
