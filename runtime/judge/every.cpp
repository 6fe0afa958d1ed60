#include "compiler/base/counted.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/spell.hpp"
#include "runtime/judge/summary.hpp"

#include <fmt/core.h>

namespace kps::judge {

namespace {

class EveryJudge {
public:
    EveryJudge(const Observation& seen, Streams& streams, plan::Subject subject,
               const sema::ExpectEvery& expect)
        : seen_(seen), expect_(expect),
          summary_(summarize(seen, streams, plan::tally_of(subject, expect))),
          losses_(seen.losses_of(expect.use.stream)) {}

    Finding operator()() {
        if (summary_.violating > 0)
            fail();
        else if (summary_.undecided.count > 0)
            doubt();
        else if (summary_.sure == 0 && !expect_.if_any)
            set_never_exercised(finding_, expect_.use.text, summary_.doubtful, losses_);
        else if (losses_.any())
            set_inconclusive(finding_, losses_, {});
        else if (summary_.empty())
            finding_.remarks.push_back(fmt::format("no hit of `{}`", expect_.use.text));
        return std::move(finding_);
    }

private:
    void fail() {
        finding_.verdict = Verdict::fail;
        finding_.reason =
            fmt::format("violated by {} of {}", summary_.violating, counted(summary_.sure, "hit"));
        Reader reader(seen_, expect_.use.stream);
        for (const Item& item : summary_.violating_first) {
            Violation violation =
                explain(seen_, expect_.use.stream, reader, expect_.condition, item);
            if (finding_.evidence.empty()) {
                finding_.seen = std::move(violation.seen);
                finding_.expected = std::move(violation.expected);
            }
            add_evidence(finding_, item, std::move(violation.note), std::move(violation.decisive));
        }
        finding_.more_evidence = summary_.violating - finding_.evidence.size();
    }

    void doubt() {
        const Doubtful& undecided = summary_.undecided;
        const auto& unreadable = undecided.doubt.unreadable;
        set_inconclusive(finding_, losses_, undecided.doubt);
        if (!unreadable.empty()) finding_.reason = undecided.doubt.text();
        show_first(finding_, undecided.first, undecided.count, undecided.doubt.text(),
                   {unreadable.begin(), unreadable.end()});
    }

    const Observation& seen_;
    const sema::ExpectEvery& expect_;
    Summary summary_;
    Losses losses_;
    Finding finding_;
};

} // namespace

Finding judge_every(const Observation& seen, Streams& streams, plan::Subject subject,
                    const sema::ExpectEvery& expect) {
    return EveryJudge(seen, streams, subject, expect)();
}

} // namespace kps::judge
