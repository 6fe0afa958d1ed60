#pragma once

#include "runtime/judge/proof.hpp"

#include <map>
#include <tsl/robin_map.h>

namespace kps::judge {

/// Judges a test by hits that pass, in one go and in memory that grows with the number of keys and
/// of open calls, not of hits. Only what is plain can be judged like that: every expectation holds,
/// nothing was lost or could not be read, and no order is in doubt. Else it gives up, and `judge`
/// has to look at all hits.
class Screen {
public:
    /// None if the test asks for what only all hits together tell. The arguments must outlive it.
    static std::unique_ptr<Screen> make(const sema::ResolvedSpec& spec, const sema::Test& test);

    /// The next hit of one of the test's probes. What it points to may go afterwards.
    void take(const hits::Hit& hit);
    [[nodiscard]] bool gave_up() const { return gave_up_; }
    [[nodiscard]] std::uint64_t hits() const { return hits_; }

    /// `rest`: everything of the trace but its hits. What `judge` says of all of it; none if only
    /// that can tell.
    std::optional<TestResult> finish(const hits::Trace& rest);

private:
    /// Where something goes that belongs to a use.
    struct Route {
        std::vector<std::uint32_t> key;
        std::vector<std::pair<Proof*, std::size_t>> to; ///< with the role
    };
    /// Routes with the same stream and conditions, which are looked at once.
    struct Crossing {
        const sema::StreamUse* use = nullptr;
        Reader* reader = nullptr;
        std::vector<Route> routes; ///< one a key
    };
    struct OpenCall {
        std::uint32_t slot = 0;   ///< of its entry in the window
        std::uint64_t number = 0; ///< of its entry
    };
    struct Task {
        std::vector<OpenCall> open;
        std::uint64_t last_ended = 0; ///< number of the entry of the latest call that ended
    };
    struct CallsOf {
        std::vector<Crossing*> crossings;
        tsl::robin_map<std::uint64_t, Task, MixedHash> tasks;
        std::uint64_t orphans = 0;
        std::uint64_t open = 0;
    };
    /// An entry that is kept until its call ends, with what it points to.
    struct Kept {
        std::vector<hits::Value> values;
        std::string comm;
        hits::Storage storage;
    };

    Screen(const sema::ResolvedSpec& spec, const sema::Test& test);

    bool add(std::unique_ptr<Proof> proof);
    [[nodiscard]] bool can_lead(const Proof::Use& use) const;
    void lead(const Proof::Use& use, Proof* proof, std::size_t role);
    Crossing& crossing_of(const sema::StreamUse& use);
    void watch_calls();
    [[nodiscard]] bool is_observed(sema::ProbeId probe) const;
    void pass(Crossing& crossing, Passing passing);
    void enter(CallsOf& calls, const hits::Hit& hit);
    void leave(CallsOf& calls, const hits::Hit& hit);
    std::uint32_t keep(const hits::Hit& hit);
    void drop(std::uint32_t slot);
    void give_up() { gave_up_ = true; }
    [[nodiscard]] bool has_vanished_returns() const;

    const sema::ResolvedSpec& spec_;
    const sema::Test& test_;
    hits::Trace window_; ///< the hit that passes, and behind it entries of open calls
    Observation seen_;   ///< of the window
    std::vector<std::unique_ptr<Proof>> proofs_; ///< of witnesses, then of expectations
    std::map<sema::StreamId, Reader> readers_;
    std::map<std::string, Crossing> crossings_; ///< by stream and conditions as text
    std::map<sema::StreamId, CallsOf> calls_;
    // By probe.
    std::vector<std::vector<Crossing*>> of_hits_;
    std::vector<std::vector<CallsOf*>> entries_;
    std::vector<std::vector<CallsOf*>> exits_;

    std::vector<std::unique_ptr<Kept>> kept_; ///< by slot of the window
    std::vector<std::uint32_t> free_slots_;
    std::uint64_t hits_ = 0;
    std::uint64_t latest_ns_ = 0;
    bool gave_up_ = false;
};

/// What `judge` says, sooner where the trace is plain.
TestResult judge_plain_or_all(const sema::ResolvedSpec& spec, const sema::Test& test,
                              const hits::Trace& trace);

} // namespace kps::judge
