#pragma once

#include "compiler/kernel/facts.hpp"

namespace kps::kernel {

/// Reads lines of /proc/kallsyms or of a System.map (`ADDRESS TYPE NAME`, then a tab and `[MODULE]`
/// if it is of a module) into `facts`; modules that `facts` lacks are added. Says in a remark when
/// all addresses are zero. Fails at a line of another form, or if there is no symbol.
Result<void> read_symbol_text(std::string_view text, KernelFacts& facts);

/// What the kernel lists of functions, in the forms of tracefs and debugfs; empty if not readable.
struct ProbeLists {
    std::string traceable;   ///< `available_filter_functions`: `NAME` or `NAME [MODULE]`
    std::string blacklisted; ///< `kprobes/blacklist`: `0xBEGIN-0xEND<tab>NAME`
};

/// Sets what is known of probing each symbol. Text symbols stay `unknown` without `traceable`.
void judge_probes(const ProbeLists& lists, KernelFacts& facts);

} // namespace kps::kernel
