#pragma once

#include "compiler/bpf_backend/object.hpp"

/// Where programs hang and where they find a function's arguments.
namespace kps::bpf {

/// `kprobe/vfs_read`: what a loader that knows nothing of kps goes by (libbpf's program types).
std::string section_of(Attach attach, const sema::Probe& probe);

/// Bytes from the start of `struct pt_regs` (arch/x86/include/asm/ptrace.h,
/// arch/arm64/include/asm/ptrace.h; v6.12), which is the context of kprobes.
std::uint32_t offset_of_register(kernel::Architecture machine, std::string_view name);
/// The register with a function's N-th argument, from 0, with its result, with its stack.
std::string_view argument_register(kernel::Architecture machine, std::uint32_t index);
std::string_view result_register(kernel::Architecture machine);

/// Whether the program is called with a function's arguments instead of its registers.
inline bool is_trampoline(Attach attach) {
    return attach == Attach::fentry || attach == Attach::fexit;
}

} // namespace kps::bpf
