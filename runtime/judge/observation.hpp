#pragma once

#include "runtime/hits/print.hpp"
#include "runtime/judge/calls.hpp"
#include "runtime/judge/keys.hpp"
#include "runtime/judge/losses.hpp"
#include "runtime/judge/truth.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace kps::judge {

/// The clocks of two CPUs may disagree by so much: hits of different CPUs that are closer have no
/// known order. CLOCK_MONOTONIC on a synchronised TSC is far better than that.
inline constexpr std::uint64_t clock_skew_ns = 1'000;

/// `time` less that, and no less than 0.
constexpr std::uint64_t before_skew(std::uint64_t time_ns) {
    return time_ns - std::min(time_ns, clock_skew_ns);
}

/// What tells the order of a hit among others.
struct Place {
    std::uint64_t time_ns = 0;
    std::uint32_t cpu = 0;
    std::uint32_t tid = 0;
};

inline Place place_of(const hits::Hit& hit) {
    return {hit.time_ns, hit.cpu, hit.tid};
}

/// Whether two hits are in the order in which the trace has them. A task's own hits are, and those
/// of one CPU; 0 is the tid of each CPU's idle task.
inline bool is_order_known(const Place& a, const Place& b) {
    const auto [first_ns, last_ns] = std::minmax(a.time_ns, b.time_ns);
    return last_ns - first_ns >= clock_skew_ns || a.cpu == b.cpu || (a.tid == b.tid && a.tid != 0);
}

/// A part of a run, between two hits that do not belong to it. None: from the beginning, to the
/// end.
struct Part {
    std::optional<HitIndex> begin;
    std::optional<HitIndex> end;
};

/// One test's trace with what all its expectations need of it.
class Observation {
public:
    /// The arguments must outlive this.
    Observation(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace);

    [[nodiscard]] const sema::ResolvedSpec& spec() const { return spec_; }
    [[nodiscard]] const sema::Test& test() const { return test_; }
    [[nodiscard]] hits::Names names() const { return {&spec_.enums, &trace_.symbols}; }
    [[nodiscard]] const std::vector<hits::Hit>& hits() const { return trace_.hits; }
    [[nodiscard]] const hits::Hit& hit(HitIndex index) const { return trace_.hits[index]; }
    [[nodiscard]] std::uint64_t time(HitIndex index) const { return times_[index]; }
    /// Of all expectations together.
    [[nodiscard]] Keys& keys() const { return keys_; }
    /// Without those that are only evidence of what the kernel summed up.
    [[nodiscard]] const std::vector<HitIndex>& hits_of(sema::ProbeId probe) const;
    /// Else calls or spans, of which a lost hit may concern one that is elsewhere.
    [[nodiscard]] bool is_of_hits(sema::StreamId stream) const {
        return std::holds_alternative<sema::HitStream>(spec_.streams[stream].node);
    }
    [[nodiscard]] std::uint64_t end_ns() const { return end_ns_; }
    /// Whether what is looked at ended by itself: not where the run was cut short.
    [[nodiscard]] bool end_is_known() const { return (part_ && part_->end) || !cut_off_; }

    /// Calls of a workload's tasks begin after the probes are live, so that every return seen is
    /// that of a call of the trace, even where its entry was lost.
    [[nodiscard]] bool returns_are_sure() const { return test_.scope == sema::HitScope::workload; }

    // What forms look at is a part of the run, or all of it.

    /// Only what is in `part` counts from now on, and only what may have been lost of it.
    void look_at(std::optional<Part> part);
    [[nodiscard]] const std::optional<Part>& part() const { return part_; }
    [[nodiscard]] Truth is_in_part(HitIndex hit) const;
    [[nodiscard]] std::uint64_t part_begin_ns() const;
    /// Of a workload that has ended: until when it ran at least.
    [[nodiscard]] std::uint64_t part_end_ns() const;
    /// Whether what counts may have happened unseen before `part_begin_ns`: not to a workload,
    /// which starts after the probes are live, nor before a part that begins later.
    [[nodiscard]] bool has_past() const {
        return test_.scope == sema::HitScope::system && !begins_later();
    }
    [[nodiscard]] bool begins_later() const { return part_ && part_->begin; }

    /// What the kernel summed up; null if it did not.
    [[nodiscard]] const hits::Summed* summed() const {
        return trace_.summed ? &*trace_.summed : nullptr;
    }
    /// What it counted of the calls of a stream; null if it did not.
    [[nodiscard]] const hits::Summed::Calls* counted_calls(sema::StreamId stream) const;

    /// Of a stream of calls.
    [[nodiscard]] const Calls& calls(sema::StreamId stream) const { return calls_[stream.value]; }

    /// Every loss of the trace, and what counts as one: all that would have come after a run that
    /// was cut short, and returns that no counter knows to be missing (`add_missing_returns`).
    [[nodiscard]] const std::vector<hits::Loss>& losses() const { return losses_; }
    [[nodiscard]] std::vector<sema::ProbeId> probes_of(sema::StreamId stream) const;
    [[nodiscard]] Losses losses_of(sema::StreamId stream) const;
    [[nodiscard]] Losses losses_of(const std::vector<sema::StreamId>& streams) const;

    /// Whether `a` happened before `b`.
    [[nodiscard]] Truth before(HitIndex a, HitIndex b) const;

private:
    /// Returns have been seen to vanish without being counted. An entry still open at the end,
    /// whose task made and ended a later call of the same function, is taken for such a case: a
    /// return is missing between that entry and the next.
    void add_missing_returns(sema::StreamId stream, sema::ProbeId exit);
    [[nodiscard]] bool has_all_hits(sema::StreamId call) const;

    const sema::ResolvedSpec& spec_;
    const sema::Test& test_;
    const hits::Trace& trace_;
    std::uint64_t end_ns_ = 0;
    bool cut_off_ = false;
    std::vector<hits::Loss> losses_;
    std::optional<Part> part_;
    std::vector<hits::Loss> of_hits_in_part_;
    std::vector<hits::Loss> since_part_; ///< what a call of the part was may hang on a later hit
    std::vector<std::vector<HitIndex>> by_probe_;
    std::vector<Calls> calls_;         ///< by stream; empty where it is none of calls
    std::vector<std::uint64_t> times_; ///< of the hits: close together, as they are asked for most
    mutable Keys keys_;
};

} // namespace kps::judge
