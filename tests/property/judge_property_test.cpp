#include "judge_cases.hpp"
#include "runtime/judge/judge.hpp"

namespace kps {
namespace {

using namespace cases;
using judge::Verdict;
using judge::World;
using reference::Form;

judge::Finding judged(const Form& form, const hits::Trace& trace, sema::HitScope scope) {
    World world;
    world.trace = trace;
    world.test.scope = scope;
    world.test.expectations = {expectation(world, form)};
    return world.run().findings.at(0);
}

TEST(JudgeProperty, AgreesWithTheReference) {
    check("verdicts are those of the reference", [](Choices& c) {
        const Form form = random_form(c);
        hits::Trace trace = random_trace(c);
        add_random_losses(c, trace);
        const auto scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        const judge::Finding finding = judged(form, trace, scope);
        const Verdict expected = reference::judge(form, trace, scope);
        RC_LOG() << describe(form) << describe(trace) << "\n  judged " << to_string(finding.verdict)
                 << ": " << finding.reason << ", reference " << to_string(expected) << '\n';
        RC_ASSERT(finding.verdict == expected);
    });
}

TEST(JudgeProperty, LossNeverTurnsAVerdict) {
    check("a verdict despite loss is the verdict of the whole trace", [](Choices& c) {
        const Form form = random_form(c);
        hits::Trace full = random_trace(c);
        const auto scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        if (scope == sema::HitScope::workload) drop_orphans(full);
        const hits::Trace rest = lose_some(c, full);
        const Verdict truth = judged(form, full, scope).verdict;
        const judge::Finding finding = judged(form, rest, scope);
        RC_LOG() << describe(form) << "\n full:" << describe(full)
                 << "\n with loss:" << describe(rest) << "\n  in full " << to_string(truth)
                 << ", with loss " << to_string(finding.verdict) << ": " << finding.reason << '\n';
        const bool decided =
            finding.verdict != Verdict::inconclusive && truth != Verdict::inconclusive;
        RC_ASSERT(!decided || finding.verdict == truth);
    });
}

} // namespace
} // namespace kps
