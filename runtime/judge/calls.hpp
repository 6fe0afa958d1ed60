#pragma once

#include "runtime/hits/hit.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace kps::judge {

/// Index into `Trace::hits`.
using HitIndex = std::uint32_t;

/// Tells tasks apart: by tid, and the idle tasks, which all have tid 0, by CPU.
std::uint64_t task_of(const hits::Hit& hit);

/// The calls of one function: a stack per task, where a return closes the innermost open entry.
struct Calls {
    struct Call {
        HitIndex entry = 0;
        std::optional<HitIndex> exit; ///< none where it was not seen to return
    };
    /// A call that is still open, whose task made and ended a later one.
    struct Vanished {
        HitIndex entry = 0;
        HitIndex next = 0; ///< the task's next entry: it had returned by then
    };
    std::vector<Call> all;             ///< by entry
    std::vector<std::uint32_t> by_end; ///< places in `all` of those that returned, in that order
    std::vector<Vanished> vanished;
    std::size_t orphans = 0; ///< returns without an entry
};

/// `entries` and `exits` ascend.
Calls pair_calls(const std::vector<hits::Hit>& hits, const std::vector<HitIndex>& entries,
                 const std::vector<HitIndex>& exits);

} // namespace kps::judge
