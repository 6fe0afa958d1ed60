#pragma once

#include "judge_reference.hpp"

#include <functional>

/// What may really have happened where hits were lost: every trace that is the one seen and at most
/// as many hits more as were lost, each of the probe and in the time of the loss.
namespace kps::completions {

/// All times of a small trace are multiples of it: of hits, windows and losses. Twice the skew.
inline constexpr std::uint64_t unit_ns = 2'000;

/// Calls `look` with `seen`, without its losses, and then with every completion of it that `form`
/// may tell apart, until it returns false. Fields that the form does not name, and tids that it
/// does not, have one value; those that it does have each value seen, each on the edge of what is
/// asked, the least and the greatest of the type, and new ones. Traces that lack a
/// hit of a call that was not lost are not among them. Losses have a count, and end by `end_ns` of
/// the trace or never.
void each_of(const reference::Form& form, const hits::Trace& seen, sema::HitScope scope,
             const std::function<bool(const hits::Trace&)>& look);

/// Whether it may matter where in a trace the hits are.
bool depends_on_order(const reference::Form& form);

} // namespace kps::completions
