#include "runtime/gate/compare.hpp"
#include "tests/unit/gate/sample.hpp"

#include <gmock/gmock.h>

namespace kps::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* today = "2026-11-21";

struct Case {
    std::vector<std::string> old, now;
    Delta delta;
    int status;
};

class DeltaTest : public ::testing::TestWithParam<Case> {};

TEST_P(DeltaTest, IsToldFromTheVerdicts) {
    const Case& c = GetParam();
    Record record = sample::record();
    sample::add(record, "one", {c.old, c.now});
    const Outcome outcome = compare(record, {}, today);
    EXPECT_EQ(to_string(outcome.tests.at(0).sides.at(1).delta), to_string(c.delta));
    EXPECT_EQ(outcome.exit_status, c.status);
}

INSTANTIATE_TEST_SUITE_P(
    All, DeltaTest,
    ::testing::Values(
        Case{{"PASS"}, {"PASS"}, Delta::same, 0}, Case{{"XFAIL"}, {"PASS"}, Delta::same, 0},
        Case{{"FAIL"}, {"FAIL"}, Delta::same, 0}, Case{{"SKIP"}, {"SKIP"}, Delta::same, 0},
        Case{{"FAIL"}, {"PASS"}, Delta::fixed, 0}, Case{{"SKIP"}, {"PASS"}, Delta::gained, 0},
        Case{{"INCONCLUSIVE"}, {"PASS"}, Delta::gained, 0}, Case{{}, {"PASS"}, Delta::gained, 0},
        Case{{"PASS"}, {"FAIL"}, Delta::regressed, 1},
        Case{{"PASS"}, {"ERROR"}, Delta::regressed, 1},
        Case{{"PASS"}, {"XPASS"}, Delta::regressed, 1},
        Case{{"SKIP"}, {"FAIL"}, Delta::regressed, 1},
        Case{{"PASS", "FAIL"}, {"FAIL", "FAIL"}, Delta::regressed, 1},
        Case{{"PASS"}, {"SKIP"}, Delta::newly_skipped, 1},
        Case{{"FAIL"}, {"SKIP"}, Delta::newly_skipped, 1},
        Case{{"PASS"}, {"INCONCLUSIVE"}, Delta::inconclusive, 3},
        Case{{"INCONCLUSIVE"}, {"INCONCLUSIVE"}, Delta::inconclusive, 3},
        Case{{"PASS", "PASS"}, {"PASS", "INCONCLUSIVE"}, Delta::inconclusive, 3},
        Case{{"PASS", "PASS"}, {"PASS", "FAIL"}, Delta::flaky, 3},
        Case{{"PASS"}, {}, Delta::not_run, 4}, Case{{"PASS", "PASS"}, {"PASS"}, Delta::not_run, 4},
        Case{{"ERROR"}, {"ERROR"}, Delta::error, 4}));

TEST(CompareTest, SaysWhyAKernelDidNotRun) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {}});
    record.runs.push_back({1, "the machine does not boot", ""});
    const Outcome outcome = compare(record, {}, today);
    const Side& side = outcome.tests.at(0).sides.at(1);
    EXPECT_EQ(side.delta, Delta::not_run);
    EXPECT_EQ(side.why, "the machine does not boot");
}

TEST(CompareTest, WhatWasInterruptedIsNotDecided) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {}});
    record.runs.push_back({1, "interrupted", ""});
    EXPECT_EQ(compare(record, {}, today).exit_status, 3);
}

TEST(CompareTest, ADamagedReportIsNoRun) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"PASS"}});
    record.runs.back().report.resize(100);
    EXPECT_EQ(compare(record, {}, today).exit_status, 4);
}

TEST(CompareTest, AVerdictThatIsNotKnownDoesNotPass) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"FINE"}});
    EXPECT_EQ(compare(record, {}, today).exit_status, 1);
}

TEST(CompareTest, TheWorstDecidesTheExitStatus) {
    Record record = sample::record();
    sample::add(record, "passes", {{"PASS"}, {"PASS"}});
    sample::add(record, "inconclusive", {{"PASS"}, {"INCONCLUSIVE"}});
    EXPECT_EQ(compare(record, {}, today).exit_status, 3);
    sample::add(record, "regressed", {{"PASS"}, {"FAIL"}});
    EXPECT_EQ(compare(record, {}, today).exit_status, 1);
    sample::add(record, "not run", {{"PASS"}, {}});
    EXPECT_EQ(compare(record, {}, today).exit_status, 4);
}

TEST(CompareTest, WhatIsGoneOrShiftedStopsTheGate) {
    const std::pair<State, int> table[] = {{State::same, 0},    {State::adapted, 0},
                                           {State::shifted, 1}, {State::gone, 1},
                                           {State::absent, 0},  {State::gained, 0}};
    for (const auto& [state, status] : table) {
        Record record = sample::record();
        record.static_only = true;
        record.table.push_back({1, "specs/a.kps", "probe open", {}, state, "", ""});
        EXPECT_EQ(compare(record, {}, today).exit_status, status) << to_string(state);
    }
}

Waiver waiver(const char* until, const char* subject) {
    return {until, "a.kps", subject, "ticket 12", "waivers", 3};
}

