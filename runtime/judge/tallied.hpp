#pragma once

#include "runtime/judge/summary.hpp"

namespace kps::judge {

/// The summary of what the kernel tallied for `asked`: its counts, and the items that crossed as
/// evidence. None if it did not tally that.
///
/// Where hits were lost that may have made the kernel pair the wrong ones to calls, and something
/// depends on which they were, only the calls that crossed are known; the others are doubtful.
std::optional<Summary> tallied(const Observation& seen, const plan::Tally& asked);

} // namespace kps::judge
