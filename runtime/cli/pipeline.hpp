#pragma once

#include "compiler/plan/plan.hpp"
#include "runtime/cli/specs.hpp"

namespace kps::cli {

/// A spec on its way: resolved against a kernel and lowered to a plan.
struct Compiled {
    sema::ResolvedSpec spec;
    plan::Plan plan;
};

/// Resolves and lowers, and sees that the kernel's limits are kept; what is wrong is in `sink`, and
/// then the result must not be used.
Compiled compile_for(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                     const SourceSet& sources, diag::Sink& sink,
                     sema::LocateProgram locate = sema::same_path);

/// All probes of a plan.
std::vector<sema::ProbeId> all_probes(const plan::Plan& plan);

} // namespace kps::cli
