#pragma once

#include "compiler/kernel/events.hpp"
#include "runtime/recordings/coding.hpp"
#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

/// Reads the fields of an event from its records, by what its `format` file says of them.
class EventValues {
public:
    explicit EventValues(const kernel::TraceEvent& event);

    /// In the order of the event's fields, in `storage`. A text that a probe could not read has no
    /// bytes, not even a NUL: unreadable, as is what lies outside of the record.
    [[nodiscard]] std::span<const hits::Value> read(Bytes record, hits::Storage& storage) const;

private:
    struct Place {
        enum class Kind : std::uint8_t { integer, text, located_text, elements, unknown };
        Kind kind = Kind::unknown;
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
        std::uint32_t element_size = 0;
        bool is_signed = false;
        bool is_relative = false; // located from where the field ends
    };
    /// Into `value`, which is unreadable: an integer is not copied there, which would wait for it.
    static void read(Bytes record, const Place& place, hits::Storage& storage, hits::Value& value);
    static Place place_of(const kernel::EventField& field);
    static hits::Value text(Bytes record, const Place& place, hits::Storage& storage);
    static hits::Value elements(Bytes record, const Place& place, hits::Storage& storage);

    std::vector<Place> places_;
};

} // namespace kps::recordings
