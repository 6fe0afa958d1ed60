#include "runtime/gate/compare.hpp"

#include "runtime/gate/baseline.hpp"
#include "runtime/judge/judge.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace kps::gate {

namespace {

bool fails(Verdict verdict) {
    return verdict == Verdict::fail || verdict == Verdict::error || verdict == Verdict::xpass;
}

bool holds(Verdict verdict) {
    return verdict == Verdict::pass || verdict == Verdict::xfail;
}

/// Why a test is not a pass, in a line.
std::string reason_of(const TestReport& test) {
    if (!test.reason.empty() || test.verdict == Verdict::pass) return test.reason;
    for (const Finding& finding : test.findings)
        if (finding.verdict == test.verdict)
            return finding.reason.empty() ? finding.text : finding.text + ": " + finding.reason;
    return {};
}

using RunsByTest = std::map<std::pair<std::string, std::string>, std::vector<TestReport>>;

/// What each kernel's runs say of each test.
struct Told {
    std::vector<RunsByTest> by_kernel;
    std::vector<std::string> errors; ///< by kernel: why there is none
};

Told tell(const Record& record) {
    Told told{std::vector<RunsByTest>(record.kernels.size()),
              std::vector<std::string>(record.kernels.size())};
    for (const KernelRun& run : record.runs) {
        if (run.kernel >= record.kernels.size()) continue;
        const auto report =
            run.error.empty() ? read_run_report(run.report) : Result<RunReport>(fail(run.error));
        if (!report) {
            told.errors[run.kernel] = report.error().message;
            continue;
        }
        for (const TestReport& test : report->tests)
            told.by_kernel[run.kernel][{test.spec, test.name}].push_back(test);
    }
    return told;
}

Side side_of(const TestName& test, const RunsByTest& runs, const std::string& error) {
    Side side;
    if (const auto found = runs.find({test.spec, test.name}); found != runs.end())
        side.runs = found->second;
    side.ran = side.runs.size() >= test.repeats;
    if (!side.ran) {
        side.why = error.empty() ? fmt::format("ran {} of {} times", side.runs.size(), test.repeats)
                                 : error;
        return side;
    }
    std::vector<Verdict> verdicts;
    for (const TestReport& run : side.runs)
        verdicts.push_back(run.verdict);
    side.verdict = judge::combine(verdicts);
    side.flaky = std::ranges::any_of(verdicts, holds) && std::ranges::any_of(verdicts, fails);
    const auto failures = std::ranges::count_if(verdicts, fails);
    for (const TestReport& run : side.runs)
        if (run.verdict == side.verdict && side.why.empty()) side.why = reason_of(run);
    if (side.flaky)
        side.why = fmt::format("failed {} of {} times: {}", failures, verdicts.size(), side.why);
    return side;
}

Delta delta_of(const Side& before, const Side& now) {
    if (!now.ran) return now.why == interrupted ? Delta::inconclusive : Delta::not_run;
    if (now.flaky) return Delta::flaky;
    const bool could_tell = before.ran && !before.flaky;
    switch (now.verdict) {
    case Verdict::inconclusive: return Delta::inconclusive;
    case Verdict::error:
        if (could_tell && before.verdict == Verdict::error) return Delta::error;
        return Delta::regressed;
    case Verdict::fail:
    case Verdict::xpass:
        return could_tell && fails(before.verdict) ? Delta::same : Delta::regressed;
    case Verdict::skip:
        return could_tell && before.verdict == Verdict::skip ? Delta::same : Delta::newly_skipped;
    case Verdict::pass:
    case Verdict::xfail: break;
    }
    if (could_tell && holds(before.verdict)) return Delta::same;
    return could_tell && fails(before.verdict) ? Delta::fixed : Delta::gained;
}

std::optional<std::size_t> waiver_for(const std::vector<Waiver>& waivers, std::string_view spec,
                                      std::string_view subject) {
    for (std::size_t i = 0; i < waivers.size(); ++i)
        if (applies(waivers[i], spec, subject)) return i;
    return std::nullopt;
}

int status_of(Delta delta) {
    switch (delta) {
    case Delta::same:
    case Delta::fixed:
    case Delta::gained: return 0;
    case Delta::regressed:
    case Delta::newly_skipped: return 1;
    case Delta::inconclusive:
    case Delta::flaky: return 3;
    case Delta::not_run:
    case Delta::error: return 4;
    }
    return 4;
}

int worse(int a, int b) {
    constexpr std::array<int, 4> order = {4, 1, 3, 0};
    return *std::ranges::find_if(order, [&](int status) { return status == a || status == b; });
}

/// What of the comparisons with the old kernel is not a pass makes the test that.
/// A test that expects nothing else is SKIP on the old kernel, where it is what the others are
/// compared with, and so a pass.
void add_baselines(Side& before, Side& now, double tolerance) {
    if (!before.ran || !now.ran) return;
    now.baseline = judge_baselines(before.runs, now.runs, tolerance);
    if (now.baseline.empty()) return;
    if (before.verdict == Verdict::skip) before.verdict = Verdict::pass;
    std::vector<Verdict> verdicts = {now.verdict};
    for (const Finding& finding : now.baseline)
        verdicts.push_back(finding.verdict);
    const Verdict verdict = judge::combine(verdicts);
    if (verdict == now.verdict) return;
    const auto deciding = std::ranges::find(now.baseline, verdict, &Finding::verdict);
    now.verdict = verdict;
    now.why = deciding->text + ": " + deciding->reason;
}

TestRow row_of(const TestName& test, const Told& told, double tolerance) {
    TestRow row{test, {}};
    for (std::size_t kernel = 0; kernel < told.by_kernel.size(); ++kernel) {
        Side side = side_of(test, told.by_kernel[kernel], told.errors[kernel]);
        if (kernel > 0) add_baselines(row.sides.front(), side, tolerance);
        if (kernel > 0) side.delta = delta_of(row.sides.front(), side);
        row.sides.push_back(std::move(side));
    }
    return row;
}

/// Accepts what is waived; what remains counts for the exit status.
class Acceptance {
public:
    Acceptance(Outcome& outcome, std::string_view today)
        : outcome_(outcome), used_(outcome.waivers.size()) {
        for (std::size_t i = 0; i < outcome.waivers.size(); ++i)
            if (outcome.waivers[i].until < today) outcome.expired.push_back(i);
        if (!outcome.expired.empty()) outcome.exit_status = 1;
    }

