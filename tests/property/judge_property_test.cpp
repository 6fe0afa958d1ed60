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

TEST(JudgeProperty, AllowingTaintOnlyMakesSomeOfTheInconclusivePass) {
    check("the more is allowed the more passes, and nothing else changes", [](Choices& c) {
        Form form = random_form(c);
        hits::Trace trace = random_trace(c);
        if (c.one_in(2))
            trace = lose_some(c, trace);
        else
            add_random_losses(c, trace);
        World world;
        world.trace = trace;
        world.test.expectations = {expectation(world, form)};
        const auto verdict = [&](std::uint32_t percent) {
            world.test.expectations[0].allow_tainted = percent;
            return world.run().findings.at(0).verdict;
        };
        const Verdict verdicts[] = {verdict(0), verdict(10), verdict(50), verdict(99)};
        RC_LOG() << describe(form) << describe(trace) << '\n';
        RC_CLASSIFY(verdicts[3] != verdicts[0]);
        for (std::size_t i = 1; i < std::size(verdicts); ++i) {
            const bool passes_now =
                verdicts[i - 1] == Verdict::inconclusive && verdicts[i] == Verdict::pass;
            RC_ASSERT(verdicts[i] == verdicts[i - 1] || passes_now);
        }
    });
}

TEST(JudgeProperty, WhatMayBeMeasuredHoldsTheMeasureOfTheWholeTrace) {
    check("the range that loss leaves holds what was measured without loss", [](Choices& c) {
        Form form = random_form(c);
        const bool has_field = form.kind < Form::Kind::then;
        form.kind = has_field ? c.one_of<Form::Kind>({Form::Kind::count, Form::Kind::aggregate,
                                                      Form::Kind::distinct})
                              : Form::Kind::count;
        form.uses.resize(1);
        form.key.clear();
        form.scope.reset();
        hits::Trace full = random_trace(c);
        drop_orphans(full);
        const hits::Trace rest = lose_some(c, full);
        const auto whole = judged(form, full, sema::HitScope::workload).measured;
        const auto part = judged(form, rest, sema::HitScope::workload).measured;
        RC_LOG() << describe(form) << "\n full:" << describe(full)
                 << "\n with loss:" << describe(rest) << '\n';
        // What is not exact without loss may have fewer or more returns that no counter knows of.
        RC_PRE(whole && part && whole->low == whole->high);
        RC_ASSERT(part->low <= whole->low);
        RC_ASSERT(whole->high <= part->high);
    });
}

} // namespace
} // namespace kps
