#pragma once

#include "compiler/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kps::hits {

struct EventField {
    std::string name;
    std::uint32_t offset = 0; ///< bytes from the start of the record
    std::uint32_t size = 0;   ///< bytes; of an array, all of it
    bool is_signed = false;
    /// The field holds where its text is: the offset in the lower 16 bits, the length in the upper.
    bool is_text = false;
};

struct EventLayout {
    std::uint32_t id = 0; ///< `common_type` of its records
    std::vector<EventField> fields;

    [[nodiscard]] const EventField* find(std::string_view name) const;
};

/// Reads the text of an `events/GROUP/NAME/format` file (`f_show`, kernel/trace/trace_events.c,
/// v6.1 to v6.12). Fails if it has no id or a field without a name, offset or size.
Result<EventLayout> parse_event_format(std::string_view text);

/// The lines `field:TYPE NAME; offset:N; size:N; signed:N;` of a text, in order.
Result<std::vector<EventField>> parse_fields(std::string_view text);

} // namespace kps::hits
