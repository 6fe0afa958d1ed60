#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/diagnostics/render.hpp"

#include <string>
#include <vector>

namespace kps::report {

struct KernelName {
    std::string name; ///< as the command line has it
    std::string release;
};

/// What differs between two kernels, and on whose behalf.
struct KernelChanges {
    KernelName old_kernel, new_kernel;
    std::vector<std::string> specs; ///< only what they depend on was looked at; empty: everything
    std::vector<changes::Change> changes; ///< in the order of `changes::diff`
};

/// docs/kernel-diff.schema.json describes it; keys are only ever added.
std::string changes_json(const KernelChanges& changes);

/// A summary, and every change by severity if `with_list`.
std::string changes_text(const KernelChanges& changes, bool with_list, diag::Colour colour);

} // namespace kps::report