    std::optional<std::size_t> take(int status, std::string_view spec, std::string_view subject) {
        if (status == 0) return std::nullopt;
        const auto waiver = waiver_for(outcome_.waivers, spec, subject);
        if (waiver) used_[*waiver] = true;
        const bool accepted =
            waiver && std::ranges::find(outcome_.expired, *waiver) == outcome_.expired.end();
        if (accepted) return waiver;
        outcome_.exit_status = worse(outcome_.exit_status, status);
        return std::nullopt;
    }

    void finish() {
        for (std::size_t i = 0; i < used_.size(); ++i)
            if (!used_[i]) outcome_.unused.push_back(i);
    }

private:
    Outcome& outcome_;
    std::vector<bool> used_;
};

} // namespace

bool is_finding(Delta delta) {
    return status_of(delta) != 0;
}

bool is_finding(State state) {
    return state == State::gone || state == State::shifted;
}

Outcome compare(const Record& record, std::vector<Waiver> waivers, std::string_view today) {
    Outcome outcome;
    outcome.waivers = std::move(waivers);
    Acceptance acceptance(outcome, today);
    for (const StaticRow& row : record.table)
        outcome.table_waivers.push_back(
            acceptance.take(is_finding(row.state) ? 1 : 0, row.spec, row.subject));
    if (!record.static_only) {
        const Told told = tell(record);
        for (const TestName& test : record.tests) {
            if (test.shard != record.shard.index && record.shard.count > 1) continue;
            outcome.tests.push_back(row_of(test, told, record.tolerance));
            for (Side& side : outcome.tests.back().sides)
                side.waiver = acceptance.take(status_of(side.delta), test.spec, test.name);
        }
    }
    acceptance.finish();
    return outcome;
}

std::size_t count(const Outcome& outcome, std::size_t kernel, Delta delta) {
    return static_cast<std::size_t>(std::ranges::count_if(
        outcome.tests, [&](const TestRow& row) { return row.sides.at(kernel).delta == delta; }));
}

} // namespace kps::gate
