#include "runtime/hits/print.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/mending.hpp"
#include "runtime/judge/outcomes.hpp"
#include "runtime/judge/steps.hpp"

#include <deque>
#include <fmt/core.h>

namespace kps::judge {

namespace {

constexpr std::size_t later = 0;

/// The earlier hits of one key.
struct Earlier {
    struct Near {
        HitIndex hit = 0;
        Truth stands = Truth::yes;
    };
    std::vector<Near> near; ///< may have no order with what is still to be decided
    /// Times of the latest that are before all that.
    std::optional<std::uint64_t> sure;
    std::optional<std::uint64_t> possible;
    std::optional<HitIndex> last; ///< of those that stand, for the report
};

/// Takes the steps in the order of time and tells of each subject, once nothing that may be before
/// it can follow, whether something of its key came before.
class OnlyAfter {
public:
    using Cause = Outcomes::Cause;

    OnlyAfter(const Observation& seen, const sema::ExpectOnlyAfter& expect)
        : seen_(seen), expect_(expect), losses_(seen.losses_of(expect.earlier.use.stream)),
          reader_(seen, expect.subject.use.stream), mending_(seen, {expect.earlier.use.stream}) {}

    void take(const Step& step) {
        const std::uint64_t now = seen_.time(step.item.opening);
        while (!waiting_.empty() && time(waiting_.front()) + clock_skew_ns <= now)
            decide_first();
        if (step.of != later)
            remember(step, now);
        else if (!step.open)
            waiting_.push_back(step);
    }

    void finish() {
        while (!waiting_.empty())
            decide_first();
    }

    Finding conclude(const Outcomes::Form& form) && { return std::move(outcomes_).conclude(form); }

private:
    [[nodiscard]] std::uint64_t time(const Step& step) const {
        return seen_.time(step.item.opening);
    }

    void remember(const Step& step, std::uint64_t now) {
        Earlier* earlier = &of_any_key_;
        if (step.key) {
            if (by_key_.size() >= max_open_keys && by_key_.find(*step.key) == nullptr &&
                !forget(now)) {
                overflowed_ = true;
                return;
            }
            earlier = &by_key_[*step.key];
        }
        settle(*earlier, waiting_.empty() ? now : time(waiting_.front()));
        earlier->near.push_back({step.item.opening, step.key ? step.stands : Truth::unknown});
        if (step.stands == Truth::yes) earlier->last = step.item.opening;
    }

    /// Drops the keys of which nothing is in time any more. False if that leaves no room.
    bool forget(std::uint64_t now) {
        if (!expect_.within_ns || now - forgot_ns_ < *expect_.within_ns) return false;
        forgot_ns_ = now;
        const std::uint64_t oldest = waiting_.empty() ? now : time(waiting_.front());
        for (auto& [key, earlier] : by_key_)
            settle(earlier, oldest);
        by_key_.erase_if([&](const Earlier& earlier) {
            return earlier.near.empty() && !in_time(*earlier.possible, oldest);
        });
        return by_key_.size() < max_open_keys;
    }

    /// Makes of the hits that are surely before everything from `horizon` on the latest ones.
    void settle(Earlier& earlier, std::uint64_t horizon) {
        std::size_t settled = 0;
        for (; settled < earlier.near.size(); ++settled) {
            const auto [hit, stands] = earlier.near[settled];
            if (seen_.time(hit) + clock_skew_ns > horizon) break;
            earlier.possible = seen_.time(hit);
            if (stands == Truth::yes) earlier.sure = seen_.time(hit);
        }
        earlier.near.erase(earlier.near.begin(),
                           earlier.near.begin() + static_cast<std::ptrdiff_t>(settled));
    }

    [[nodiscard]] bool in_time(std::uint64_t earlier_ns, std::uint64_t then_ns) const {
        return !expect_.within_ns || then_ns <= add_saturated(earlier_ns, *expect_.within_ns);
    }

