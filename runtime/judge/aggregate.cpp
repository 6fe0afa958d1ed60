#include "compiler/base/counted.hpp"
#include "compiler/semantics/spelling.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/summary.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::judge {

namespace {

class AggregateJudge {
public:
    AggregateJudge(const Observation& seen, Streams& streams, plan::Subject subject,
                   const sema::ExpectAggregate& expect)
        : seen_(seen), expect_(expect), asked_(plan::tally_of(subject, expect)),
          needs_several_(samples_needed(expect.function) > 1),
          summary_(summarize(seen, streams, asked_, wanted_of(expect.function))),
          field_(seen.spec().streams[expect.use.stream].fields.at(expect.field)),
          losses_(seen.losses_of(expect.use.stream)),
          missing_(add_saturated(losses_.count(), summary_.keyless)) {
        for (Group& group : summary_.groups) {
            group.samples.unknown = unknown_of(group, missing_);
            group.samples.quantiles.sort();
        }
        finding_.expected = print(expect.comparison, field_.type, seen.names());
    }

    Finding operator()() {
        if (summary_.empty()) {
            if (losses_.any() && of_unseen() == Truth::no)
                set_beyond_repair(finding_, expect_.use.text);
            else
                set_never_exercised(finding_, expect_.use.text, summary_.doubtful, losses_);
            return std::move(finding_);
        }
        // by key there may be none, if of no hit the key is known
        const Group* const all = summary_.keyed ? nullptr : &summary_.groups.front();
        if (all != nullptr && !too_few(*all))
            finding_.measured = measured_of(measure(expect_.function, all->samples, field_.type));
        const Outcome outcome =
            judge_groups(summary_, missing_, [this](const Group& group, std::uint64_t missing) {
                return judged(group, missing);
            });
        if (outcome.failing != nullptr)
            fail(outcome);
        else if (outcome.open != nullptr || summary_.sure == 0 || !holds_for_unseen_keys())
            doubt(outcome.open);
        else if (!summary_.keyed)
            finding_.seen = measured(summary_.groups.front());
        return std::move(finding_);
    }

private:
    /// A quantile or a deviation of few values says nothing, whatever they are.
    [[nodiscard]] bool too_few(const Group& group) const {
        return needs_several_ && group.samples.known < samples_needed(expect_.function);
    }
    static std::uint64_t unknown_of(const Group& group, std::uint64_t missing) {
        return add_saturated(group.doubtful + group.sure - group.samples.known, missing);
    }
    [[nodiscard]] Truth judged(const Group& group, std::uint64_t missing) const {
        if (too_few(group)) return Truth::unknown;
        if (missing == missing_)
            return satisfies(measure(expect_.function, group.samples, field_.type),
                             expect_.comparison);
        if (needs_several_) return Truth::unknown; // to copy all values is too much for this
        Samples samples = group.samples;
        samples.unknown = unknown_of(group, missing);
        return satisfies(measure(expect_.function, samples, field_.type), expect_.comparison);
    }
    [[nodiscard]] bool holds_for_unseen_keys() const {
        return !summary_.keyed || missing_ == 0 || of_unseen() == Truth::yes;
    }
    /// Of a key, or a run, of which every hit is missing.
    [[nodiscard]] Truth of_unseen() const {
        Samples unseen;
        unseen.unknown = missing_;
        if (needs_several_) return Truth::unknown;
        return satisfies(measure(expect_.function, unseen, field_.type), expect_.comparison);
    }

    /// The measure of what was seen; empty if nothing was.
    [[nodiscard]] std::string measured(const Group& group) const {
        Samples known = group.samples;
        known.unknown = 0;
        if (known.known == 0) return {};
        return print_measure(measure(expect_.function, known, field_.type), expect_.comparison,
                             field_.type, seen_.names());
    }
    void name(const Group& group) {
        finding_.seen = measured(group);
        if (summary_.keyed) finding_.key = print_key(seen_, asked_, group);
    }

    void fail(const Outcome& outcome) {
        const Group& group = *outcome.failing;
        name(group);
        finding_.verdict = Verdict::fail;
        finding_.reason = fmt::format("{} of {} is {}", sema::spelling(expect_.function),
                                      counted(group.samples.known, "value"), finding_.seen);
        if (summary_.keyed) finding_.reason += fmt::format(" for {}", finding_.key);
        add_other_failures(finding_, outcome.failing_count - 1, outcome.fails_by_number);
        show_extremes(group);
    }

    void doubt(const Group* group) {
        if (group != nullptr) name(*group);
        Doubt doubt = summary_.value_doubt;
        doubt.add(summary_.doubtful.doubt);
        doubt.add(summary_.key_doubt);
        set_inconclusive(finding_, losses_, doubt);
        if (group != nullptr && too_few(*group) && group->samples.unknown == 0)
            finding_.reason =
                fmt::format("{} seen, {} needs {}", counted(group->samples.known, "value"),
                            sema::spelling(expect_.function), samples_needed(expect_.function));
        else if (group != nullptr && group->samples.unknown == 0)
            set_too_close(*group);
        show_doubtful(finding_, summary_.doubtful);
    }

    /// Nothing is unknown of a group's values, but the bound is among those that a quantile may be.
    void set_too_close(const Group& group) {
        finding_.reason = fmt::format("{} of {} is {}: that many are only counted by intervals",
                                      sema::spelling(expect_.function),
                                      counted(group.samples.known, "value"), measured(group));
    }

    /// The hits whose own values are farthest on the wrong side: of a quantile some, else the one.
    void show_extremes(const Group& group) {
        const Reader reader(seen_, expect_.use.stream);
        for (const Ranked& ranked : group.extremes)
            add_evidence(finding_, ranked.item,
                         fmt::format("{} is {}", field_.name,
                                     reader.print_field(expect_.field, ranked.item)),
                         {field_.name});
        if (wanted_of(expect_.function) == Wanted::values)
            finding_.more_evidence = group.samples.known - group.extremes.size();
    }

    const Observation& seen_;
    const sema::ExpectAggregate& expect_;
    plan::Tally asked_;
    bool needs_several_;
    Summary summary_;
    const sema::StreamField& field_;
    Losses losses_;
    std::uint64_t missing_; ///< hits that any group may have had besides
    Finding finding_;
};

} // namespace

Finding judge_aggregate(const Observation& seen, Streams& streams, plan::Subject subject,
                        const sema::ExpectAggregate& expect) {
    return AggregateJudge(seen, streams, subject, expect)();
}

} // namespace kps::judge
