#include "runtime/hits/print.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/steps.hpp"

#include <fmt/core.h>

namespace kps::judge {

namespace {

/// Takes hits in the order of time and measures how far apart they are, also from the beginning of
/// what counts and to its end.
class NoGap {
public:
    NoGap(const Observation& seen, const sema::ExpectNoGap& expect)
        : seen_(seen), expect_(expect), losses_(seen.losses_of(expect.use.stream)),
          sure_(seen.part_begin_ns()), possible_(seen.part_begin_ns()) {}

    void take(const Step& step) {
        reach(seen_.time(step.item.opening), step.stands == Truth::yes, step.item.opening);
    }
    void finish() {
        reach(seen_.part_end_ns(), true, {});
        if (!seen_.end_is_known())
            outcomes_.open(Outcomes::Cause::lost, [&] { return describe_early_end(); });
    }

    Finding conclude(const Outcomes::Form& form) && { return std::move(outcomes_).conclude(form); }

private:
    /// `hit`: none at the end.
    void reach(std::uint64_t now, bool sure, std::optional<HitIndex> hit) {
        if (is_gap(possible_, now)) {
            told_ = true;
            const auto show = [&] { return describe(possible_, now, hit); };
            may_be_bridged(now) ? outcomes_.open(Outcomes::Cause::lost, show)
                                : outcomes_.broken(show);
        }
        possible_ = std::max(possible_, now);
        if (sure) {
            if (!told_ && is_gap(sure_, now))
                outcomes_.open(Outcomes::Cause::doubt, [&] { return describe(sure_, now, hit); });
            else if (!told_)
                outcomes_.met();
            sure_ = possible_;
            told_ = false;
        }
        if (hit) last_ = hit;
    }

    /// Whether enough was lost, besides what it takes for the gaps before.
    bool may_be_bridged(std::uint64_t now) {
        const sema::StreamId stream = expect_.use.stream;
        if (!seen_.is_of_hits(stream))
            return possible_ + 1 < now &&
                   may_have_been_lost(seen_, losses_, stream, possible_ + 1, now - 1);
        const auto needed = losses_.needed_between(possible_, now, expect_.over_ns);
        needed_ = add_saturated(needed_, needed.value_or(0));
        return needed && needed_ <= losses_.count();
    }

    [[nodiscard]] bool is_gap(std::uint64_t since, std::uint64_t now) const {
        return now > since && now - since > expect_.over_ns;
    }

    [[nodiscard]] Outcomes::Shown describe(std::uint64_t since, std::uint64_t now,
                                           std::optional<HitIndex> hit) const {
        Evidence evidence;
        for (const auto& end : {last_, hit})
            if (end) evidence.hits.push_back(*end);
        evidence.note = fmt::format(
            "nothing for {}, longer than {}{}",
            print_beside(now - since, expect_.over_ns, {.display = sema::Display::duration}, {}),
            hits::print_duration(expect_.over_ns, true),
            !last_ ? ", from the beginning"
            : !hit ? ", to the end"
                   : "");
        return {{}, std::move(evidence)};
    }

    [[nodiscard]] Outcomes::Shown describe_early_end() const {
        Evidence evidence{{}, "what would have followed is not known", {}};
        if (last_) evidence.hits.push_back(*last_);
        return {{}, std::move(evidence)};
    }

    const Observation& seen_;
    const sema::ExpectNoGap& expect_;
    Losses losses_;
    std::uint64_t needed_ = 0; ///< lost hits that bridge what is too long
    std::uint64_t sure_;       ///< time of the last hit that belongs
    std::uint64_t possible_;   ///< of the last that may
    bool told_ = false;        ///< of the time since `sure_`
    std::optional<HitIndex> last_;
    Outcomes outcomes_;
};

} // namespace

Finding judge_no_gap(const Observation& seen, Streams& streams, const sema::ExpectNoGap& expect) {
    const std::vector selections = {streams.select(expect.use)};
    const sema::KeyedUse use{expect.use, {}};
    const Steps steps = steps_of(streams, {&use});
    NoGap judge(seen, expect);
    for (const Step& step : steps.all)
        judge.take(step);
    judge.finish();
    const Losses losses = seen.losses_of(expect.use.stream);
    const Losses harmless({}, {}); // more hits make no gap
    return std::move(judge).conclude({"too long", "gap", expect.use.text, *selections[0], losses,
                                      harmless, losses, steps.doubt});
}

} // namespace kps::judge
