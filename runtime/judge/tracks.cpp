#include "runtime/judge/tracks.hpp"

#include <bit>

namespace kps::judge {

namespace {

constexpr std::size_t most_near = 64;
constexpr std::size_t most_ways = 1'000;

void sort_out(auto& all) {
    std::ranges::sort(all);
    const auto doubles = std::ranges::unique(all);
    all.erase(doubles.begin(), doubles.end());
}

} // namespace

Transitions::Transitions(const sema::Machine& machine)
    : edges_(machine.states.size()), unseen_(machine.states.size()) {
    for (const sema::Machine::Edge& edge : machine.edges)
        edges_[edge.from].push_back({edge.event, edge.to});
    for (State from = 0; from < edges_.size(); ++from) {
        std::vector<State>& reached = unseen_[from] = {from};
        for (std::size_t i = 0; i < reached.size(); ++i)
            for (const Edge& edge : edges_[reached[i]])
                if (std::ranges::find(reached, edge.to) == reached.end())
                    reached.push_back(edge.to);
    }
}

std::vector<Transitions::State> Transitions::after(State state, const MachineStep& step) const {
    std::vector<State> next;
    bool is_event = false;
    bool elsewhere = false; // an event of other states only
    for (const auto& [event, truth] : step.events) {
        is_event |= truth == Truth::yes;
        const auto edge = std::ranges::find(edges_[state], event, &Edge::event);
        elsewhere |= edge == edges_[state].end();
        if (edge == edges_[state].end()) continue;
        if (truth == Truth::yes) return {edge->to};
        next.push_back(edge->to);
    }
    // What is still open is not judged.
    if (!is_event || step.open) next.push_back(state);
    if (elsewhere && !step.open) next.push_back(broken);
    return next;
}

std::optional<Transitions::State> Transitions::only(State state, const MachineStep& step) const {
    if (step.events.size() != 1 || step.events.front().second != Truth::yes) return std::nullopt;
    const auto edge = std::ranges::find(edges_[state], step.events.front().first, &Edge::event);
    return edge != edges_[state].end() ? std::optional(edge->to) : std::nullopt;
}

// ---------------------------------------------------------------- one key

Track::Track(const std::vector<State>& states) {
    for (const State state : states)
        ways_.push_back({0, state, state});
}

void Track::settle(const Observation& seen, const Transitions& machine, const MayHaveMissed& missed,
                   std::uint64_t now_ns) {
    while (taken_ < near_.size() && !gave_up_ && !is_broken() &&
           seen.time(near_[taken_].item.opening) + 2 * clock_skew_ns < now_ns)
        advance(seen, machine, missed);
}

void Track::finish(const Observation& seen, const Transitions& machine,
                   const MayHaveMissed& missed) {
    while (taken_ < near_.size() && !gave_up_ && !is_broken())
        advance(seen, machine, missed);
    if (!is_broken() && missed(since_ns_, UINT64_MAX)) miss(machine);
}

/// One step further on every way. All that may come next is known: nothing else can be before the
/// first step that a way has not taken.
void Track::advance(const Observation& seen, const Transitions& machine,
                    const MayHaveMissed& missed) {
    const Item item = near_[taken_].item;
    const std::uint64_t time = seen.time(item.opening);
    if (missed(since_ns_, time + 2 * clock_skew_ns)) miss(machine);
    const bool is_alone = taken_ == 0 && (near_.size() == 1 ||
                                          seen.time(near_[1].item.opening) - time >= clock_skew_ns);
    if (is_alone && ways_.size() == 1) { // nearly always
        if (const auto next = machine.only(ways_.front().state, near_.front())) {
            ways_.front().state = *next;
            near_.erase(near_.begin());
            return move_on(item, time);
        }
    }
    std::vector<Way> ways;
    const std::vector<State> before = states();
    const std::size_t first = next_steps(seen, ways_.front()).front();
    for (const Way& way : ways_)
        for (const std::size_t next : next_steps(seen, way)) {
            if (next >= most_near || ways.size() > most_ways) return give_up();
            for (const State state : machine.after(way.state, near_[next]))
                ways.push_back({way.taken | std::uint64_t{1} << next, state, way.begin});
        }
    set_ways(std::move(ways));
    move_on(item, time);
    if (is_broken()) {
        breach_ = near_[first];
        before_breach_ = before;
        near_.clear();
        taken_ = 0;
        return;
    }
    ++taken_;
    drop_taken();
}

void Track::move_on(const Item& item, std::uint64_t time_ns) {
    before_last_ = std::exchange(last_, item);
    since_ns_ = time_ns - std::min(time_ns, 2 * clock_skew_ns);
}

void Track::miss(const Transitions& machine) {
    std::vector<Way> ways;
    for (const Way& way : ways_)
        for (const State state : machine.unseen(way.state))
            ways.push_back({way.taken, state, way.begin});
    for (const Way& way : ways_)
        in_doubt_.push_back(way.begin);
    set_ways(std::move(ways));
    has_missed_ = true;
}

std::vector<std::size_t> Track::next_steps(const Observation& seen, const Way& way) const {
    std::vector<std::size_t> next;
    const auto has_taken = [&](std::size_t step) {
        return step < most_near && (way.taken >> step & 1) != 0;
    };
    std::size_t first = 0;
    while (has_taken(first))
        ++first;
    const std::uint64_t until = seen.time(near_[first].item.opening) + clock_skew_ns;
    for (std::size_t i = first; i < near_.size() && seen.time(near_[i].item.opening) < until; ++i) {
        if (has_taken(i)) continue;
        bool is_later = false;
        for (std::size_t j = first; j < i; ++j)
            is_later |= !has_taken(j) &&
                        seen.before(near_[j].item.opening, near_[i].item.opening) == Truth::yes;
        if (!is_later) next.push_back(i);
    }
    return next;
}

void Track::set_ways(std::vector<Way> ways) {
    std::erase_if(ways, [&](const Way& way) {
        const bool is_broken = way.state == Transitions::broken;
        if (is_broken) in_doubt_.push_back(way.begin);
        return is_broken;
    });
    sort_out(in_doubt_);
    sort_out(ways);
    ways_ = std::move(ways);
}

void Track::drop_taken() {
    std::uint64_t by_all = UINT64_MAX;
    for (const Way& way : ways_)
        by_all &= way.taken;
    const int count = std::countr_one(by_all);
    if (count == 0) return;
    for (Way& way : ways_)
        way.taken = count < 64 ? way.taken >> count : 0;
    near_.erase(near_.begin(), near_.begin() + count);
    taken_ -= static_cast<std::size_t>(count);
}

void Track::give_up() {
    gave_up_ = true;
    near_.clear();
    taken_ = 0;
}

bool Track::may_be_broken() const {
    return gave_up_ || std::ranges::any_of(ways_, [&](const Way& way) {
               return std::ranges::binary_search(in_doubt_, way.begin);
           });
}

std::vector<Track::State> Track::states() const {
    std::vector<State> states;
    for (const Way& way : ways_)
        states.push_back(way.state);
    sort_out(states);
    return states;
}

} // namespace kps::judge
