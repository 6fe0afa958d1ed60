#include "runtime/gate/html.hpp"
#include "runtime/gate/reports.hpp"
#include "tests/unit/gate/sample.hpp"

#include <gmock/gmock.h>
#include <pugixml.hpp>

namespace kps::gate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// One test of each kind, two rows and a waiver.
struct Reports : ::testing::Test {
    Record record = sample::record();
    Outcome outcome;

    Reports() {
        sample::add(record, "holds", {{"PASS"}, {"PASS"}});
        sample::add(record, "breaks <b> & \"c\" | # x", {{"PASS"}, {"FAIL"}});
        sample::add(record, "is accepted", {{"PASS"}, {"FAIL"}});
        sample::add(record, "vanishes", {{"PASS"}, {"SKIP"}});
        sample::add(record, "cannot be told", {{"PASS"}, {"INCONCLUSIVE"}});
        record.table.push_back({1,
                                "specs/a.kps",
                                "probe open",
                                {"specs/a.kps", 3, 6},
                                State::gone,
                                "entry old_open",
                                "no function `old_open`"});
        record.table.push_back({1,
                                "specs/a.kps",
                                "probe read",
                                {"specs/a.kps", 9, 6},
                                State::same,
                                "entry vfs_read",
                                "entry vfs_read"});
        record.changes.push_back(
            {1, "member_type", "inode.i_ino", "unsigned long", "u64", "silent wrong data"});
        outcome = compare(record,
                          {{"2027-01-31", "a.kps", "is accepted", "ticket 12", "waivers", 3},
                           {"2020-01-31", "a.kps", "long ago", "ticket 1", "waivers", 4}},
                          "2026-11-21");
    }

    [[nodiscard]] Judged judged() const { return {record, outcome}; }
};

TEST_F(Reports, TextShowsBothSidesOfWhatDiffers) {
    const std::string text = text_report(judged(), diag::Colour::never);
    EXPECT_THAT(text, AllOf(HasSubstr("5 tests: 1 same, 2 regressed, 1 newly skipped, 1 "
                                      "inconclusive (1 waived)"),
                            HasSubstr("regressed     PASS → FAIL  breaks"),
                            HasSubstr("waived        PASS → FAIL  is accepted"),
                            HasSubstr("seen     -ENOENT"),
                            HasSubstr("ret=-ENOENT  stack=[vfs_open+0x10, 0x10]")));
    EXPECT_THAT(text, AllOf(HasSubstr("gone          probe open"), HasSubstr("silent wrong data"),
                            HasSubstr("expired waiver waivers:4"),
                            HasSubstr("gate stopped: the kernels differ")));
    EXPECT_THAT(text, Not(HasSubstr("probe read"))) << "what is the same is only counted";
    EXPECT_THAT(text, Not(HasSubstr("\033"))) << "no colour";
    EXPECT_THAT(text_report(judged(), diag::Colour::always), HasSubstr("\033"));
}

TEST_F(Reports, JsonHasTheOutcome) {
    const auto json = sample::Json::parse(json_report(judged()));
    const auto& told = json["outcome"];
    EXPECT_EQ(told["exit_status"], 1);
    EXPECT_EQ(told["tests"].size(), 5U);
    EXPECT_EQ(told["tests"][1]["kernels"][1]["delta"], "regressed");
    EXPECT_EQ(told["tests"][2]["kernels"][1]["waiver"]["reason"], "ticket 12");
    EXPECT_EQ(told["expired_waivers"][0]["line"], 4);
    EXPECT_EQ(json["table"][0]["state"], "gone");
    EXPECT_EQ(json["runs"][0]["report"]["format"], "kps-report");
}

TEST_F(Reports, JunitCountsWhatItHas) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(junit_report(judged()).c_str()));
    const pugi::xml_node suite = document.child("testsuites").child("testsuite");
    EXPECT_EQ(suite.attribute("tests").as_int(), 5);
    EXPECT_EQ(suite.attribute("failures").as_int(), 2);
    EXPECT_EQ(suite.attribute("errors").as_int(), 1);
    EXPECT_EQ(suite.attribute("skipped").as_int(), 1);
    const pugi::xml_node second = suite.child("testcase").next_sibling();
    EXPECT_STREQ(second.attribute("name").value(), "breaks <b> & \"c\" | # x");
    EXPECT_THAT(second.child("failure").text().get(),
                AllOf(HasSubstr("debian:6.1: PASS"), HasSubstr("debian:6.12: FAIL")));
    const pugi::xml_node table = suite.next_sibling();
    EXPECT_EQ(table.attribute("tests").as_int(), 2);
    EXPECT_EQ(table.attribute("failures").as_int(), 1);
}

