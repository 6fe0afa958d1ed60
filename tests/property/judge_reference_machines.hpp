#pragma once

#include "judge_reference_orders.hpp"

/// `S follows MACHINE`: every order of the hits of a key is tried.
namespace kps::reference {

class Machines : protected Orders {
protected:
    using Orders::Orders;

    Verdict follows(const Form& form) {
        std::map<std::string, Life> lives;
        bool open = false;
        keyless_.clear();
        for (std::size_t e = 0; e < form.machine.events.size(); ++e)
            for (const Step& step : steps(form.machine.events[e], form.key, true)) {
                if (!step.key) {
                    keyless_.push_back(time(step.item.opening));
                    open |= !step.open;
                    continue;
                }
                Event& event =
                    lives[*step.key].events[{step.item.opening, form.machine.events[e].stream}];
                event.open = step.open;
                event.belongs[e] = step.stands;
            }
        for (const Step& step : steps(form.uses[0], form.key, false)) {
            open |= !step.key;
            if (step.key) {
                Life& life = lives[*step.key];
                life.asked = std::max(life.asked, step.stands);
            }
        }
        bool broken = false;
        for (const auto& [key, life] : lives) {
            if (life.asked == T::no) continue;
            const T good = judge(form.machine, life);
            broken |= good == T::no && life.asked == T::yes;
            open |= good == T::unknown || (good == T::no && life.asked != T::yes);
        }
        bool lost = any_lost(form.uses[0].stream);
        for (const Use& use : form.machine.events)
            lost |= any_lost(use.stream);
        return verdict(broken, open, form.uses[0], lost);
    }

private:
    static constexpr int broken_state = -1;

    struct Event {
        bool open = false;
        std::map<std::size_t, T> belongs;
    };
    struct Life {
        std::map<std::pair<int, StreamName>, Event> events;
        T asked = T::no;
    };
    using States = std::set<int>;
    using Events = std::vector<std::pair<int, Event>>; ///< with their opening hits

    [[nodiscard]] T judge(const Form::Machine& machine, const Life& life) const {
        Events events;
        for (const auto& [at, event] : life.events)
            events.emplace_back(at.first, event);
        const bool orphan = may_be_open_before() && !events.empty() &&
                            step(machine, 0, events[0].second) == States{broken_state};
        bool end_counts = !orphan;
        for (std::size_t i = 1; i < events.size(); ++i)
            if (is_long_before(events, i))
                end_counts |= ways(machine, {events.begin(), events.begin() + static_cast<int>(i)},
                                   false) == States{0};
        const States all = ways(machine, events, true);
        const auto bad = std::ranges::count_if(all, [&](int state) {
            return state == broken_state || (end_counts && !accepts(machine, state));
        });
        const bool orphan_unseen = may_be_open_before() && missed(machine, 0, UINT64_MAX);
        if (all == States{broken_state}) return T::no;
        if (bad == std::ssize(all) && !orphan_unseen) return T::no;
        return bad == 0 ? T::yes : T::unknown;
    }

    static bool accepts(const Form::Machine& machine, int state) {
        return machine.accepts[static_cast<std::size_t>(state)];
    }

    /// Whether nothing before the i-th can be in an order with it.
    [[nodiscard]] bool is_long_before(const Events& events, std::size_t i) const {
        return time(events[i - 1].first) + 2 * skew < time(events[i].first);
    }

    [[nodiscard]] bool missed(const Form::Machine& machine, Number begin, Number end) const {
        for (const std::uint64_t at : keyless_)
            if (Number{at} >= begin && Number{at} <= end) return true;
        return std::ranges::any_of(machine.events, [&](const Use& use) {
            return item_lost_in(use.stream, std::max(begin, Number{0}), end);
        });
    }

    static States step(const Form::Machine& machine, int state, const Event& event) {
        States next;
        bool is_event = false;
        bool may_break = false;
        for (const auto& [index, belongs] : event.belongs) {
            bool has_edge = false;
            for (const auto& edge : machine.edges) {
                if (edge.from != state || edge.event != index) continue;
                if (belongs == T::yes) return {edge.to};
                next.insert(edge.to);
                has_edge = true;
            }
            is_event |= belongs == T::yes;
            may_break |= !has_edge;
        }
        if (event.open || !is_event) next.insert(state);
        if (may_break && !event.open) next.insert(broken_state);
        return next;
    }

    /// Each state and whatever can follow it unseen.
    static States unseen(const Form::Machine& machine, States states) {
        for (std::size_t round = 0; round <= machine.accepts.size(); ++round)
            for (const auto& edge : machine.edges)
                if (states.contains(edge.from)) states.insert(edge.to);
        states.insert(broken_state);
        return states;
    }

    /// Where all events lead, in all orders that may have been, from every beginning that some
    /// way explains.
    [[nodiscard]] States ways(const Form::Machine& machine, const Events& events,
                              bool to_the_end) const {
        States all;
        for (int begin = 0; begin < std::ssize(machine.accepts); ++begin) {
            if (begin != 0 && !may_be_open_before()) continue;
            const States ends = ways_from(machine, begin, events, to_the_end);
            if (ends != States{broken_state}) all.insert(ends.begin(), ends.end());
        }
        return all.empty() ? States{broken_state} : all;
    }

    [[nodiscard]] States ways_from(const Form::Machine& machine, int begin, const Events& events,
                                   bool to_the_end) const {
        // Which are taken, and where that leads.
        std::set<std::pair<std::set<std::size_t>, int>> now = {{{}, begin}};
        Number since = 0;
        const auto miss = [&] {
            auto before = std::exchange(now, {});
            for (const auto& [taken, state] : before)
                for (const int next : unseen(machine, {state}))
                    now.insert({taken, next});
        };
        for (const auto& [opening, event] : events) {
            const Number at = time(opening);
            if (missed(machine, since, at + 2 * Number{skew})) miss();
            since = at - 2 * Number{skew};
            auto before = std::exchange(now, {});
            for (const auto& [taken, state] : before)
                for (std::size_t i = 0; i < events.size(); ++i)
                    if (may_be_next(events, taken, i))
                        for (const int next : state == broken_state
                                                  ? States{broken_state}
                                                  : step(machine, state, events[i].second)) {
                            std::set<std::size_t> more = taken;
                            more.insert(i);
                            now.insert({more, next});
                        }
        }
        if (to_the_end && missed(machine, since, UINT64_MAX)) miss();
        States states;
        for (const auto& [taken, state] : now)
            states.insert(state);
        return states;
    }

    [[nodiscard]] bool may_be_next(const Events& events, const std::set<std::size_t>& taken,
                                   std::size_t i) const {
        if (taken.contains(i)) return false;
        for (std::size_t j = 0; j < events.size(); ++j)
            if (!taken.contains(j) && before(events[j].first, events[i].first) == T::yes)
                return false;
        return true;
    }

    std::vector<std::uint64_t> keyless_;
};

} // namespace kps::reference
