#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

#include <memory>

/// Expectations that are shown to hold while the hits pass, without keeping them.
namespace kps::judge {

/// A hit, or a call when it has ended, that belongs to one of an expectation's uses for sure.
struct Passing {
    Item item;                ///< of the window
    std::uint64_t number = 0; ///< of its opening hit, in the order of the trace
    Place begin;
    Place end;     ///< of a call
    KeyId key = 0; ///< 0 where there is none
};

/// Shows of one expectation that it holds, as long as nothing is in doubt.
class Proof {
public:
    Proof() = default;
    Proof(const Proof&) = delete;
    Proof& operator=(const Proof&) = delete;
    virtual ~Proof() = default;

    /// The next that belongs to the `role`-th of `uses`, in the order of time, of calls that of
    /// their ends. A hit's ended call comes before the hit itself. False: it cannot be shown.
    virtual bool take(std::size_t role, const Passing& passing) = 0;
    /// The PASS that judging all hits would give; none if it has not been shown.
    virtual std::optional<Finding> finish() = 0;

    /// What is to be taken.
    struct Use {
        const sema::StreamUse* use = nullptr;
        std::vector<std::uint32_t> key; ///< indexes of fields
        /// Calls, too, though they come when they end.
        bool takes_calls = false;
    };
    std::vector<Use> uses;
};

// None for what is not shown like that. `window` holds the hits of what is passing; all arguments
// outlive the proof.

std::unique_ptr<Proof> proof_of_witness(const sema::StreamUse& witness);
/// By how many items there are, or by each alone.
std::unique_ptr<Proof> proof_of_items(const Observation& window,
                                      const sema::Expectation& expectation);
std::unique_ptr<Proof> proof_of_order(const Observation& window,
                                      const sema::Expectation& expectation);

} // namespace kps::judge