    /// Whether `step` has one of `earlier` before it.
    Truth has(Earlier& earlier, const Step& step) {
        settle(earlier, time(step));
        Truth found = Truth::no;
        if (earlier.possible && in_time(*earlier.possible, time(step))) found = Truth::unknown;
        if (earlier.sure && in_time(*earlier.sure, time(step))) found = Truth::yes;
        for (const auto& [hit, stands] : earlier.near)
            if (in_time(seen_.time(hit), time(step)))
                found = std::max(found, both(stands, seen_.before(hit, step.item.opening)));
        return found;
    }

    void decide_first() {
        const Step step = std::move(waiting_.front());
        waiting_.pop_front();
        Earlier* const earlier = step.key ? by_key_.find(*step.key) : nullptr;
        const Truth found = earlier != nullptr ? has(*earlier, step) : Truth::no;
        if (found == Truth::yes) return outcomes_.met();
        const auto show = [&] { return describe(step, earlier); };
        if (const auto cause = why_open(step, found))
            outcomes_.open(*cause, show);
        else
            outcomes_.broken(show);
    }

    /// None if nothing came before for sure.
    std::optional<Cause> why_open(const Step& step, Truth found) {
        const bool sure = step.key && step.stands == Truth::yes && found == Truth::no;
        if (!sure || has(of_any_key_, step) != Truth::no) return Cause::doubt;
        if (overflowed_) return Cause::room;
        const std::uint64_t since =
            expect_.within_ns ? time(step) - std::min(time(step), *expect_.within_ns) : 0;
        const std::uint64_t until = time(step) + clock_skew_ns;
        const bool has_past = seen_.has_past() && in_time(seen_.part_begin_ns(), time(step));
        if (may_have_been_lost(seen_, losses_, expect_.earlier.use.stream, since, until) &&
            (has_past || mending_.is_enough_for(*step.key, since, until)))
            return Cause::lost;
        if (has_past) return Cause::earlier;
        return std::nullopt;
    }

    [[nodiscard]] Outcomes::Shown describe(const Step& step, const Earlier* earlier) const {
        const std::string key = reader_.print_key(expect_.subject.key, step.item);
        const std::string& what = expect_.earlier.use.text;
        Evidence evidence{hits_of(step.item), {}, {}};
        const bool late = earlier != nullptr && earlier->last && expect_.within_ns &&
                          *earlier->last < step.item.opening;
        if (late) {
            evidence.hits.insert(evidence.hits.begin(), *earlier->last);
            evidence.note = fmt::format("{} by {} was {} before, not within {}", what, key,
                                        print_beside(time(step) - seen_.time(*earlier->last),
                                                     *expect_.within_ns,
                                                     {.display = sema::Display::duration}, {}),
                                        hits::print_duration(*expect_.within_ns, true));
        } else {
            evidence.note = fmt::format("no {} by {} before it", what, key);
        }
        return {key, std::move(evidence)};
    }

    const Observation& seen_;
    const sema::ExpectOnlyAfter& expect_;
    Losses losses_;
    Reader reader_;
    Mending mending_;
    std::deque<Step> waiting_; ///< subjects that are not decided yet
    ByKey<Earlier> by_key_;
    Earlier of_any_key_; ///< those without a known key
    bool overflowed_ = false;
    std::uint64_t forgot_ns_ = 0;
    Outcomes outcomes_;
};

} // namespace

Finding judge_only_after(const Observation& seen, Streams& streams,
                         const sema::ExpectOnlyAfter& expect) {
    const std::vector selections = {streams.select(expect.subject.use),
                                    streams.select(expect.earlier.use)};
    const Steps steps = steps_of(streams, {&expect.subject, &expect.earlier});
    OnlyAfter judge(seen, expect);
    for (const Step& step : steps.all)
        judge.take(step);
    judge.finish();
    const Losses own = seen.losses_of(expect.subject.use.stream);
    const Losses earlier = seen.losses_of(expect.earlier.use.stream);
    return std::move(judge).conclude({"without what must come before", "hit",
                                      expect.subject.use.text, *selections[later], own, own,
                                      earlier, steps.doubt});
}

} // namespace kps::judge
