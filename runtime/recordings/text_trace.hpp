#pragma once

#include "runtime/recordings/foreign.hpp"

namespace kps::recordings {

/// A line of a text trace.
struct TextEvent {
    std::string_view comm; ///< of no data if it is `<...>`
    std::uint32_t pid = 0; ///< 0: not known
    std::uint32_t tid = 0;
    std::uint32_t cpu = 0;
    std::uint64_t time_ns = 0;
    std::string_view event;   ///< `sched:sched_switch`, `mine`; empty: a line of no event
    std::string_view payload; ///< what follows
};

/// Reads the start of a line; nothing if it has none. ftrace prints `COMM-TID [(TGID)] [CPU] FLAGS
/// SECONDS.FRACTION: EVENT: ...` (kernel/trace/trace_output.c, `trace_print_context` and
/// `trace_find_next_entry`, v6.1 to v6.12; the flags may be missing), `perf script` prints `COMM
/// [PID/]TID [CPU] SECONDS.FRACTION: [PERIOD] GROUP:EVENT: ...` (tools/perf/builtin-script.c,
/// v6.1). Of a line without a fraction the number counts nanoseconds.
std::optional<TextEvent> read_text_event(std::string_view line);

/// Whether a file that begins with this text is such a trace.
bool is_text_trace(std::string_view head);

/// Reads a trace as ftrace (`trace`, `trace_pipe`), `trace-cmd report` or `perf script` print it.
/// `text` must outlive the recording. Marks of lost events become losses with their place; lines
/// that cannot be read count as lost hits.
Recording read_text_trace(std::string_view text, Wanted wanted);

} // namespace kps::recordings
