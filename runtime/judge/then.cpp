#include "compiler/base/counted.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/chains.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/mending.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

namespace {

/// The hits of one key.
struct Group {
    std::vector<std::vector<StepHit>> steps;
    std::vector<const Member*> triggers; ///< as many as `steps[0]`
};

/// A hit of the first step that was not followed as expected, for all that is known.
struct Obligation {
    enum class State : std::uint8_t {
        met, ///< is not kept
        broken,
        pending,  ///< the observation ended before the time was up
        tainted,  ///< what should have followed may have been lost
        doubtful, ///< a value or an order is not known
    };
    const Member* trigger = nullptr;
    const Group* group = nullptr; ///< none if its key is not known
    State state = State::met;
};
using State = Obligation::State;

class ThenJudge {
public:
    ThenJudge(const Observation& seen, Streams& streams, const sema::ExpectThen& expect)
        : seen_(seen), expect_(expect), mending_(seen, streams_after_first(expect)) {
        for (const sema::StreamUse& step : expect.steps) {
            selections_.push_back(streams.select(step));
            losses_.push_back(seen.losses_of(step.stream));
        }
        collect_triggers(*streams.keys(expect.steps[0], expect.keys[0]));
        for (std::size_t step = 1; step < expect.steps.size(); ++step)
            collect_step(step, *streams.keys(expect.steps[step], expect.keys[step]));
        std::ranges::sort(keyless_times_);
    }

    Finding operator()() {
        for (const auto& [key, group] : by_key_)
            judge_group(key, group);
        std::ranges::sort(obligations_, {}, [](const Obligation& obligation) {
            return obligation.trigger->item.opening;
        });
        if (count(State::broken) > 0)
            fail();
        else if (!obligations_.empty())
            doubt();
        else if (selections_[0]->sure == 0)
            set_never_exercised(finding_, expect_.steps[0].text, selections_[0]->doubtful(),
                                losses_[0]);
        else if (losses_[0].any())
            set_inconclusive(finding_, losses_[0], {});
        if (finding_.verdict == Verdict::inconclusive) taint();
        return std::move(finding_);
    }

private:
    static std::vector<sema::StreamId> streams_after_first(const sema::ExpectThen& expect) {
        std::vector<sema::StreamId> streams;
        for (std::size_t step = 1; step < expect.steps.size(); ++step)
            streams.push_back(expect.steps[step].stream);
        return streams;
    }

    void collect_triggers(const ItemKeys& keys) {
        for (std::size_t i = 0; i < selections_[0]->members.size(); ++i) {
            const Member& member = selections_[0]->members[i];
            const auto key = keys.of_members[i];
            if (!key) {
                obligations_.push_back({&member, nullptr, State::doubtful});
                continue;
            }
            Group& group = by_key_[*key];
            group.steps.resize(expect_.steps.size());
            group.steps[0].push_back({member.item.opening, member.stands()});
            group.triggers.push_back(&member);
        }
        doubt_.add(keys.doubt);
    }

    void collect_step(std::size_t step, const ItemKeys& keys) {
        const auto add = [&](const Member& member, std::optional<KeyId> key, Truth belongs) {
            const HitIndex hit = member.item.opening;
            if (!key) {
                keyless_times_.push_back(seen_.time(hit));
            } else if (Group* const group = by_key_.find(*key)) {
                group->steps[step].push_back({hit, belongs});
            }
        };
        const auto& [members, open, sure, doubt] = *selections_[step];
        for (std::size_t i = 0; i < members.size(); ++i)
            add(members[i], keys.of_members[i], members[i].stands());
        // A call that is still open has begun, and may yet turn out to be what was waited for.
        for (std::size_t i = 0; i < open.size(); ++i)
            add(open[i], keys.of_open[i], Truth::unknown);
        if (!open.empty())
            for (auto& [key, group] : by_key_)
                std::ranges::sort(group.steps[step], {}, &StepHit::hit);
        doubt_.add(keys.doubt);
    }

    [[nodiscard]] std::uint64_t deadline(const Member& trigger) const {
        if (!expect_.within_ns) return UINT64_MAX - 1; // any time but never
        return std::min(add_saturated(seen_.time(trigger.item.opening), *expect_.within_ns),
                        UINT64_MAX - 1);
    }

    void judge_group(KeyId key, const Group& group) {
        const std::vector<Reach> reach = reach_of_chains(seen_, group.steps);
        for (std::size_t i = 0; i < reach.size(); ++i) {
            const State state = state_of(key, *group.triggers[i], reach[i]);
            if (state == State::met)
                ++met_;
            else
                obligations_.push_back({group.triggers[i], &group, state});
        }
    }

