#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/function_list.hpp"
#include "compiler/changes/inlining.hpp"
#include "compiler/changes/neighbourhood.hpp"
#include "compiler/changes/used.hpp"

#include <future>

/// The parts of `diff`; each returns its changes in any order.
namespace kps::changes {

struct Sides {
    const kernel::KernelView& old_kernel;
    const kernel::KernelView& new_kernel;
    const Used* used;             ///< may be null
    const Inlining* old_inlining; ///< may be null
    const Inlining* new_inlining; ///< may be null
    bool with_declarations;       ///< as in `Options`

    /// Whether modules are compared: not if those of one kernel are not known.
    [[nodiscard]] bool with_modules() const;
    /// The modules of one of the kernels whose types are compared, 0 first: all, or those with
    /// functions that are used.
    [[nodiscard]] std::vector<kernel::ModuleIndex> modules(const kernel::KernelView& kernel) const;
};

/// Room that saves moving them; what is not needed of it is never touched.
constexpr std::size_t most_changes = 1 << 16;

std::vector<Change> diff_functions(const Sides& sides, const FunctionList& old_list,
                                   const FunctionList& new_list,
                                   std::future<Neighbourhood> neighbourhood);
std::vector<Change> diff_structs(const Sides& sides, AllTypes& old_types, AllTypes& new_types);
std::vector<Change> diff_enumerators(const Sides& sides, AllTypes& old_types, AllTypes& new_types);
std::vector<Change> diff_events(const Sides& sides);
std::vector<Change> diff_config(const Sides& sides);

} // namespace kps::changes
