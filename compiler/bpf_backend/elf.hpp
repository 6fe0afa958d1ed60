#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace kps::bpf {

/// LLVM's code generator for little-endian BPF with the instruction set v3 (32-bit comparisons and
/// atomics: kernels from 5.12 on).
std::unique_ptr<llvm::TargetMachine> target_machine();

/// Optimises the module and makes an ELF object of it.
Result<std::vector<std::byte>> compile(llvm::Module& module, llvm::TargetMachine& target);

} // namespace kps::bpf
