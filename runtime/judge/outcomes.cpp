#include "runtime/judge/outcomes.hpp"

#include "compiler/base/counted.hpp"
#include "runtime/judge/steps.hpp"

#include <fmt/core.h>
#include <numeric>

namespace kps::judge {

Finding Outcomes::conclude(const Form& form) && {
    Finding finding;
    const std::size_t open = std::accumulate(open_.begin(), open_.end(), std::size_t{0});
    const auto any = [&](Cause cause) { return open_.at(static_cast<std::size_t>(cause)) > 0; };
    if (broken_ > 0) {
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("{} of {} {}", broken_,
                                     counted(met_ + broken_ + open, form.noun), form.failure);
        show(finding, shown_broken_, broken_);
    } else if (open > 0) {
        finding.verdict = Verdict::inconclusive;
        Doubt doubt = form.doubt;
        doubt.order = true; // what is left where no other cause is known
        if (any(Cause::lost))
            finding.reason = form.mending.text();
        else if (any(Cause::earlier))
            finding.reason = "what was before the first that counts is not known";
        else if (any(Cause::room))
            finding.reason = fmt::format("more than {} keys were open", max_open_keys);
        else
            finding.reason = doubt.text();
        show(finding, shown_open_, open);
        const std::size_t lost = open_.at(static_cast<std::size_t>(Cause::lost));
        if (open == lost && form.subject.sure > 0) finding.tainted = tainted(lost, form);
    } else if (form.subject.sure == 0) {
        set_never_exercised(finding, form.what, form.subject.doubtful(), form.missing);
    } else if (form.breaking.any()) {
        set_inconclusive(finding, form.breaking, {});
        finding.tainted = tainted(0, form);
    }
    return finding;
}

/// What was lost may have been as many parts more.
Tainted Outcomes::tainted(std::size_t lost, const Form& form) const {
    const std::uint64_t slices = add_saturated(lost, form.breaking.count());
    return {slices, add_saturated(met_, slices)};
}

void Outcomes::show(Finding& finding, std::vector<Shown>& shown, std::size_t count) {
    finding.key = shown.front().key;
    finding.more_evidence = count - shown.size();
    for (Shown& one : shown)
        finding.evidence.push_back(std::move(one.evidence));
}

} // namespace kps::judge
