#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/used.hpp"
#include "compiler/kernel/kernel_view.hpp"

namespace kps::changes {

/// Everything that differs between two kernels, the most severe first, then by kind, name and
/// module. With `used` only what that depends on; what is new is then left out.
///
/// Functions are compared by their names, symbols and C prototypes as BTF has them; types of
/// parameters and members by how C spells them, so that a change inside a struct is one of its
/// members and of nothing else. What neither kernel's BTF tells is not compared.
std::vector<Change> diff(const kernel::KernelView& old_kernel, const kernel::KernelView& new_kernel,
                         const Used* used = nullptr);

} // namespace kps::changes
