#pragma once

#include "compiler/kernel/events.hpp"
#include "compiler/kernel/image.hpp"
#include "compiler/kernel/kallsyms.hpp"

namespace kps::kernel {

/// The events that a kernel registers while it boots, by group and name, from the table that lies
/// between `__start_ftrace_events` and `__stop_ftrace_events`: pointers to `struct
/// trace_event_call` (include/linux/trace_events.h). Where members lie is read from the image's own
/// BTF; the fields of an event lie as `event_define_fields` (kernel/trace/trace_events.c) and, of
/// system calls, `syscall_enter_define_fields` (kernel/trace/trace_syscalls.c) place them, v5.10 to
/// v6.12. Left out are events of the group `ftrace`, which nobody can enable. None if the symbols
/// or types are not there.
std::vector<TraceEvent> read_events(const KernelImage& image, const Kallsyms& kallsyms,
                                    const Btf& btf);

} // namespace kps::kernel
