#include "runtime/hits/print.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/groups.hpp"
#include "runtime/judge/measure.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::judge {

namespace {

using sema::CompareOp;

class AggregateJudge {
public:
    AggregateJudge(const Observation& seen, const sema::ExpectAggregate& expect,
                   const Selection& selection)
        : seen_(seen), expect_(expect), selection_(selection), reader_(seen, expect.use.stream),
          type_(reader_.field_info(expect.field).type),
          groups_(group_by(reader_, selection, expect.key)),
          losses_(seen.losses_of(expect.use.stream)),
          missing_(add_saturated(losses_.count(), groups_.keyless)) {
        for (const Group& group : groups_.all)
            samples_.push_back(samples_of(group));
        doubt_ = reader_.take_doubt();
        finding_.expected = print(expect.comparison, type_, seen.spec().enums);
    }

    Finding operator()() {
        if (selection_.members.empty()) {
            set_never_exercised(finding_, expect_.use.text, selection_, losses_);
            return std::move(finding_);
        }
        const Outcome outcome =
            judge_groups(groups_, [this](const Group& group) { return judged(group); });
        if (outcome.failing != nullptr)
            fail(*outcome.failing, outcome.failing_count - 1);
        else if (outcome.open != nullptr || selection_.sure == 0 || !holds_for_unseen_keys())
            doubt(outcome.open);
        else if (!groups_.keyed)
            finding_.seen = measured(groups_.all.front());
        return std::move(finding_);
    }

private:
    Samples samples_of(const Group& group) {
        Samples samples{.values = {}, .unknown = add_saturated(group.doubtful, missing_)};
        samples.values.reserve(group.sure.size());
        for (const Member* member : group.sure) {
            const hits::Operand value = reader_.field(expect_.field, member->item);
            if (const auto* integer = std::get_if<sema::Integer>(&value))
                samples.values.push_back(wide(*integer));
            else
                samples.unknown = add_saturated(samples.unknown, 1);
        }
        prepare(samples, expect_.function);
        return samples;
    }

    [[nodiscard]] const Samples& samples(const Group& group) const {
        return samples_[static_cast<std::size_t>(&group - groups_.all.data())];
    }
    /// A quantile of few values says nothing, whatever they are.
    [[nodiscard]] bool too_few(const Group& group) const {
        const std::size_t needed = samples_needed(expect_.function);
        return needed > 1 && samples(group).values.size() < needed;
    }
    [[nodiscard]] Truth judged(const Group& group) const {
        if (too_few(group)) return Truth::unknown;
        return satisfies(measure(expect_.function, samples(group), type_), expect_.comparison);
    }
    [[nodiscard]] bool holds_for_unseen_keys() const {
        if (!groups_.keyed || missing_ == 0) return true;
        return samples_needed(expect_.function) <= 1 &&
               satisfies(measure(expect_.function, {{}, missing_}, type_), expect_.comparison) ==
                   Truth::yes;
    }

    /// The measure of what was seen; empty if nothing was.
    [[nodiscard]] std::string measured(const Group& group) const {
        const Samples known{.values = samples(group).values, .unknown = 0};
        if (known.values.empty()) return {};
        return print_measure(measure(expect_.function, known, type_).low, expect_.comparison, type_,
                             seen_.spec().enums);
    }
    void name(const Group& group) {
        finding_.seen = measured(group);
        if (groups_.keyed) finding_.key = reader_.print_key(expect_.key, group.first->item);
    }

    void fail(const Group& group, std::size_t others) {
        name(group);
        finding_.verdict = Verdict::fail;
        finding_.reason =
            fmt::format("{} of {} is {}", spell(expect_.function),
                        counted(samples(group).values.size(), "value"), finding_.seen);
        if (groups_.keyed) finding_.reason += fmt::format(" for {}", finding_.key);
        if (others > 0) finding_.reason += fmt::format(", and {} fail too", counted(others, "key"));
        show_extremes(group);
    }

    void doubt(const Group* group) {
        if (group != nullptr) name(*group);
        doubt_.add(groups_.doubt);
        set_inconclusive(finding_, losses_, doubt_);
        if (group != nullptr && too_few(*group) && samples(*group).unknown == 0)
            finding_.reason =
                fmt::format("{} seen, {} needs {}", counted(samples(*group).values.size(), "value"),
                            spell(expect_.function), samples_needed(expect_.function));
        show_doubtful(finding_, selection_);
    }

    /// The hits whose own values are farthest on the wrong side; of a minimum or maximum the one.
    void show_extremes(const Group& group) {
        std::vector<std::pair<Wide, const Member*>> ranked;
        for (const Member* member : group.sure) {
            const hits::Operand value = reader_.field(expect_.field, member->item);
            if (const auto* integer = std::get_if<sema::Integer>(&value))
                ranked.emplace_back(badness(wide(*integer)), member);
        }
        const bool only_one =
            expect_.function == sema::Aggregate::min || expect_.function == sema::Aggregate::max;
        const std::size_t shown = std::min(only_one ? 1 : max_evidence, ranked.size());
        std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(shown),
                                  std::greater{}, &std::pair<Wide, const Member*>::first);
        const std::string& name = reader_.field_info(expect_.field).name;
        for (std::size_t i = 0; i < shown; ++i) {
            const Item& item = ranked[i].second->item;
            add_evidence(finding_, item,
                         fmt::format("{} is {}", name, reader_.print_field(expect_.field, item)),
                         {name});
        }
        if (!only_one) finding_.more_evidence = ranked.size() - shown;
    }

    /// The larger, the more a value speaks against the expectation.
    [[nodiscard]] Wide badness(Wide value) const {
        if (expect_.function == sema::Aggregate::min) return -value;
        if (expect_.function == sema::Aggregate::max) return value;
        switch (expect_.comparison.op) {
        case CompareOp::less:
        case CompareOp::less_equal: return value;
        case CompareOp::greater:
        case CompareOp::greater_equal: return -value;
        case CompareOp::equal:
        case CompareOp::not_equal:
        case CompareOp::in: break;
        }
        const Wide distance = value - expect_.comparison.value;
        return distance < 0 ? -distance : distance;
    }

    const Observation& seen_;
    const sema::ExpectAggregate& expect_;
    const Selection& selection_;
    Reader reader_;
    const sema::ValueType& type_;
    Groups groups_;
    Losses losses_;
    std::uint64_t missing_;        ///< hits that any group may have had besides
    std::vector<Samples> samples_; ///< as many as groups
    Doubt doubt_;
    Finding finding_;
};

} // namespace

Finding judge_aggregate(const Observation& seen, Streams& streams,
                        const sema::ExpectAggregate& expect) {
    const Selection selection = streams.select(expect.use);
    return AggregateJudge(seen, expect, selection)();
}

} // namespace kps::judge
