#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/kernel/kernel_view.hpp"
#include "compiler/plan/plan.hpp"

#include <span>

/// Plans as lines for tracefs `kprobe_events` and `uprobe_events`. Grammar and limits:
/// Documentation/trace/kprobetrace.rst and uprobetracer.rst, kernel/trace/trace_probe.h, v6.1 to
/// v6.12. Only what both know is used
/// (`$argN` and offsets), so that a line means the same on either.
namespace kps::tracefs {

struct Commands {
    std::vector<std::string> define; ///< lines to append to the files below, in this order
    std::vector<std::string> files; ///< of tracefs, for each line: `kprobe_events`, `uprobe_events`
    std::vector<std::string> remove; ///< lines that undo exactly these, the last definition first
    std::vector<std::string> events; ///< names within the group, as many as `define`
    /// What of the spec a part of a definition is for, from its column `begin` (0 is the first)
    /// to the next.
    struct Piece {
        std::size_t begin = 0;
        Span span;
    };
    /// As many as `define`: the name, the point, each argument.
    std::vector<std::vector<Piece>> pieces;
};

/// The commands for `probes` of `plan`, in group `group` (a C identifier of at most 62 characters,
/// unique to the run). What `kernel` cannot do or its limits forbid is reported (06xx), with the
/// place of the field; the commands must not be used then.
Commands emit(const plan::Plan& plan, std::span<const sema::ProbeId> probes, std::string_view group,
              const kernel::KernelView& kernel, diag::Sink& sink);

/// A POSIX shell script for root on that kernel: defines the probes in an instance of their own,
/// says how to read the hits, and removes everything on `kps_remove` or when the shell ends.
std::string script(const plan::Plan& plan, const Commands& commands, std::string_view group,
                   const kernel::KernelView& kernel, const SourceSet& sources);

} // namespace kps::tracefs
