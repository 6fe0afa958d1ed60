#pragma once

#include "compiler/kernel/image.hpp"
#include "compiler/kernel/kallsyms.hpp"

namespace kps::kernel {

/// Sets `probe` of every symbol to what `kprobe_events` answers for a probe at its address, told by
/// the tables of the image (found by their symbols) as the kernel itself decides:
///
/// - kernel/trace/trace_kprobe.c, within_notrace_func (v5.10 to v7.2, without
///   CONFIG_KPROBE_EVENTS_ON_NOTRACE): a symbol without an ftrace site is refused, unless its name
///   has a suffix (`.cold`, `.part.0`) and the symbol named without it has a site.
/// - kernel/kprobes.c, within_kprobe_blacklist, with the same rule for suffixes: the table of
///   NOKPROBE_SYMBOL, the .kprobes, .noinstr and .entry texts, on arm64 (arch/arm64/kernel/probes/
///   kprobes.c) also .irqentry, .hyp and .idmap.
/// - kernel/kprobes.c, check_kprobe_address_safe: nothing outside of `_stext` to `_etext`, and no
///   place of a BUG or WARN (found as `blacklisted`).
///
/// Without the tables (CONFIG_KALLSYMS_ALL is off) text is left `unknown`. That several symbols
/// share a name, which the kernel refuses too, is not looked at.
void set_probe_status(const KernelImage& image, Kallsyms& kallsyms);

} // namespace kps::kernel
