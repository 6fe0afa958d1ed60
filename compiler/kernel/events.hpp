#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kps::kernel {

/// A field of an event as its `format` file shows it, without the `common_` ones.
struct EventField {
    std::string type; ///< as C declares it without the name: `char[16]`, `__data_loc char[]`
    std::string name;
    std::uint32_t offset = 0; ///< bytes from the start of the record
    std::uint32_t size = 0;
    bool is_signed = false;

    bool operator==(const EventField&) const = default;
};

/// An event of the kernel that tracefs shows as `events/GROUP/NAME`.
struct TraceEvent {
    std::string group;
    std::string name;
    std::vector<EventField> fields;

    bool operator==(const TraceEvent&) const = default;
};

/// The events, by group and name, as a text that `parse_events` reads.
std::string print_events(const std::vector<TraceEvent>& events);
/// Leaves out what is not as `print_events` writes it.
std::vector<TraceEvent> parse_events(std::string_view text);

/// Reads a `format` file (`f_show`, kernel/trace/trace_events.c, v5.10 to v6.12); an event without
/// a name if it is none.
TraceEvent parse_format(std::string_view group, std::string_view text);

} // namespace kps::kernel
