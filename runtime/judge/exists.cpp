#include "compiler/base/counted.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/spell.hpp"
#include "runtime/judge/summary.hpp"

#include <fmt/core.h>

namespace kps::judge {

namespace {

void judge_some(Finding& finding, const Summary& summary, const Losses& losses,
                const std::string& what) {
    finding.expected = ">= 1";
    if (summary.sure > 0) return;
    if (losses.any() || summary.doubtful.count > 0) {
        set_inconclusive(finding, losses, summary.doubtful.doubt);
        show_doubtful(finding, summary.doubtful);
    } else {
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("no hit of `{}`", what);
    }
}

void judge_no(Finding& finding, const Summary& summary, const Losses& losses,
              const std::vector<std::string>& decisive) {
    finding.expected = "== 0";
    if (summary.sure > 0) {
        finding.verdict = Verdict::fail;
        finding.reason = fmt::format("{} seen", counted(summary.sure, "hit"));
        show_first(finding, summary.groups.front().first, summary.sure, {}, decisive);
    } else if (losses.any() || summary.doubtful.count > 0) {
        set_inconclusive(finding, losses, summary.doubtful.doubt);
        show_doubtful(finding, summary.doubtful);
    }
}

} // namespace

Finding judge_exists(const Observation& seen, Streams& streams, plan::Subject subject,
                     const sema::ExpectExists& expect) {
    const Summary summary = summarize(seen, streams, plan::tally_of(subject, expect));
    const Losses losses = seen.losses_of(expect.use.stream);
    Finding finding;
    finding.seen = std::to_string(summary.sure);
    if (expect.some)
        judge_some(finding, summary, losses, expect.use.text);
    else
        judge_no(finding, summary, losses, fields_of(seen.spec(), expect.use));
    return finding;
}

Finding judge_witness(const Observation& seen, Streams& streams, plan::Subject subject,
                      const sema::StreamUse& witness) {
    const Summary summary = summarize(seen, streams, plan::tally_of(subject, witness));
    Finding finding;
    finding.seen = std::to_string(summary.sure);
    finding.expected = ">= 1";
    if (summary.sure == 0)
        set_never_exercised(finding, witness.text, summary.doubtful,
                            seen.losses_of(witness.stream));
    return finding;
}

} // namespace kps::judge