TEST_F(Reports, TapHasALineForEachTestAndFinding) {
    const std::string tap = tap_report(judged());
    EXPECT_THAT(tap, HasSubstr("TAP version 14\n1..6\n"));
    EXPECT_THAT(tap, HasSubstr("ok 1 - debian:6.12: specs/a.kps: holds: same\n"));
    EXPECT_THAT(tap, HasSubstr("not ok 2 - debian:6.12: specs/a.kps: breaks <b> & \"c\" | \\# x"));
    EXPECT_THAT(tap, HasSubstr("\nok 3 - debian:6.12: specs/a.kps: is accepted: regressed # SKIP "
                               "waived: ticket 12"));
    EXPECT_THAT(tap, HasSubstr("not ok 6 - debian:6.12: specs/a.kps: probe open: gone"));
}

TEST_F(Reports, MarkdownEscapesWhatItQuotes) {
    const std::string text = markdown_report(judged());
    EXPECT_THAT(text, HasSubstr("## kps gate: stopped"));
    EXPECT_THAT(text, HasSubstr("| breaks \\<b\\> & \"c\" \\| # x | PASS | FAIL | regressed |"));
    EXPECT_THAT(text, HasSubstr("<details>"));
    EXPECT_THAT(text, HasSubstr("| probe open | entry old\\_open |"));
}

TEST_F(Reports, SarifPointsAtTheSpec) {
    const auto json = sample::Json::parse(sarif_report(judged()));
    EXPECT_EQ(json["version"], "2.1.0");
    const auto& results = json["runs"][0]["results"];
    ASSERT_EQ(results.size(), 6U); // four tests, a row, a waiver
    EXPECT_EQ(results[0]["ruleId"], "test-regressed");
    const auto& place = results[0]["locations"][0]["physicalLocation"];
    EXPECT_EQ(place["artifactLocation"]["uri"], "a.kps");
    EXPECT_EQ(place["region"]["startLine"], 7);
    EXPECT_EQ(results[1]["suppressions"][0]["justification"], "ticket 12");
    EXPECT_EQ(results[4]["ruleId"], "probe-changed");
    EXPECT_EQ(results[5]["ruleId"], "waiver-expired");
}

TEST_F(Reports, HtmlIsWellFormedAndLoadsNothing) {
    const std::string html = html_report(judged());
    for (const char* forbidden : {"<script", "src=", "http:", "https:", "@import", "url("})
        EXPECT_THAT(html, Not(HasSubstr(forbidden)));
    EXPECT_THAT(html, HasSubstr("breaks &lt;b&gt; &amp; &quot;c&quot;"));
    EXPECT_THAT(html, HasSubstr("<svg role=\"img\" aria-label=\"1..1: 3, 2..3: 9\""));
    EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(html, HasSubstr("<title>kps gate: debian:6.1 → debian:6.12</title>"));
    std::string body = html.substr(html.find("<body"));
    body.resize(body.rfind("</html>"));
    // the only elements without an end
    for (std::size_t at; (at = body.find("<input")) != std::string::npos;)
        body.erase(at, body.find('>', at) + 1 - at);
    for (std::size_t at; (at = body.find("<details open")) != std::string::npos;)
        body.erase(at + 8, 5);
    pugi::xml_document document;
    const auto parsed = document.load_string(body.c_str());
    EXPECT_TRUE(parsed) << parsed.description() << " at "
                        << body.substr(static_cast<std::size_t>(parsed.offset), 80);
}

TEST(DrawingTest, KernelsShareBucketsAndScale) {
    const Histogram old{"show", {{"1..1", 1, 10}, {"2..3", 2, 5}}};
    const Histogram now{"show", {{"2..3", 2, 20}, {"4..7", 4, 0}, {"below 0", std::nullopt, 1}}};
    const std::array<const Histogram*, 2> both = {&old, &now};
    const std::string left = drawing(old, both);
    const std::string right = drawing(now, both);
    EXPECT_THAT(left, HasSubstr("aria-label=\"below 0: 0, 1..1: 10, 2..3: 5, 4..7: 0\""));
    EXPECT_THAT(right, HasSubstr("aria-label=\"below 0: 1, 1..1: 0, 2..3: 20, 4..7: 0\""));
    EXPECT_THAT(left, HasSubstr("width=\"120.0\"")) << "half of the most on any kernel";
    EXPECT_THAT(right, HasSubstr("width=\"240.0\""));
}

} // namespace
} // namespace kps::gate
