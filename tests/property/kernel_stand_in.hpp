#pragma once

#include "runtime/hits/hit.hpp"

namespace kps::reference {

/// What is left of a trace of all hits where a kernel does `work`, as plainly as
/// compiler/plan/kernel_work.hpp can be written.
struct Reduced {
    hits::Trace trace;               ///< with `Trace::summed`
    std::vector<std::size_t> origin; ///< of each of its hits: the place in the whole trace
};
Reduced reduce(const sema::ResolvedSpec& spec, const plan::KernelWork& work,
               const hits::Trace& whole);

} // namespace kps::reference
