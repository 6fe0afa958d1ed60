#pragma once

#include "runtime/cli/gate_specs.hpp"
#include "runtime/cli/interruption.hpp"

namespace kps::cli {

/// Runs the tests whose shard is `shard` on every kernel, each in machines of its own, and several
/// machines at once; what each said. `interruption` ends them.
std::vector<gate::KernelRun> run_gate(const GateInput& input, const GateOptions& options,
                                      const gate::Shard& shard, const SourceSet& sources,
                                      const Interruption& interruption, Terminal& terminal);

} // namespace kps::cli
