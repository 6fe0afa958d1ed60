#include "runtime/judge/forms.hpp"
#include "runtime/judge/mending.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/slices.hpp"

#include <deque>
#include <fmt/core.h>

namespace kps::judge {

namespace {

constexpr std::size_t subject = 0;

/// Takes the steps in the order of time and tells of each call, once it has surely ended, whether
/// something of its key was within it.
class During {
public:
    using Cause = Outcomes::Cause;

    During(const Observation& seen, const sema::ExpectDuring& expect)
        : seen_(seen), expect_(expect), losses_(seen.losses_of(expect.subject.use.stream)),
          reader_(seen, expect.span.use.stream), mending_(seen, {expect.subject.use.stream}),
          slices_(seen) {}

    void take(const Step& step) {
        const std::uint64_t now = seen_.time(step.item.opening);
        slices_.close_before(now, [&](const Slice& slice) { decide(slice); });
        while (!recent_.empty() && seen_.time(recent_.front().item.opening) + clock_skew_ns <= now)
            recent_.pop_front();
        if (step.of == subject) {
            recent_.push_back(step);
            slices_.each_of(step.key, [&](Slice& slice) {
                look(slice, step);
                return true;
            });
        } else if (!step.open) {
            open(step);
        }
    }

    void finish() {
        slices_.close_before(UINT64_MAX, [&](const Slice& slice) { decide(slice); });
    }

    Finding conclude(const Outcomes::Form& form) && { return std::move(outcomes_).conclude(form); }

private:
    void open(const Step& step) {
        if (step.item.closing ==
            Item::none) // a span that may not have been closed by what was seen
            return decide({step, Truth::no, {}});
        Slice* const slice = slices_.open(step);
        if (slice == nullptr)
            return outcomes_.open(Cause::room,
                                  [&] { return describe({step, Truth::no, {}}, "not followed"); });
        for (const Step& before : recent_)
            if (!before.key || !step.key || *before.key == *step.key) look(*slice, before);
    }

    /// Whether `step` is within the slice.
    void look(Slice& slice, const Step& step) const {
        const Item& span = slice.step.item;
        Truth inside = both(seen_.before(span.opening, step.item.opening),
                            seen_.before(step.item.opening, span.closing));
        inside = both(inside, step.stands);
        if (inside == Truth::yes && (!step.key || !slice.step.key)) inside = Truth::unknown;
        if (inside <= slice.inside) return;
        slice.inside = inside;
        slice.found = step.item.opening;
    }

    void decide(const Slice& slice) {
        if (expect_.some)
            decide_some(slice);
        else
            decide_no(slice);
    }

    void decide_no(const Slice& slice) {
        const auto show = [&] { return describe(slice, expect_.subject.use.text + " within it"); };
        if (slice.inside == Truth::yes && slice.is_sure()) return outcomes_.broken(show);
        if (slice.inside != Truth::no || !slice.has_sure_ends())
            return outcomes_.open(Cause::doubt, show);
        if (may_have_been_lost(slice)) return outcomes_.open(Cause::lost, show);
        outcomes_.met();
    }

    void decide_some(const Slice& slice) {
        const auto show = [&] {
            return describe(slice, fmt::format("no {} within it", expect_.subject.use.text));
        };
        if (slice.inside == Truth::yes && slice.has_sure_ends()) return outcomes_.met();
        if (slice.inside != Truth::no || !slice.is_sure())
            return outcomes_.open(Cause::doubt, show);
        const auto [begin_ns, end_ns] = around(slice.step.item);
        const bool mended =
            may_have_been_lost(slice) && mending_.is_enough_for(*slice.step.key, begin_ns, end_ns);
        mended ? outcomes_.open(Cause::lost, show) : outcomes_.broken(show);
    }

    /// From when to when something may have been within it.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> around(const Item& span) const {
        return {before_skew(seen_.time(span.opening)), seen_.time(span.closing) + clock_skew_ns};
    }

    [[nodiscard]] bool may_have_been_lost(const Slice& slice) const {
        const auto [begin_ns, end_ns] = around(slice.step.item);
        return judge::may_have_been_lost(seen_, losses_, expect_.subject.use.stream, begin_ns,
                                         end_ns);
    }

    [[nodiscard]] Outcomes::Shown describe(const Slice& slice, std::string note) const {
        Evidence evidence{hits_of(slice.step.item), std::move(note), {}};
        if (slice.found) evidence.hits.insert(evidence.hits.begin() + 1, *slice.found);
        return {reader_.print_key(expect_.span.key, slice.step.item), std::move(evidence)};
    }

    const Observation& seen_;
    const sema::ExpectDuring& expect_;
    Losses losses_;
    Reader reader_;
    Mending mending_;
    Slices slices_;
    std::deque<Step> recent_; ///< subjects that may be within what begins now
    Outcomes outcomes_;
};

} // namespace

Finding judge_during(const Observation& seen, Streams& streams, const sema::ExpectDuring& expect) {
    const std::vector selections = {streams.select(expect.subject.use),
                                    streams.select(expect.span.use)};
    const Steps steps = steps_of(streams, {&expect.subject, &expect.span});
    During judge(seen, expect);
    for (const Step& step : steps.all)
        judge.take(step);
    judge.finish();
    const Losses spans = seen.losses_of(expect.span.use.stream);
    const Losses subjects = seen.losses_of(expect.subject.use.stream);
    // Whatever the lost calls were, nothing can have been within them.
    const bool is_harmless = !expect.some && selections[subject]->members.empty() &&
                             selections[subject]->open.empty() && !subjects.any() && !seen.part();
    if (is_harmless && selections[1]->sure > 0) return {};
    const std::string failure =
        fmt::format("with{} {}", expect.some ? "out" : "", expect.subject.use.text);
    return std::move(judge).conclude({failure, "call", expect.span.use.text, *selections[1], spans,
                                      spans, subjects, steps.doubt});
}

} // namespace kps::judge
