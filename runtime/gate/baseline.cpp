#include "runtime/gate/baseline.hpp"

#include "runtime/gate/rank_sum.hpp"
#include "runtime/judge/baseline.hpp"

#include <algorithm>
#include <fmt/ranges.h>

namespace kps::gate {

namespace {

using judge::Truth;
using sema::CompareOp;

constexpr double significant = 0.05;

std::optional<CompareOp> op_named(std::string_view name) {
    constexpr std::pair<std::string_view, CompareOp> ops[] = {
        {"==", CompareOp::equal},  {"!=", CompareOp::not_equal},
        {"<", CompareOp::less},    {"<=", CompareOp::less_equal},
        {">", CompareOp::greater}, {">=", CompareOp::greater_equal}};
    for (const auto& [text, op] : ops)
        if (text == name) return op;
    return std::nullopt;
}

/// What the runs measured for one expectation; none if one of them did not, or cannot tell exactly.
std::optional<std::vector<double>> values_of(const std::vector<TestReport>& runs,
                                             const Place& place) {
    std::vector<double> values;
    for (const TestReport& run : runs) {
        const auto found = std::ranges::find(run.findings, place, &Finding::place);
        if (found == run.findings.end() || !found->measured) return std::nullopt;
        if (found->measured->low != found->measured->high) return std::nullopt;
        values.push_back(found->measured->low);
    }
    if (values.empty()) return std::nullopt;
    return values;
}

judge::Measured hull(const std::vector<double>& values) {
    const auto [low, high] = std::ranges::minmax(values);
    return {low, high};
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string text_of(const std::vector<double>& values) {
    return fmt::format("{:.6g} (median of {}: {:.6g} to {:.6g})", median(values), values.size(),
                       hull(values).low, hull(values).high);
}

/// Judges values whose order matters; `worse_if_greater`: `<` and `<=`.
void judge_order(Finding& finding, const std::vector<double>& bounds,
                 const std::vector<double>& values, bool worse_if_greater, double tolerance) {
    const double bound = median(bounds);
    const double value = median(values);
    const double miss = bound == 0 ? 100 : 100 * (value - bound) / bound;
    const double excess = worse_if_greater ? miss : -miss;
    if (excess <= tolerance) {
        finding.verdict = Verdict::pass;
        finding.remarks.push_back(fmt::format("within the tolerance of {:.4g} %", tolerance));
        return;
    }
    const double p = worse_if_greater ? rank_sum_p(values, bounds) : rank_sum_p(bounds, values);
    finding.verdict = p <= significant ? Verdict::fail : Verdict::inconclusive;
    finding.reason =
        fmt::format("misses the bound by {:.3g} %, by chance with p = {:.3g}", excess, p);
    if (p > significant)
        finding.reason += fmt::format("; {} runs each do not tell, see --repeat", values.size());
}

Finding judge_one(const Finding& measured, const std::vector<TestReport>& old,
                  const std::vector<TestReport>& now, double tolerance) {
    Finding finding;
    finding.text = measured.text;
    finding.place = measured.place;
    finding.expected = measured.expected;
    finding.verdict = Verdict::inconclusive;
    const auto before = values_of(old, measured.place);
    const auto values = values_of(now, measured.place);
    const auto op = op_named(measured.baseline->op);
    if (!before || !values || !op) {
        finding.reason = fmt::format("not every run on the {} kernel could measure it exactly",
                                     before ? "new" : "old");
        return finding;
    }
    std::vector<double> bounds;
    for (const double value : *before)
        bounds.push_back(value * measured.baseline->factor);
    finding.seen = text_of(*values);
    finding.expected = fmt::format("{} {}", measured.baseline->op, text_of(bounds));
    const sema::Comparison comparison{.op = *op, .of_baseline = 1.0};
    const Truth truth = judge::holds_against(comparison, hull(*values), hull(bounds));
    const bool is_order = *op != CompareOp::equal && *op != CompareOp::not_equal;
    if (truth == Truth::yes)
        finding.verdict = Verdict::pass;
    else if (is_order)
        judge_order(finding, bounds, *values,
                    *op == CompareOp::less || *op == CompareOp::less_equal, tolerance);
    else if (truth == Truth::no)
        finding.verdict = Verdict::fail;
    else
        finding.reason = "some runs say so, others do not";
    return finding;
}

} // namespace

std::vector<Finding> judge_baselines(const std::vector<TestReport>& old,
                                     const std::vector<TestReport>& now, double tolerance) {
    std::vector<Finding> findings;
    if (now.empty()) return findings;
    for (const Finding& finding : now.front().findings)
        if (finding.baseline) findings.push_back(judge_one(finding, old, now, tolerance));
    return findings;
}

} // namespace kps::gate
