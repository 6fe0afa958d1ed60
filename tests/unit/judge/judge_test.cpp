#include "world.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Finding judge_run(const sema::Run& run, const hits::CommandResult& result) {
    World w;
    w.test.runs = {run};
    w.trace.runs = {result};
    return w.run().findings.at(0);
}

sema::Run command(std::int32_t exits, std::optional<std::uint64_t> within = std::nullopt) {
    return {"cat /nonexistent", "", exits, within, {}};
}

TEST(Runs, ExitStatusAndTimeAreChecked) {
    struct Case {
        sema::Run run;
        hits::CommandResult result;
        Verdict verdict;
        const char* reason;
    };
    const std::uint64_t second = 1'000'000'000;
    const Case cases[] = {
        {command(1), {"", 1, 0, false, 5, ""}, Verdict::pass, ""},
        {command(0), {"", 1, 0, false, 5, ""}, Verdict::fail, "exit status 1, not 0"},
        {command(0), {"", -1, 11, false, 5, ""}, Verdict::fail, "killed by SIGSEGV, not 0"},
        {command(0, second), {"", 0, 0, false, second, ""}, Verdict::pass, ""},
        {command(0, second), {"", 0, 0, false, 2 * second, ""}, Verdict::fail, "took 2 s"},
        {command(0, second),
         {"", -1, 9, true, second, ""},
         Verdict::fail,
         "did not end within 1 s"},
        {command(0),
         {"", -1, 9, true, 60 * second, ""},
         Verdict::inconclusive,
         "was ended after 60 s"},
    };
    for (const Case& c : cases) {
        const Finding finding = judge_run(c.run, c.result);
        EXPECT_EQ(finding.verdict, c.verdict) << c.reason;
        EXPECT_EQ(finding.reason, c.reason);
    }
}

