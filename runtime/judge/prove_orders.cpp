#include "compiler/base/overloaded.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/proof.hpp"
#include "runtime/judge/steps.hpp"

#include <algorithm>
#include <array>

namespace kps::judge {

namespace {

Proof::Use keyed(const sema::KeyedUse& use) {
    return {&use.use, use.key, false};
}

/// Of hits, each of which is taken once.
class OrderProof : public Proof {
protected:
    /// One that is taken as two things has an order that only the whole tells.
    bool is_taken_again(const Passing& passing) {
        const bool again = passing.number == number_;
        number_ = passing.number;
        return again;
    }

private:
    std::uint64_t number_ = UINT64_MAX;
};

class ThenProof : public OrderProof {
public:
    explicit ThenProof(const sema::ExpectThen& expect)
        : last_(expect.steps.size() - 1), within_ns_(expect.within_ns) {
        for (std::size_t i = 0; i < expect.steps.size(); ++i)
            uses.push_back({&expect.steps[i], expect.keys[i], false});
    }

    bool take(std::size_t role, const Passing& passing) override {
        if (is_taken_again(passing)) return false;
        std::vector<Waiting>& waiting = by_key_[passing.key];
        const Place& now = passing.begin;
        if (!waiting.empty() && waiting.front().until_ns < now.time_ns) return false;
        if (role == 0) {
            waiting.push_back({now, deadline(now), 0});
            ++triggers_;
            return ++pending_ < max_open_keys;
        }
        for (Waiting& one : waiting)
            if (one.taken + 1 == role && is_order_known(one.last, now)) {
                one.taken = role;
                one.last = now;
            }
        pending_ -= std::erase_if(waiting, [&](const Waiting& one) { return one.taken == last_; });
        return true;
    }

    std::optional<Finding> finish() override {
        return triggers_ > 0 && pending_ == 0 ? std::optional(Finding{}) : std::nullopt;
    }

private:
    struct Waiting { // a hit of the first step
        Place last;  // of the step that was taken last
        std::uint64_t until_ns = 0;
        std::size_t taken = 0; // that step
    };

    [[nodiscard]] std::uint64_t deadline(const Place& trigger) const {
        return within_ns_ ? add_saturated(trigger.time_ns, *within_ns_) : UINT64_MAX;
    }

    std::size_t last_;
    std::optional<std::uint64_t> within_ns_;
    ByKey<std::vector<Waiting>> by_key_; ///< the first trigger first
    std::size_t pending_ = 0;
    std::uint64_t triggers_ = 0;
};

class OnlyAfterProof : public OrderProof {
public:
    explicit OnlyAfterProof(const sema::ExpectOnlyAfter& expect) : within_ns_(expect.within_ns) {
        uses = {keyed(expect.subject), keyed(expect.earlier)};
    }

    bool take(std::size_t role, const Passing& passing) override {
        if (is_taken_again(passing)) return false;
        const Place& now = passing.begin;
        if (role == 1) return remember(passing.key, now);
        ++subjects_;
        const Earlier* const earlier = by_key_.find(passing.key);
        return earlier != nullptr && std::ranges::any_of(*earlier, [&](const auto& place) {
                   return place && is_order_known(*place, now) && is_in_time(*place, now);
               });
    }

    std::optional<Finding> finish() override {
        return subjects_ > 0 ? std::optional(Finding{}) : std::nullopt;
    }

private:
    /// The latest two of a key: the last may be too close to tell.
    using Earlier = std::array<std::optional<Place>, 2>;

    [[nodiscard]] bool is_in_time(const Place& earlier, const Place& now) const {
        return !within_ns_ || now.time_ns <= add_saturated(earlier.time_ns, *within_ns_);
    }

    bool remember(KeyId key, const Place& now) {
        if (by_key_.size() >= max_open_keys && by_key_.find(key) == nullptr) {
            by_key_.erase_if([&](const Earlier& earlier) { return !is_in_time(*earlier[0], now); });
            if (by_key_.size() >= max_open_keys / 2) return false; // to look for them rarely
        }
        Earlier& earlier = by_key_[key];
        earlier = {now, earlier[0]};
        return true;
    }

    std::optional<std::uint64_t> within_ns_;
    ByKey<Earlier> by_key_;
    std::uint64_t subjects_ = 0;
};

class PairedProof : public OrderProof {
public:
    PairedProof(const Observation& window, const sema::ExpectPaired& expect)
        : may_be_open_before_(window.has_past()), closer_(expect.closer.use.text) {
        uses = {keyed(expect.closer), keyed(expect.opener)};
    }

