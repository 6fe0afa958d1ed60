#pragma once

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace kps::bpf {

/// Runs the passes over LLVM's IR that programs without loops and calls gain from.
void optimise(llvm::Module& module, llvm::TargetMachine& target);

} // namespace kps::bpf