TEST(Runs, AreToldInTheSpecsWords) {
    sema::Run run = command(1, 2'000'000'000);
    run.user = "nobody";
    const Finding finding = judge_run(run, {"", 127, 0, false, 5, "line\ncat: not found\n"});
    EXPECT_EQ(finding.text, R"(run "cat /nonexistent" as nobody exits 1 within 2 s)");
    EXPECT_EQ(finding.seen, "127");
    EXPECT_EQ(finding.expected, "== 1");
    EXPECT_THAT(finding.remarks, ElementsAre("its last output: cat: not found"));
}

/// The collector kills what runs when a run is cut short; anything else was the command's own
/// doing.
TEST(Runs, WhatTheEndOfTheRunKilledIsOpen) {
    World w;
    w.test.runs = {command(0)};
    w.trace.cut_short = "interrupted";
    w.trace.runs = {{"", -1, 9, false, 5, ""}};
    const Finding killed = w.run().findings.at(0);
    EXPECT_EQ(killed.verdict, Verdict::inconclusive);
    EXPECT_EQ(killed.reason, "was ended: interrupted");
    w.trace.runs = {{"", -1, 11, false, 5, ""}};
    EXPECT_EQ(w.run().findings.at(0).verdict, Verdict::fail);
    w.trace.runs = {{"", 3, 0, false, 5, ""}};
    EXPECT_EQ(w.run().findings.at(0).verdict, Verdict::fail);
}

TEST(Runs, WhatWasNotRunLeavesEverythingOpen) {
    World w;
    w.test.runs = {command(0), command(0)};
    w.trace.runs = {{"", 0, 0, false, 5, ""}};
    const Finding none = w.judge(sema::ExpectExists{false, w.use(w.tick)});
    EXPECT_EQ(none.verdict, Verdict::inconclusive);
    EXPECT_THAT(none.reason, HasSubstr("only 1 of 2 commands were run"));
    EXPECT_EQ(w.run().findings.at(1).verdict, Verdict::inconclusive);
    w.ticked(10, 1, 0UL);
    w.trace.end_ns = UINT64_MAX;
    const sema::ExpectThen then{
        {w.use(w.tick), w.use(w.enter)}, {{w.field(w.tick, "tid")}, {w.field(w.enter, "tid")}}, {}};
    EXPECT_EQ(w.judge(then).verdict, Verdict::inconclusive);
    EXPECT_EQ(w.judge(sema::ExpectExists{true, w.use(w.tick)}).verdict, Verdict::pass);
}

TEST(Witness, MustHaveBeenHit) {
    World w;
    w.test.witnesses = {w.use(w.tick)};
    TestResult result = w.run();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_EQ(result.findings.at(0).text, "witness tick");
    EXPECT_EQ(result.findings.at(0).reason, "never exercised: no hit of `tick`");
    w.ticked(10, 1, 0UL);
    EXPECT_EQ(w.run().verdict, Verdict::pass);
    w.trace.hits.clear();
    w.lost(1);
    EXPECT_EQ(w.run().verdict, Verdict::inconclusive);
}

TEST(KnownFailures, FailAsExpectedOrPassUnexpectedly) {
    World w;
    w.test.expectations = {{sema::ExpectExists{true, w.use(w.tick)}, "some tick", {}, "bug 7"}};
    EXPECT_EQ(w.run().verdict, Verdict::xfail);
    EXPECT_THAT(w.run().findings.at(0).remarks, ElementsAre("known failure: bug 7"));
    w.lost(1);
    EXPECT_EQ(w.run().verdict, Verdict::inconclusive);
    w.ticked(10, 1, 0UL);
    EXPECT_EQ(w.run().verdict, Verdict::xpass);
}

TEST(Skip, TheTraceIsNotLookedAt) {
    World w;
    w.test.skip = sema::Test::Skip{"requires kernel >= 6.3, this is 6.1", {}};
    w.test.expectations = {{sema::ExpectExists{true, w.use(w.tick)}, "some tick", {}, {}}};
    const TestResult result = w.run();
    EXPECT_EQ(result.verdict, Verdict::skip);
    EXPECT_EQ(result.reason, "requires kernel >= 6.3, this is 6.1");
    EXPECT_TRUE(result.findings.empty());
}

TEST(Setup, ItsFailureIsAnError) {
    World w;
    w.trace.failed_setup = {"setup \"mount /x\": exit status 32"};
    EXPECT_EQ(w.run().verdict, Verdict::error);
    EXPECT_EQ(w.run().reason, "setup \"mount /x\": exit status 32");
}

TEST(Remarks, SayWhatHoldsForTheWholeTest) {
    World w;
    w.spec.probes[World::tick_probe].chosen = "the 2nd of 2 alternatives";
    w.spec.probes[World::tick_probe].remarks = {"may be inlined in some callers"};
    w.lost(3, World::tick_probe);
    w.lost(4, World::exit_probe);
    EXPECT_THAT(w.run().remarks,
                ElementsAre("tick is the 2nd of 2 alternatives",
                            "tick_handler: may be inlined in some callers",
                            "up to 7 hits were lost (ring buffer overrun on cpu 0)"));
}

TEST(Combine, TheGravestCounts) {
    using enum Verdict;
    EXPECT_EQ(combine({}), pass);
    EXPECT_EQ(combine({pass, inconclusive, fail, error}), error);
    EXPECT_EQ(combine({pass, inconclusive, xpass, fail}), fail);
    EXPECT_EQ(combine({pass, inconclusive, xpass}), xpass);
    EXPECT_EQ(combine({pass, inconclusive, xfail, skip}), inconclusive);
    EXPECT_EQ(combine({skip, xfail, pass}), xfail);
    EXPECT_EQ(combine({skip, pass}), pass);
    EXPECT_EQ(combine({skip, xfail}), xfail);
    EXPECT_EQ(combine({skip}), skip);
    EXPECT_EQ(to_string(inconclusive), "INCONCLUSIVE");
}

} // namespace
} // namespace kps::judge
