#include "compiler/bpf_backend/code_passes.hpp"

#include "compiler/bpf_backend/llvm.hpp"

#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/InitializePasses.h>

namespace kps::bpf {

void leave_out_idle_passes(llvm::TargetPassConfig& passes) {
    for (char* const idle : {&llvm::GCLoweringID,
                             &llvm::ShadowStackGCLoweringID,
                             &llvm::EarlyTailDuplicateID,
                             &llvm::TailDuplicateID,
                             &llvm::OptimizePHIsID,
                             &llvm::StackColoringID,
                             &llvm::LiveVariablesID,
                             &llvm::PeepholeOptimizerID,
                             &llvm::DeadMachineInstructionElimID,
                             &llvm::EarlyMachineLICMID,
                             &llvm::MachineCSEID,
                             &llvm::MachineSinkingID,
                             &llvm::MachineLICMID,
                             &llvm::LocalStackSlotAllocationID,
                             &llvm::DetectDeadLanesID,
                             &llvm::InitUndefID,
                             &llvm::RenameIndependentSubregsID,
                             &llvm::ShrinkWrapID,
                             &llvm::PostRAMachineSinkingID,
                             &llvm::MachineSchedulerID,
                             &llvm::PostRASchedulerID,
                             &llvm::FixupStatepointCallerSavedID,
                             &llvm::GCMachineCodeAnalysisID,
                             &llvm::FEntryInserterID,
                             &llvm::XRayInstrumentationID,
                             &llvm::PatchableFunctionID,
                             &llvm::FuncletLayoutID,
                             &llvm::MachineCopyPropagationID,
                             &llvm::MachineLateInstrsCleanupID,
                             &llvm::StackMapLivenessID,
                             &llvm::LiveDebugValuesID,
                             &llvm::RemoveRedundantDebugValuesID,
                             &llvm::MachineSanitizerBinaryMetadataID,
                             &llvm::StackFrameLayoutAnalysisPassID})
        passes.disablePass(idle);
}

} // namespace kps::bpf

// In place of the object files of LLVM's library, which name a hundred passes more (like
// pass_builder.cpp): what code generation asks LLVM's registry for before a pass of it is made.
// LLVM 19 ends the process where one is missing, for the first program.
namespace llvm {

void initializeCodeGen(PassRegistry& passes) {
    initializeAssignmentTrackingAnalysisPass(passes);
    initializeBranchFolderPassPass(passes);
    initializeExpandPostRAPass(passes);
    initializeFinalizeISelPass(passes);
    initializeLazyBlockFrequencyInfoPassPass(passes);
    initializeLiveRegMatrixPass(passes);
    initializeMachineBlockPlacementPass(passes);
    initializePEIPass(passes);
    initializePHIEliminationPass(passes);
    initializeProcessImplicitDefsPass(passes);
    initializeRegAllocEvictionAdvisorAnalysisPass(passes);
    initializeRegAllocPriorityAdvisorAnalysisPass(passes);
    initializeRegisterCoalescerPass(passes);
    initializeSpillPlacementPass(passes);
    initializeStackSlotColoringPass(passes);
    initializeTargetPassConfigPass(passes);
    initializeTwoAddressInstructionLegacyPassPass(passes);
    initializeUnreachableMachineBlockElimPass(passes);
    initializeVirtRegRewriterPass(passes);
}

void initializeGlobalISel(PassRegistry& /*passes*/) {} // another way to select instructions

} // namespace llvm
