#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/types.hpp"
#include "compiler/changes/used.hpp"

/// The parts of `diff`; each returns its changes in any order.
namespace kps::changes {

struct Sides {
    const kernel::KernelView& old_kernel;
    const kernel::KernelView& new_kernel;
    const Used* used; ///< may be null
};

std::vector<Change> diff_functions(const Sides& sides);
std::vector<Change> diff_structs(const Sides& sides);
std::vector<Change> diff_enumerators(const Sides& sides);
std::vector<Change> diff_events(const Sides& sides);
std::vector<Change> diff_config(const Sides& sides);

} // namespace kps::changes
