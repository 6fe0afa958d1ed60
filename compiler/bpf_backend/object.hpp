#pragma once

#include "compiler/base/result.hpp"
#include "compiler/base/source.hpp"
#include "compiler/kernel/kernel_view.hpp"
#include "compiler/plan/kernel_work.hpp"

#include <cstddef>
#include <map>

/// Compiles probes into a BPF object: an ELF file with one program for each probe, its maps, BTF,
/// line information that points into the spec, and CO-RE relocations for every member of a struct
/// (Documentation/bpf/{btf,llvm_reloc,libbpf/program_types}.rst, v6.12).
namespace kps::bpf {

/// How a program hangs on its point.
enum class Attach : std::uint8_t {
    kprobe,
    kretprobe,
    kprobe_multi,
    kretprobe_multi,
    fentry,
    fexit,
    tracepoint,
    task_event, ///< `tp_btf`; keeps `tasks`
    uprobe,
    uretprobe,
};

struct Program {
    std::string name;
    Attach attach = Attach::kprobe;
    /// One, or several where `any of` shares the program; then the attachment's cookie tells the
    /// `ProbeId`. None for task events.
    std::vector<sema::ProbeId> probes;
};

/// What is made into an object.
struct Request {
    const sema::ResolvedSpec& spec;
    const SourceSet& sources;
    const kernel::KernelView& kernel; ///< the one that `spec` was resolved against
    std::vector<sema::ProbeId> probes;
    /// Of one test; null: every hit of `probes` is sent.
    const plan::KernelWork* work = nullptr;
    /// Only tasks in the map `tasks` count; else a loader may say in `.rodata` whose hits do not.
    bool workload_only = false;
    /// Only tasks in the control group in the map `cgroup` count, or in one below it.
    bool in_cgroup = false;
    /// `spec` was resolved for any kernel. Every program of a probe is optional (`SEC("?...")`), so
    /// that a loader can choose those whose points exist; an attachment's cookie is the `ProbeId`
    /// plus one; `.rodata` may also say that only tasks in `tasks` count.
    bool any_kernel = false;
    /// False where the kernel has no trampolines (no ftrace, or not permitted): functions are
    /// probed by kprobes.
    bool trampolines = true;
};

struct Object {
    std::vector<std::byte> elf;
    std::string ir; ///< LLVM's text of it, before it is optimised
    std::vector<Program> programs;
};

/// Fails, with the name of the field, where a probe reads what BPF programs cannot.
Result<Object> emit(const Request& request, bool with_ir = false);

/// A program as the file of an object names it.
struct NamedProgram {
    std::string name;
    std::string section; ///< `fentry/vfs_read`, without the `?` of optional ones
};
/// Of an object for any kernel the programs of `probes`, as `spec` was resolved for the kernel at
/// hand, and those that keep `tasks`. Fails where a probe has none: its point was not known when
/// the object was made.
Result<std::vector<Program>> choose_programs(const sema::ResolvedSpec& spec,
                                             const std::vector<sema::ProbeId>& probes,
                                             const std::vector<NamedProgram>& programs);

/// How `probe` is attached.
Attach attachment_of(const Request& request, const sema::Probe& probe);

} // namespace kps::bpf