    bool take(std::size_t role, const Passing& passing) override {
        if (is_taken_again(passing) || !has_room(passing.key)) return false;
        Life& life = by_key_[passing.key];
        if (life.last && !is_order_known(*life.last, passing.begin)) return false;
        life.last = passing.begin;
        if (role == 1) {
            ++openers_;
            ++life.depth;
            life.was_opened = true;
            return true;
        }
        if (life.depth > 0) return --life.depth, true;
        ++orphans_;
        return may_be_open_before_ && !life.was_opened;
    }

    std::optional<Finding> finish() override {
        const bool is_open =
            std::ranges::any_of(by_key_, [](const auto& entry) { return entry.value.depth > 0; });
        if (openers_ == 0 || is_open || (forgot_ && orphans_ > 0)) return std::nullopt;
        Finding finding;
        if (orphans_ > 0) finding.remarks.push_back(orphan_hits(closer_, orphans_));
        return finding;
    }

private:
    struct Life {
        std::optional<Place> last;
        std::uint64_t depth = 0;
        bool was_opened = false;
    };

    bool has_room(KeyId key) {
        if (by_key_.size() < max_open_keys || by_key_.find(key) != nullptr) return true;
        forgot_ = true;
        by_key_.erase_if([](const Life& life) { return life.depth == 0; });
        return by_key_.size() < max_open_keys / 2; // to look for them rarely
    }

    bool may_be_open_before_;
    const std::string& closer_;
    ByKey<Life> by_key_;
    std::uint64_t openers_ = 0;
    std::size_t orphans_ = 0;
    bool forgot_ = false; ///< keys that are not open
};

class DuringProof : public Proof {
public:
    explicit DuringProof(const sema::ExpectDuring& expect) : some_(expect.some) {
        uses = {keyed(expect.subject), {&expect.span.use, expect.span.key, true}};
    }

    bool take(std::size_t role, const Passing& passing) override {
        Near& near = by_key_[passing.key];
        if (by_key_.size() >= max_open_keys) return false;
        if (role == 1) return end(near, passing);
        if (!some_) {
            drop_old(near.ends, passing.begin);
            for (const Place& end : near.ends)
                if (!is_order_known(end, passing.begin)) return false;
        }
        near.subjects[near.count++ % near.subjects.size()] = {passing.begin, passing.number};
        return true;
    }

    std::optional<Finding> finish() override {
        return calls_ > 0 ? std::optional(Finding{}) : std::nullopt;
    }

private:
    struct Subject {
        Place place;
        std::uint64_t number = 0;
    };
    struct Near {
        std::array<Subject, 8> subjects; ///< the latest
        std::size_t count = 0;           ///< of all
        std::vector<Place> ends;         ///< of calls, that a subject may be close to
    };

    bool end(Near& near, const Passing& call) {
        ++calls_;
        if (some_) return has_inside(near, call);
        drop_old(near.ends, call.end);
        near.ends.push_back(call.end);
        return has_none_inside(near, call);
    }

    static void drop_old(std::vector<Place>& ends, const Place& now) {
        std::erase_if(ends,
                      [&](const Place& end) { return now.time_ns - end.time_ns >= clock_skew_ns; });
    }

    /// The `back`-th latest, null if it is not kept or was not there.
    static const Subject* latest(const Near& near, std::size_t back) {
        const std::size_t kept = std::min(near.count, near.subjects.size());
        return back < kept ? &near.subjects[(near.count - 1 - back) % near.subjects.size()]
                           : nullptr;
    }

    static bool has_inside(const Near& near, const Passing& call) {
        for (std::size_t back = 0; const Subject* const subject = latest(near, back); ++back)
            if (subject->number > call.number && is_order_known(call.begin, subject->place) &&
                is_order_known(subject->place, call.end))
                return true;
        return false;
    }

    /// All that are later than the first that is long before the call.
    static bool has_none_inside(const Near& near, const Passing& call) {
        for (std::size_t back = 0; const Subject* const subject = latest(near, back); ++back) {
            if (subject->number > call.number || !is_order_known(subject->place, call.begin))
                return false;
            if (call.begin.time_ns - subject->place.time_ns >= clock_skew_ns) return true;
        }
        return near.count <= near.subjects.size();
    }

