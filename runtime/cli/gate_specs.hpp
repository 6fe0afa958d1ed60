#pragma once

#include "compiler/changes/used.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"
#include "runtime/gate/record.hpp"
#include "runtime/gate/static_table.hpp"

namespace kps::cli {

/// A spec of a gate, on each of its kernels.
struct GatedSpec {
    struct OnKernel {
        Compiled compiled;
        std::vector<diag::Diagnostic> errors; ///< then it does not run there
    };
    std::string path;
    std::vector<OnKernel> on; ///< by kernel
};

/// The kernels that `operands` begin with, and the specs after them; a directory with specs stands
/// for all of its specs. Fails if there are fewer than two kernels or no spec.
struct KernelChoice {
    std::string name;
    std::string parameters; ///< of its command line
};
struct GateOperands {
    std::vector<KernelChoice> kernels;
    std::vector<std::string> specs;
};
Result<GateOperands> gate_operands(const std::vector<std::string>& operands);

/// Everything about a gate that is known before a kernel is booted.
struct GateInput {
    std::vector<gate::Kernel> names; ///< with their parameters
    std::vector<KernelChoice> choices;
    std::vector<std::shared_ptr<const kernel::KernelView>> kernels;
    std::vector<GatedSpec> specs;
    std::vector<gate::TestName> tests; ///< not yet dealt out
    changes::Used used;                ///< of the first kernel, by the specs that resolve there
};

/// Loads the specs and resolves them on every kernel. What is wrong with a spec on all of them, or
/// without any kernel, is written to the terminal, and the exit status comes back.
std::expected<GateInput, int> load_gate(const GateOptions& options, const GateOperands& operands,
                                        SourceSet& sources, Terminal& terminal);

/// The rows of all specs for each kernel after the first.
std::vector<gate::StaticRow> table_of(const GateInput& input, const SourceSet& sources);

/// What differs between the first kernel and each other of all that the specs use.
std::vector<gate::StaticChange> changes_of(const GateInput& input);

} // namespace kps::cli
