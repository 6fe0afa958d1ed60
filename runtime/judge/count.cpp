#include "runtime/judge/compare.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/groups.hpp"
#include "runtime/judge/spell.hpp"

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
    CountJudge(const Observation& seen, const sema::ExpectCount& expect, const Selection& selection)
        : seen_(seen), expect_(expect), selection_(selection), reader_(seen, expect.use.stream),
          groups_(group_by(reader_, selection, expect.key)),
          losses_(seen.losses_of(expect.use.stream)),
          more_(add_saturated(losses_.count(), groups_.keyless)) {
        const sema::ValueType number{.is_signed = true};
        finding_.expected = print(expect.comparison, number, seen.spec().enums);
    }

    Finding operator()() {
        if (groups_.all.empty() && more_ == 0) {
            if (holds_for_none()) return std::move(finding_);
            set_never_exercised(finding_, expect_.use.text, selection_, losses_);
            return std::move(finding_);
        }
        const Outcome outcome =
            judge_groups(groups_, [this](const Group& group) { return judged(group); });
        if (outcome.failing != nullptr)
            fail(*outcome.failing, outcome.failing_count - 1);
        else if (outcome.open != nullptr || !exercised() || !holds_for_unseen_keys())
            doubt(outcome.open);
        else if (!groups_.keyed)
            finding_.seen = seen_of(groups_.all.front());
        return std::move(finding_);
    }

private:
    [[nodiscard]] std::uint64_t most(const Group& group) const {
        return add_saturated(group.sure.size() + group.doubtful, more_);
    }
    /// A key counts only if it occurs, and then it occurs at least once.
    [[nodiscard]] Truth judged(const Group& group) const {
        const std::size_t least = std::max<std::size_t>(group.sure.size(), groups_.keyed ? 1 : 0);
        return satisfies({{Wide{least}}, {Wide{most(group)}}}, expect_.comparison);
    }
    [[nodiscard]] std::string seen_of(const Group& group) const {
        return print_range(group.sure.size(), most(group));
    }
    /// Where no key occurs, what is expected of each must hold of 0 at least.
    [[nodiscard]] bool holds_for_none() const {
        return satisfies({{0}, {0}}, expect_.comparison) == Truth::yes;
    }
    [[nodiscard]] bool exercised() const {
        return !groups_.keyed || selection_.sure > 0 || holds_for_none();
    }
    [[nodiscard]] bool holds_for_unseen_keys() const {
        if (!groups_.keyed || more_ == 0) return true;
        return satisfies({{1}, {Wide{more_}}}, expect_.comparison) == Truth::yes;
    }
    void name(const Group& group) {
        finding_.seen = seen_of(group);
        if (groups_.keyed) finding_.key = reader_.print_key(expect_.key, group.first->item);
    }

    void fail(const Group& group, std::size_t others) {
        name(group);
        finding_.verdict = Verdict::fail;
        finding_.reason = fmt::format("{} seen", counted(group.sure.size(), "hit"));
        if (groups_.keyed) finding_.reason += fmt::format(" for {}", finding_.key);
        if (others > 0) finding_.reason += fmt::format(", and {} fail too", counted(others, "key"));
        const auto decisive = fields_of(seen_.spec(), expect_.use);
        for (const Member* member : group.sure)
            add_evidence(finding_, member->item, {}, decisive);
    }

    void doubt(const Group* group) {
        if (group != nullptr) name(*group);
        set_inconclusive(finding_, losses_, groups_.doubt);
        show_doubtful(finding_, selection_);
    }

    const Observation& seen_;
    const sema::ExpectCount& expect_;
    const Selection& selection_;
    Reader reader_;
    Groups groups_;
    Losses losses_;
    std::uint64_t more_; ///< hits that may belong to a group besides those it has
    Finding finding_;
};

} // namespace

Finding judge_count(const Observation& seen, Streams& streams, const sema::ExpectCount& expect) {
    const Selection selection = streams.select(expect.use);
    return CountJudge(seen, expect, selection)();
}

} // namespace kps::judge