    [[nodiscard]] State state_of(KeyId key, const Member& trigger, const Reach& reach) {
        const std::uint64_t until = deadline(trigger);
        if (reach.sure <= until) return State::met;
        if (reach.possible <= until || trigger.stands() != Truth::yes) return State::doubtful;
        const std::uint64_t since = before_skew(seen_.time(trigger.item.opening));
        const auto keyless = std::ranges::lower_bound(keyless_times_, since);
        if (keyless != keyless_times_.end() && *keyless <= until) return State::doubtful;
        if (expect_.within_ns && until > seen_.end_ns()) return State::pending;
        if (!may_have_been_lost(since, until)) return State::broken;
        return mending_.is_enough_for(key, since, until) ? State::tainted : State::broken;
    }

    [[nodiscard]] bool may_have_been_lost(std::uint64_t since, std::uint64_t until) const {
        for (std::size_t step = 1; step < losses_.size(); ++step)
            if (judge::may_have_been_lost(seen_, losses_[step], expect_.steps[step].stream, since,
                                          until))
                return true;
        return false;
    }

    [[nodiscard]] std::size_t count(State state) const {
        return static_cast<std::size_t>(
            std::ranges::count(obligations_, state, &Obligation::state));
    }

    /// A lost trigger may have been one more that nothing followed.
    void taint() {
        if (count(State::tainted) < obligations_.size() || selections_[0]->sure == 0) return;
        const std::uint64_t slices = add_saturated(count(State::tainted), losses_[0].count());
        finding_.tainted = {slices, add_saturated(met_, slices)};
    }

    void fail() {
        const std::size_t broken = count(State::broken);
        finding_.verdict = Verdict::fail;
        finding_.reason = fmt::format("{} of {} not followed as expected", broken,
                                      counted(selections_[0]->sure, "hit"));
        show(State::broken);
    }

    void doubt() {
        finding_.verdict = Verdict::inconclusive;
        for (const auto& selection : selections_)
            doubt_.add(selection->doubt);
        doubt_.order = true; // what is left where no other cause is known
        if (count(State::tainted) > 0)
            finding_.reason =
                std::ranges::find_if(losses_.begin() + 1, losses_.end(), &Losses::any)->text();
        else if (count(State::pending) > 0)
            finding_.reason = "the observation ended before the time was up";
        else
            finding_.reason = doubt_.text();
        for (const State state : {State::tainted, State::pending, State::doubtful})
            show(state);
    }

    void show(State state) {
        Reader reader(seen_, expect_.steps[0].stream);
        for (const Obligation& obligation : obligations_) {
            if (obligation.state != state) continue;
            const Item& item = obligation.trigger->item;
            if (finding_.evidence.size() >= max_evidence) {
                ++finding_.more_evidence;
                continue;
            }
            const std::string key = reader.print_key(expect_.keys[0], item);
            if (finding_.evidence.empty()) finding_.key = key;
            add_evidence(finding_, item);
            describe(obligation, key, finding_.evidence.back());
        }
    }

    /// What is missing or late, with the hits that did follow.
    void describe(const Obligation& obligation, const std::string& key, Evidence& evidence) const {
        if (obligation.state == State::doubtful) {
            evidence.note = doubt_.text();
            return;
        }
        const std::uint64_t begin = seen_.time(obligation.trigger->item.opening);
        HitIndex last = obligation.trigger->item.opening;
        for (std::size_t step = 1; step < expect_.steps.size(); ++step) {
            const std::string& what = expect_.steps[step].text;
            const auto& hits = obligation.group->steps[step];
            const auto next = std::ranges::upper_bound(hits, last, {}, &StepHit::hit);
            if (next == hits.end()) {
                evidence.note = fmt::format("no {} by {}{}", what, key, window());
                break;
            }
            last = next->hit;
            evidence.hits.push_back(last);
            const std::uint64_t delay = seen_.time(last) - begin;
            if (!expect_.within_ns || delay <= *expect_.within_ns) continue;
            evidence.note =
                fmt::format("{} by {} came {} later, not{}", what, key,
                            print_beside(delay, *expect_.within_ns, duration_, {}), window());
            break;
        }
        if (obligation.state == State::pending)
            evidence.note += fmt::format("; the observation ended after {}",
                                         hits::print_duration(seen_.end_ns() - begin));
    }

    [[nodiscard]] std::string window() const {
        if (!expect_.within_ns) return {};
        return fmt::format(" within {}", hits::print_duration(*expect_.within_ns, true));
    }

    static constexpr sema::ValueType duration_{.display = sema::Display::duration};

    const Observation& seen_;
    const sema::ExpectThen& expect_;
    std::vector<std::shared_ptr<const Selection>> selections_; ///< one per step
    std::vector<Losses> losses_;
    ByKey<Group> by_key_;
    std::vector<std::uint64_t> keyless_times_; ///< hits of later steps that may be of any key
    std::vector<Obligation> obligations_;
    std::size_t met_ = 0;
    Mending mending_;
    Doubt doubt_;
    Finding finding_;
};

} // namespace

Finding judge_then(const Observation& seen, Streams& streams, const sema::ExpectThen& expect) {
    return ThenJudge(seen, streams, expect)();
}

} // namespace kps::judge
