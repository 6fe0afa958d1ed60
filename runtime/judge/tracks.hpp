#pragma once

#include "runtime/judge/steps.hpp"

#include <functional>

/// Where a key of a state machine may be, one hit after the other.
namespace kps::judge {

/// A hit, call or span that a machine looks at.
struct MachineStep {
    Item item;
    bool open = false; ///< a call or span that was not seen to end
    /// The machine's events that it is or may be, by index.
    std::vector<std::pair<std::uint32_t, Truth>> events;
};

/// What a machine does from each of its states.
class Transitions {
public:
    using State = std::uint32_t; ///< index into the machine's states
    /// That of a key that did what the machine does not allow.
    static constexpr State broken = UINT32_MAX;

    explicit Transitions(const sema::Machine& machine);

    /// Where a step may lead from `state`.
    [[nodiscard]] std::vector<State> after(State state, const MachineStep& step) const;
    /// The one state to which a step surely leads that nothing is unknown of, and by an edge.
    [[nodiscard]] std::optional<State> only(State state, const MachineStep& step) const;
    /// Where any number of hits that were not seen may lead from `state`, to itself too.
    [[nodiscard]] const std::vector<State>& unseen(State state) const { return unseen_[state]; }

private:
    struct Edge {
        std::uint32_t event = 0;
        State to = 0;
    };
    std::vector<std::vector<Edge>> edges_; ///< by state
    std::vector<std::vector<State>> unseen_;
};

/// One key's way through a machine. Steps that have no known order are taken in every order that
/// may have been.
class Track {
public:
    using State = Transitions::State;

    /// Something unknown may have happened to the key in [begin, end].
    using MayHaveMissed = std::function<bool(std::uint64_t begin_ns, std::uint64_t end_ns)>;

    /// Begins in one of `states`: that which can explain what follows, if any can.
    explicit Track(const std::vector<State>& states);

    void add(MachineStep step) {
        if (!is_broken() && !gave_up_) near_.push_back(std::move(step));
    }
    /// Takes the steps that nothing can come before, or close to, that is added from `now` on.
    void settle(const Observation& seen, const Transitions& machine, const MayHaveMissed& missed,
                std::uint64_t now_ns);
    /// Takes all steps, and what may have come after them.
    void finish(const Observation& seen, const Transitions& machine, const MayHaveMissed& missed);

    /// Where it may be, unless it is broken for sure; ascending.
    [[nodiscard]] std::vector<State> states() const;
    [[nodiscard]] bool may_be_broken() const;
    [[nodiscard]] bool is_broken() const { return ways_.empty(); }
    [[nodiscard]] bool is_settled() const { return near_.empty(); }
    /// There were too many orders: nothing is known of it.
    [[nodiscard]] bool gave_up() const { return gave_up_; }
    /// Whether hits that were not seen may have led it elsewhere.
    [[nodiscard]] bool has_missed() const { return has_missed_; }
    /// Of the latest step that is taken, and of the one before it.
    [[nodiscard]] const std::optional<Item>& last() const { return last_; }
    [[nodiscard]] const std::optional<Item>& before_last() const { return before_last_; }
    /// If it is broken: the step that did it, and the states in which it may have been then.
    [[nodiscard]] const MachineStep& breach() const { return breach_; }
    [[nodiscard]] const std::vector<State>& before_breach() const { return before_breach_; }

private:
    /// One order of some of the steps, and where it leads.
    struct Way {
        std::uint64_t taken = 0; ///< a bit for each of `near_`
        State state = 0;
        State begin = 0;

        auto operator<=>(const Way&) const = default;
    };

    void advance(const Observation& seen, const Transitions& machine, const MayHaveMissed& missed);
    void move_on(const Item& item, std::uint64_t time_ns);
    void miss(const Transitions& machine);
    [[nodiscard]] std::vector<std::size_t> next_steps(const Observation& seen,
                                                      const Way& way) const;
    void set_ways(std::vector<Way> ways);
    void drop_taken();
    void give_up();

    std::vector<MachineStep> near_; ///< those that not every way has taken
    std::vector<Way> ways_;         ///< ascending; each has taken as many
    std::size_t taken_ = 0;         ///< how many of `near_`
    std::uint64_t since_ns_ = 0;    ///< the latest step that is taken is surely not before this
    std::optional<Item> last_;
    std::optional<Item> before_last_;
    MachineStep breach_;
    std::vector<State> before_breach_;
    std::vector<State> in_doubt_; ///< beginnings from which it may be broken
    bool has_missed_ = false;
    bool gave_up_ = false;
};

} // namespace kps::judge
