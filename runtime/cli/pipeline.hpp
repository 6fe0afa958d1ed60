#pragma once

#include "compiler/plan/plan.hpp"
#include "runtime/cli/specs.hpp"

#include <optional>

namespace kps::cli {

/// A spec on its way: resolved against a kernel, and lowered to a plan for `kprobe_events`.
struct Compiled {
    sema::ResolvedSpec spec;
    plan::Plan plan;
    std::string backend;               ///< `bpf` or `tracefs`, by which it is to run
    std::optional<Error> no_tracefs{}; ///< why there is no plan: what only BPF programs can read
};

/// Resolves and lowers, and sees that the kernel's limits are kept; what is wrong is in `sink`, and
/// then the result must not be used. `backend`: `tracefs`, `bpf`, or `auto`, which is BPF where the
/// kernel has what the programs need. Only for tracefs are its limits mistakes.
Compiled compile_for(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                     const SourceSet& sources, diag::Sink& sink,
                     const std::string& backend = "tracefs",
                     sema::LocateProgram locate = sema::same_path);

/// Whether the kernel has the helpers that the programs call; known from its BTF.
bool takes_bpf(const kernel::KernelView& kernel);

/// All probes of a plan.
std::vector<sema::ProbeId> all_probes(const plan::Plan& plan);

} // namespace kps::cli
