#pragma once

#include "runtime/judge/streams.hpp"

namespace kps::judge {

/// A hit as one step of an order.
struct StepHit {
    HitIndex hit = 0;
    Truth belongs = Truth::yes;
};

/// Earliest end of a chain that starts at a hit.
struct Reach {
    static constexpr std::uint64_t never = UINT64_MAX;

    std::uint64_t sure = never;     ///< of hits that surely belong, in an order that is sure
    std::uint64_t possible = never; ///< of hits that may belong, in an order that may be
};

/// For each hit of the first step the earliest end of a chain through all steps, one hit of each,
/// every one after the one before. The hits of a step ascend.
std::vector<Reach> reach_of_chains(const Observation& seen,
                                   const std::vector<std::vector<StepHit>>& steps);

} // namespace kps::judge
