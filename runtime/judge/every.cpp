#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/spell.hpp"

#include <fmt/core.h>

namespace kps::judge {

namespace {

class EveryJudge {
public:
    EveryJudge(const Observation& seen, const sema::ExpectEvery& expect, const Selection& selection)
        : seen_(seen), expect_(expect), selection_(selection),
          losses_(seen.losses_of(expect.use.stream)), reader_(seen, expect.use.stream) {}

    Finding operator()() {
        for (const Member& member : selection_.members)
            check(member);
        if (violations_ > 0)
            fail();
        else if (doubtful_ > 0)
            doubt();
        else if (selection_.sure == 0 && !expect_.if_any)
            set_never_exercised(finding_, expect_.use.text, selection_, losses_);
        else if (losses_.any())
            set_inconclusive(finding_, losses_, {});
        else if (selection_.members.empty())
            finding_.remarks.push_back(fmt::format("no hit of `{}`", expect_.use.text));
        return std::move(finding_);
    }

private:
    void check(const Member& member) {
        const Truth holds = reader_.truth(expect_.condition, member.item);
        const Doubt doubt = reader_.take_doubt();
        if (holds == Truth::yes) return;
        if (holds == Truth::no && member.belongs == Truth::yes) {
            if (++violations_ <= max_evidence) violating_.push_back(&member);
            return;
        }
        ++doubtful_;
        if (holds == Truth::unknown) doubt_.add(doubt);
        if (member.belongs == Truth::unknown) doubt_.add(selection_.doubt);
        if (unknown_.size() < max_evidence) unknown_.push_back(&member);
    }

    void fail() {
        finding_.verdict = Verdict::fail;
        finding_.reason =
            fmt::format("violated by {} of {}", violations_, counted(selection_.sure, "hit"));
        for (const Member* member : violating_) {
            Violation violation =
                explain(seen_.spec(), expect_.use.stream, reader_, expect_.condition, member->item);
            if (finding_.evidence.empty()) {
                finding_.seen = std::move(violation.seen);
                finding_.expected = std::move(violation.expected);
            }
            add_evidence(finding_, member->item, std::move(violation.note),
                         std::move(violation.decisive));
        }
        finding_.more_evidence = violations_ - finding_.evidence.size();
    }

    void doubt() {
        set_inconclusive(finding_, losses_, doubt_);
        if (!doubt_.unreadable.empty()) finding_.reason = doubt_.text();
        for (const Member* member : unknown_)
            add_evidence(finding_, member->item, doubt_.text(),
                         {doubt_.unreadable.begin(), doubt_.unreadable.end()});
        finding_.more_evidence = doubtful_ - finding_.evidence.size();
    }

    const Observation& seen_;
    const sema::ExpectEvery& expect_;
    const Selection& selection_;
    Losses losses_;
    Reader reader_;
    std::size_t violations_ = 0;
    std::size_t doubtful_ = 0;
    std::vector<const Member*> violating_; ///< as many as are shown
    std::vector<const Member*> unknown_;
    Doubt doubt_;
    Finding finding_;
};

} // namespace

Finding judge_every(const Observation& seen, Streams& streams, const sema::ExpectEvery& expect) {
    const Selection selection = streams.select(expect.use);
    return EveryJudge(seen, expect, selection)();
}

} // namespace kps::judge
