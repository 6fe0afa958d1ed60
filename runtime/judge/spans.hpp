#pragma once

#include "runtime/judge/streams.hpp"

namespace kps::judge {

/// The items of one side and their keys.
struct Side {
    const Selection& selection;
    const ItemKeys& keys;
};

/// Each of `from` with the next of `to` that has the same key. Where it cannot be told which hit
/// of `to` that is (one was lost, one may not belong or has an unreadable key, or the clocks do not
/// tell), the item's closing side is not sure.
Occurrences pair_spans(const Observation& seen, const sema::SpanStream& stream, const Side& from,
                       const Side& to);

} // namespace kps::judge
