#include "compiler/bpf_backend/elf.hpp"

#include "compiler/bpf_backend/code_passes.hpp"
#include "compiler/bpf_backend/llvm.hpp"
#include "compiler/bpf_backend/optimise.hpp"

#include <llvm/CodeGen/MachineModuleInfo.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/CodeGen/TargetPassConfig.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>

extern "C" {
void LLVMInitializeBPFTargetInfo();
void LLVMInitializeBPFTarget();
void LLVMInitializeBPFTargetMC();
void LLVMInitializeBPFAsmPrinter();
}

namespace kps::bpf {

namespace {

constexpr const char* triple = "bpfel";

/// What LLVMTargetMachine::addPassesToEmitFile adds, without idle passes. False if LLVM cannot.
bool add_code_generation(llvm::legacy::PassManager& passes, llvm::LLVMTargetMachine& target,
                         llvm::raw_pwrite_stream& out) {
    auto* const functions = new llvm::MachineModuleInfoWrapperPass(&target);
    llvm::TargetPassConfig* const config = target.createPassConfig(passes);
    config->setDisableVerify(true);
    leave_out_idle_passes(*config);
    passes.add(config);
    passes.add(functions);
    // loops, vectors, exceptions: of the passes over IR only the target's own have work
    const llvm::CodeGenOptLevel level = target.getOptLevel();
    target.setOptLevel(llvm::CodeGenOptLevel::None);
    config->addIRPasses();
    target.setOptLevel(level);
    config->addCodeGenPrepare();
    config->addISelPrepare();
    if (config->addInstSelector()) return false;
    passes.add(llvm::Pass::createPass(&llvm::FinalizeISelID));
    config->addMachinePasses();
    config->setInitialized();
    if (target.addAsmPrinter(passes, out, nullptr, llvm::CodeGenFileType::ObjectFile,
                             functions->getMMI().getContext()))
        return false;
    passes.add(llvm::createFreeMachineFunctionPass());
    return true;
}

/// Keeps what LLVM finds impossible, for which it would end the process.
void keep_first_error(const llvm::DiagnosticInfo* diagnostic, void* kept) {
    auto& text = *static_cast<std::string*>(kept);
    if (diagnostic->getSeverity() != llvm::DS_Error || !text.empty()) return;
    llvm::raw_string_ostream out(text);
    llvm::DiagnosticPrinterRawOStream printer(out);
    diagnostic->print(printer);
}

} // namespace

std::unique_ptr<llvm::TargetMachine> target_machine() {
    static const llvm::Target* const target = [] {
        LLVMInitializeBPFTargetInfo();
        LLVMInitializeBPFTarget();
        LLVMInitializeBPFTargetMC();
        LLVMInitializeBPFAsmPrinter();
        std::string problem;
        return llvm::TargetRegistry::lookupTarget(triple, problem);
    }();
    return std::unique_ptr<llvm::TargetMachine>(
        target->createTargetMachine(triple, "v3", "", {}, llvm::Reloc::PIC_));
}

Result<std::vector<std::byte>> compile(llvm::Module& module, llvm::TargetMachine& target) {
    std::string error;
    module.getContext().setDiagnosticHandlerCallBack(keep_first_error, &error);
    optimise(module, target);
    llvm::SmallVector<char, 0> elf;
    llvm::raw_svector_ostream out(elf);
    llvm::legacy::PassManager passes;
    if (!add_code_generation(passes, static_cast<llvm::LLVMTargetMachine&>(target), out))
        return fail("LLVM cannot make BPF objects", "");
    passes.run(module);
    module.getContext().setDiagnosticHandlerCallBack(nullptr);
    if (!error.empty()) return fail("the spec does not fit in a BPF program: " + error);
    std::vector<std::byte> bytes(elf.size());
    std::ranges::transform(elf, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

} // namespace kps::bpf
