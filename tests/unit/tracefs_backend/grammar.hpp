#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::tracefs {

/// A line of `kprobe_events` as the kernel would take it apart.
struct ParsedLine {
    char kind = 'p';
    unsigned maxactive = 0;
    std::string group;
    std::string event;
    std::string point;
    std::vector<std::string> names; ///< of the arguments
    unsigned size = 0;              ///< of the fixed part of the record, without the common fields
};

/// Written from Documentation/trace/kprobetrace.rst and the limits in kernel/trace/trace_probe.h
/// (v6.12), on its own: shares nothing with the emitter. What is wrong goes to `why`.
std::optional<ParsedLine> parse_line(std::string_view line, std::string& why);

} // namespace kps::tracefs