TEST(CompareTest, AWaiverAcceptsUntilItsLastDay) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"FAIL"}});
    const Outcome accepted = compare(record, {waiver(today, "one")}, today);
    EXPECT_EQ(accepted.exit_status, 0);
    EXPECT_EQ(accepted.tests.at(0).sides.at(1).waiver, 0U);
    EXPECT_THAT(accepted.expired, IsEmpty());
    const Outcome expired = compare(record, {waiver("2026-11-20", "one")}, today);
    EXPECT_EQ(expired.exit_status, 1);
    EXPECT_THAT(expired.expired, ElementsAre(0));
    EXPECT_FALSE(expired.tests.at(0).sides.at(1).waiver);
}

TEST(CompareTest, AnExpiredWaiverStopsTheGateEvenWhereNothingDiffers) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"PASS"}});
    EXPECT_EQ(compare(record, {waiver("2026-11-20", "one")}, today).exit_status, 1);
}

TEST(CompareTest, AWaiverThatAcceptsNothingIsTold) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"PASS"}});
    const Outcome outcome = compare(record, {waiver("2027-01-01", "one")}, today);
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_THAT(outcome.unused, ElementsAre(0));
}

TEST(CompareTest, AWaiverAcceptsARowOfTheTable) {
    Record record = sample::record();
    record.table.push_back({1, "specs/a.kps", "probe open", {}, State::gone, "", ""});
    EXPECT_EQ(compare(record, {waiver("2027-01-01", "probe open")}, today).exit_status, 0);
}

TEST(CompareTest, AShardHasOnlyItsOwnTests) {
    Record record = sample::record();
    sample::add(record, "one", {{"PASS"}, {"PASS"}});
    sample::add(record, "two", {{}, {}});
    record.tests[1].shard = 2;
    record.shard = {1, 2};
    EXPECT_EQ(compare(record, {}, today).tests.size(), 1U);
    record.shard = {1, 1};
    EXPECT_EQ(compare(record, {}, today).exit_status, 4) << "joined, all are needed";
}

/// A run whose only expectation came to `value`, against `factor` times the baseline.
std::string measured(double value, const char* op, double factor) {
    sample::Json test = sample::test("one", "SKIP");
    sample::Json& finding = test["findings"][0];
    finding["measured"] = {{"low", value}, {"high", value}};
    finding["baseline_op"] = op;
    finding["baseline_factor"] = factor;
    return sample::report({test});
}

struct BaselineCase {
    std::vector<double> old, now;
    const char* op;
    double factor;
    Verdict verdict;
    Delta delta;
};

class BaselineTest : public ::testing::TestWithParam<BaselineCase> {};

TEST_P(BaselineTest, IsJudgedByAllRuns) {
    const BaselineCase& c = GetParam();
    Record record = sample::record();
    record.tolerance = 5;
    record.tests.push_back({"specs/a.kps", "one", {}, 1, static_cast<std::uint32_t>(c.old.size())});
    for (const double value : c.old)
        record.runs.push_back({0, "", measured(value, c.op, c.factor)});
    for (const double value : c.now)
        record.runs.push_back({1, "", measured(value, c.op, c.factor)});
    const Outcome outcome = compare(record, {}, today);
    const Side& side = outcome.tests.at(0).sides.at(1);
    ASSERT_EQ(side.baseline.size(), 1U);
    EXPECT_EQ(side.baseline[0].verdict, c.verdict) << side.baseline[0].reason;
    EXPECT_EQ(to_string(side.delta), to_string(c.delta));
}

INSTANTIATE_TEST_SUITE_P(
    All, BaselineTest,
    ::testing::Values(
        // below the bound in every pair of runs
        BaselineCase{{10, 11, 12, 10}, {11, 12, 12, 13}, "<=", 1.5, Verdict::pass, Delta::same},
        BaselineCase{{10}, {10}, "<=", 1, Verdict::pass, Delta::same},
        // over it on average, by less than the tolerance
        BaselineCase{
            {10, 10, 10, 10}, {10.4, 10.4, 10.4, 10.4}, "<=", 1, Verdict::pass, Delta::same},
        // clearly over it
        BaselineCase{
            {10, 11, 12, 10}, {20, 21, 22, 23}, "<=", 1.2, Verdict::fail, Delta::regressed},
        BaselineCase{
            {20, 21, 22, 23}, {10, 11, 12, 10}, ">=", 0.8, Verdict::fail, Delta::regressed},
        // over it, but too few runs, or too noisy
        BaselineCase{{10, 11}, {20, 21}, "<=", 1, Verdict::inconclusive, Delta::inconclusive},
        BaselineCase{
            {10, 30, 12, 10}, {9, 21, 22, 8}, "<=", 1, Verdict::inconclusive, Delta::inconclusive},
        // counts
        BaselineCase{{3, 3}, {3, 3}, "==", 1, Verdict::pass, Delta::same},
        BaselineCase{{3, 3}, {4, 4}, "==", 1, Verdict::fail, Delta::regressed},
        BaselineCase{{3, 3}, {3, 4}, "==", 1, Verdict::inconclusive, Delta::inconclusive}));

TEST(BaselineTest, ARunThatCouldNotMeasureDecidesNothing) {
    Record record = sample::record();
    record.tests.push_back({"specs/a.kps", "one", {}, 1, 1});
    record.runs.push_back({0, "", measured(1, "<=", 1)});
    sample::Json test = sample::Json::parse(measured(1, "<=", 1));
    test["specs"][0]["tests"][0]["findings"][0].erase("measured");
    record.runs.push_back({1, "", test.dump()});
    const Outcome outcome = compare(record, {}, today);
    EXPECT_EQ(outcome.exit_status, 3);
    EXPECT_THAT(outcome.tests[0].sides[1].why, HasSubstr("new kernel"));
}

} // namespace
} // namespace kps::gate
