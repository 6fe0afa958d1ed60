#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/spell.hpp"

#include <fmt/core.h>

namespace kps::judge {

namespace {

void judge_some(Finding& finding, const Selection& selection, const Losses& losses,
                const std::string& what) {
    finding.expected = ">= 1";
    if (selection.sure > 0) return;
    if (losses.any() || selection.doubtful() > 0) {
        set_inconclusive(finding, losses, selection.doubt);
        show_doubtful(finding, selection);
    } else {
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("no hit of `{}`", what);
    }
}

void judge_no(Finding& finding, const Selection& selection, const Losses& losses,
              const std::vector<std::string>& decisive) {
    finding.expected = "== 0";
    if (selection.sure > 0) {
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("{} seen", counted(selection.sure, "hit"));
        for (const Member& member : selection.members)
            if (member.belongs == Truth::yes) add_evidence(finding, member.item, {}, decisive);
    } else if (losses.any() || selection.doubtful() > 0) {
        set_inconclusive(finding, losses, selection.doubt);
        show_doubtful(finding, selection);
    }
}

} // namespace

Finding judge_exists(const Observation& seen, Streams& streams, const sema::ExpectExists& expect) {
    const Selection selection = streams.select(expect.use);
    const Losses losses = seen.losses_of(expect.use.stream);
    Finding finding;
    finding.seen = std::to_string(selection.sure);
    if (expect.some)
        judge_some(finding, selection, losses, expect.use.text);
    else
        judge_no(finding, selection, losses, fields_of(seen.spec(), expect.use));
    return finding;
}

Finding judge_witness(const Observation& seen, Streams& streams, const sema::StreamUse& witness) {
    const Selection selection = streams.select(witness);
    Finding finding;
    finding.seen = std::to_string(selection.sure);
    finding.expected = ">= 1";
    if (selection.sure == 0)
        set_never_exercised(finding, witness.text, selection, seen.losses_of(witness.stream));
    return finding;
}

} // namespace kps::judge
