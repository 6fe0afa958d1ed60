// What of llvm::PassBuilder is called here and by the target, in place of the object file of LLVM's
// library. That one refers to every pass there is, and although the linker drops their code, the
// constructors of their options stay, which each start of the program would run. Should anything
// ask for another part of that file, linking fails for symbols defined twice.

#include "compiler/bpf_backend/llvm.hpp"

#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>

namespace llvm {

PipelineTuningOptions::PipelineTuningOptions() = default; // read by LLVM's own pipelines only

PassBuilder::PassBuilder(TargetMachine* target, PipelineTuningOptions tuning,
                         std::optional<PGOOptions> profile,
                         PassInstrumentationCallbacks* instrumentation)
    : TM(target), PTO(tuning), PGOOpt(std::move(profile)), PIC(instrumentation) {
    if (TM != nullptr) TM->registerPassBuilderCallbacks(*this);
}

/// For pipelines given as text.
Expected<bool> PassBuilder::parseSinglePassOption(StringRef, StringRef, StringRef) {
    return createStringError("no pass has options");
}

void PassBuilder::invokePipelineStartEPCallbacks(ModulePassManager& passes,
                                                 OptimizationLevel level) {
    for (auto& add : PipelineStartEPCallbacks)
        add(passes, level);
}

void PassBuilder::invokePipelineEarlySimplificationEPCallbacks(ModulePassManager& passes,
                                                               OptimizationLevel level) {
    for (auto& add : PipelineEarlySimplificationEPCallbacks)
        add(passes, level);
}

} // namespace llvm
