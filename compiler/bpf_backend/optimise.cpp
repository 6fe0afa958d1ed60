#include "compiler/bpf_backend/optimise.hpp"

#include "compiler/bpf_backend/llvm.hpp"

#include <llvm/Analysis/AliasAnalysis.h>
#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/BasicAliasAnalysis.h>
#include <llvm/Analysis/OptimizationRemarkEmitter.h>
#include <llvm/Analysis/ProfileSummaryInfo.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>

namespace kps::bpf {

namespace {

/// In the order of LLVM's own pipelines and in a third of their time. The target adds what lowers
/// the accesses to members and what keeps comparisons in the form that verifiers follow
/// (BPFTargetMachine::registerPassBuilderCallbacks).
llvm::ModulePassManager pipeline(llvm::TargetMachine& target) {
    llvm::PassBuilder passes(&target);
    const llvm::OptimizationLevel level = llvm::OptimizationLevel::O2;
    llvm::ModulePassManager all;
    passes.invokePipelineStartEPCallbacks(all, level);
    llvm::FunctionPassManager early;
    early.addPass(llvm::PromotePass());
    early.addPass(llvm::EarlyCSEPass());
    early.addPass(llvm::SimplifyCFGPass());
    all.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(early)));
    passes.invokePipelineEarlySimplificationEPCallbacks(all, level);
    llvm::FunctionPassManager late;
    late.addPass(llvm::InstCombinePass());
    all.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(late)));
    return all;
}

/// What the passes ask for; PassBuilder would register a hundred more.
void add_analyses(llvm::FunctionAnalysisManager& functions, llvm::TargetMachine& target) {
    functions.registerPass([] { return llvm::AssumptionAnalysis(); });
    functions.registerPass([] { return llvm::BasicAA(); });
    functions.registerPass([] { return llvm::DominatorTreeAnalysis(); });
    functions.registerPass([] { return llvm::OptimizationRemarkEmitterAnalysis(); });
    functions.registerPass([] { return llvm::PassInstrumentationAnalysis(); });
    functions.registerPass([] { return llvm::TargetLibraryAnalysis(); });
    functions.registerPass([&] { return target.getTargetIRAnalysis(); });
    functions.registerPass([] {
        llvm::AAManager aliases;
        aliases.registerFunctionAnalysis<llvm::BasicAA>();
        return aliases;
    });
}

} // namespace

void optimise(llvm::Module& module, llvm::TargetMachine& target) {
    llvm::FunctionAnalysisManager functions;
    llvm::ModuleAnalysisManager modules;
    add_analyses(functions, target);
    functions.registerPass([&] { return llvm::ModuleAnalysisManagerFunctionProxy(modules); });
    modules.registerPass([&] { return llvm::FunctionAnalysisManagerModuleProxy(functions); });
    modules.registerPass([] { return llvm::PassInstrumentationAnalysis(); });
    modules.registerPass([] { return llvm::ProfileSummaryAnalysis(); });
    pipeline(target).run(module, modules);
}

} // namespace kps::bpf