    bool some_;
    ByKey<Near> by_key_;
    std::uint64_t calls_ = 0;
};

class FollowsProof : public Proof {
public:
    FollowsProof(const Observation& window, const sema::ExpectFollows& expect)
        : machine_(expect.machine), begins_anywhere_(window.has_past()),
          next_(expect.machine.states.size() * expect.machine.events.size(), broken) {
        for (const sema::KeyedUse& event : machine_.events)
            uses.push_back(keyed(event));
        uses.push_back(keyed(expect.subject));
        for (const sema::Machine::Edge& edge : machine_.edges)
            next_[edge.from * machine_.events.size() + edge.event] = edge.to;
    }

    bool take(std::size_t role, const Passing& passing) override {
        Life* life = by_key_.find(passing.key);
        if (life == nullptr) life = &by_key_.add(passing.key, begin());
        if (role == machine_.events.size())
            life->is_asked = true;
        else if (!life->is_in_doubt)
            life->is_in_doubt = !advance(*life, role, passing);
        return !(life->is_asked && life->is_in_doubt) && by_key_.size() < max_open_keys;
    }

    std::optional<Finding> finish() override {
        std::size_t asked = 0;
        std::size_t orphans = 0;
        for (const auto& [key, life] : by_key_) {
            if (!life.is_asked) continue;
            ++asked;
            orphans += life.is_orphan;
            const bool ends_unjudged = life.is_orphan && !life.has_restarted;
            if (!ends_unjudged && !ends_well(life)) return std::nullopt;
        }
        if (asked == 0) return std::nullopt;
        Finding finding;
        if (orphans > 0) finding.remarks.push_back(orphan_keys(machine_.name, orphans));
        return finding;
    }

private:
    static constexpr std::uint32_t broken = UINT32_MAX;

    struct Life {
        /// Where each beginning that may have been has led, or `broken`.
        std::vector<std::uint32_t> states;
        std::optional<Place> last;
        std::uint64_t number = 0;   ///< of the hit that was taken last
        bool is_asked = false;      ///< the expectation is about it
        bool is_in_doubt = false;   ///< it does not go as the machine allows, for all that is known
        bool is_orphan = false;     ///< its first hit does not fit the start,
        bool has_restarted = false; ///< where it came since
    };

    [[nodiscard]] Life begin() const {
        Life life;
        for (std::uint32_t state = 0; state < machine_.states.size(); ++state)
            if (begins_anywhere_ || state == machine_.start) life.states.push_back(state);
        return life;
    }

    [[nodiscard]] std::uint32_t after(std::uint32_t state, std::size_t event) const {
        return state == broken ? broken : next_[state * machine_.events.size() + event];
    }

    bool advance(Life& life, std::size_t event, const Passing& passing) const {
        const Place& now = passing.begin;
        if (!life.last) {
            life.is_orphan = begins_anywhere_ && after(machine_.start, event) == broken;
        } else {
            if (life.number == passing.number || !is_order_known(*life.last, now)) return false;
            const bool is_settled = life.last->time_ns + 2 * clock_skew_ns < now.time_ns;
            life.has_restarted |= life.is_orphan && is_settled && is_at_start(life);
        }
        life.last = now;
        life.number = passing.number;
        for (std::uint32_t& state : life.states)
            state = after(state, event);
        return std::ranges::any_of(life.states, [](auto state) { return state != broken; });
    }

    [[nodiscard]] bool is_at_start(const Life& life) const {
        return std::ranges::all_of(life.states, [&](std::uint32_t state) {
            return state == broken || state == machine_.start;
        });
    }
    [[nodiscard]] bool ends_well(const Life& life) const {
        return std::ranges::all_of(life.states, [&](std::uint32_t state) {
            return state == broken || machine_.accepts[state];
        });
    }

    const sema::Machine& machine_;
    bool begins_anywhere_;
    std::vector<std::uint32_t> next_; ///< by state and event
    ByKey<Life> by_key_;
};

} // namespace

std::unique_ptr<Proof> proof_of_order(const Observation& window,
                                      const sema::Expectation& expectation) {
    using Made = std::unique_ptr<Proof>;
    return std::visit(
        Overloaded{
            [](const sema::ExpectThen& e) -> Made { return std::make_unique<ThenProof>(e); },
            [](const sema::ExpectOnlyAfter& e) -> Made {
                return std::make_unique<OnlyAfterProof>(e);
            },
            [&](const sema::ExpectPaired& e) -> Made {
                return std::make_unique<PairedProof>(window, e);
            },
            [](const sema::ExpectDuring& e) -> Made { return std::make_unique<DuringProof>(e); },
            [&](const sema::ExpectFollows& e) -> Made {
                return std::make_unique<FollowsProof>(window, e);
            },
            [](const auto&) -> Made { return nullptr; },
        },
        expectation.node);
}

} // namespace kps::judge
