#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/inlining.hpp"
#include "compiler/changes/used.hpp"
#include "compiler/kernel/kernel_view.hpp"

namespace kps::changes {

/// What is looked at.
struct Options {
    const Used* used = nullptr; ///< only what that depends on, and nothing that is new
    /// What DWARF tells of the kernels; null if there is none.
    const Inlining* old_inlining = nullptr;
    const Inlining* new_inlining = nullptr;
    /// Else a function's name stands on either side where its declaration would, which is enough
    /// for a summary and takes less time.
    bool with_declarations = true;
};

/// Everything that differs between two kernels, the most severe first, then by kind, name and
/// module.
///
/// Functions are compared by their names, symbols and C prototypes as BTF has them; types of
/// parameters and members by how C spells them, so that a change inside a struct is one of its
/// members and of nothing else. What neither kernel's BTF tells is not compared.
std::vector<Change> diff(const kernel::KernelView& old_kernel, const kernel::KernelView& new_kernel,
                         const Options& options = {});

} // namespace kps::changes
