#pragma once

#include "compiler/tracefs_backend/commands.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kps::tracefs {

/// What the kernel says about a command that it refused.
struct Refusal {
    std::string problem;               ///< `Invalid probed address or symbol`
    std::optional<std::size_t> column; ///< of the command, from 0, if the kernel names one
};

/// Reads one entry of tracefs `error_log` (`tracing_err_log_seq_show`, kernel/trace/trace.c,
/// v5.10 to v6.12): `[TIME] trace_kprobe: error: PROBLEM`, then the command, then a caret under the
/// place. Without an entry, or with one that is about another command, the meaning that `error` (an
/// errno) has there (`trace_kprobe_create`, kernel/trace/trace_kprobe.c).
Refusal read_refusal(std::string_view entry, std::string_view command, int error);

/// What of the spec stands at a column of the command `index`; without a column its point.
Span place_of(const Commands& commands, std::size_t index, std::optional<std::size_t> column);

} // namespace kps::tracefs
