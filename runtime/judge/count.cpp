#include "compiler/base/counted.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/spell.hpp"
#include "runtime/judge/summary.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

namespace {

std::string print_range(std::uint64_t low, std::uint64_t high) {
    if (low == high) return std::to_string(low);
    return high == UINT64_MAX ? fmt::format("{} or more", low) : fmt::format("{} to {}", low, high);
}

class CountJudge {
public:
    CountJudge(const Observation& seen, Streams& streams, plan::Subject subject,
               const sema::ExpectCount& expect)
        : seen_(seen), expect_(expect), asked_(plan::tally_of(subject, expect)),
          summary_(summarize(seen, streams, asked_)), losses_(seen.losses_of(expect.use.stream)),
          more_(add_saturated(losses_.count(), summary_.keyless)) {
        const sema::ValueType number{.is_signed = true};
        finding_.expected = print(expect.comparison, number, seen.names());
        if (expect.per_second) {
            finding_.expected += " per second";
            observed_ns_ = seen.part_end_ns() - std::min(seen.part_end_ns(), seen.part_begin_ns());
        }
    }

    Finding operator()() {
        if (observed_ns_ == 0) return no_time();
        if (summary_.groups.empty() && more_ == 0) {
            if (holds_for_none()) return std::move(finding_);
            set_never_exercised(finding_, expect_.use.text, summary_.doubtful, losses_);
            return std::move(finding_);
        }
        if (summary_.groups.empty() && !holds_for_none() && for_unseen_keys() == Truth::no) {
            set_beyond_repair(finding_, expect_.use.text);
            return std::move(finding_);
        }
        if (!summary_.keyed) {
            const Group& all = summary_.groups.front();
            finding_.measured = measured_of(range(all.sure, most(all, more_)));
        }
        const Outcome outcome =
            judge_groups(summary_, more_, [this](const Group& group, std::uint64_t more) {
                return judged(group, more);
            });
        if (outcome.failing != nullptr)
            fail(outcome);
        else if (outcome.open != nullptr || !exercised() || for_unseen_keys() != Truth::yes)
            doubt(outcome.open);
        else if (!summary_.keyed)
            finding_.seen = seen_of(summary_.groups.front());
        return std::move(finding_);
    }

private:
    static std::uint64_t most(const Group& group, std::uint64_t more) {
        return add_saturated(group.sure + group.doubtful, more);
    }
    /// A key counts only if it occurs, and then it occurs at least once.
    [[nodiscard]] Truth judged(const Group& group, std::uint64_t more) const {
        const std::uint64_t least = std::max<std::uint64_t>(group.sure, summary_.keyed ? 1 : 0);
        return satisfies(range(least, std::max(least, most(group, more))), expect_.comparison);
    }
    /// What is compared: a number of hits, or that over the time in which they were.
    [[nodiscard]] Range range(std::uint64_t least, std::uint64_t most) const {
        if (!expect_.per_second) return {{Wide{least}}, {Wide{most}}};
        constexpr std::uint64_t second = 1'000'000'000;
        const Wide time{observed_ns_};
        // Nobody knows how long a run that was cut short would have taken.
        return {{Wide{seen_.end_is_known() ? least : 0} * second, time},
                {Wide{most} * second, time}};
    }
    [[nodiscard]] std::string seen_of(const Group& group) const {
        if (!expect_.per_second) return print_range(group.sure, most(group, more_));
        return print_fraction(range(group.sure, group.sure).high) + " per second";
    }
    Finding no_time() {
        finding_.verdict = Verdict::inconclusive;
        finding_.reason = "no time was observed";
        return std::move(finding_);
    }
    /// Where no key occurs, what is expected of each must hold of 0 at least.
    [[nodiscard]] bool holds_for_none() const {
        return satisfies({{0}, {0}}, expect_.comparison) == Truth::yes;
    }
    [[nodiscard]] bool exercised() const {
        return !summary_.keyed || summary_.sure > 0 || holds_for_none();
    }
    [[nodiscard]] Truth for_unseen_keys() const {
        if (!summary_.keyed || more_ == 0) return Truth::yes;
        return satisfies(range(1, more_), expect_.comparison);
    }
    void name(const Group& group) {
        finding_.seen = seen_of(group);
        if (summary_.keyed) finding_.key = print_key(seen_, asked_, group);
    }

    void fail(const Outcome& outcome) {
        const Group& group = *outcome.failing;
        name(group);
        finding_.verdict = Verdict::fail;
        finding_.reason = fmt::format("{} seen", counted(group.sure, "hit"));
        if (expect_.per_second)
            finding_.reason += fmt::format(" in {}", hits::print_duration(observed_ns_));
        if (summary_.keyed) finding_.reason += fmt::format(" for {}", finding_.key);
        add_other_failures(finding_, outcome.failing_count - 1, outcome.fails_by_number);
        show_first(finding_, group.first, group.sure, {}, fields_of(seen_.spec(), expect_.use));
    }

    void doubt(const Group* group) {
        if (group != nullptr) name(*group);
        Doubt doubt = summary_.doubtful.doubt;
        doubt.add(summary_.key_doubt);
        set_inconclusive(finding_, losses_, doubt);
        show_doubtful(finding_, summary_.doubtful);
    }

    const Observation& seen_;
    const sema::ExpectCount& expect_;
    plan::Tally asked_;
    Summary summary_;
    Losses losses_;
    std::uint64_t observed_ns_ = 1;
    std::uint64_t more_; ///< hits that may belong to a group besides those it has
    Finding finding_;
};

} // namespace

Finding judge_count(const Observation& seen, Streams& streams, plan::Subject subject,
                    const sema::ExpectCount& expect) {
    return CountJudge(seen, streams, subject, expect)();
}

} // namespace kps::judge
