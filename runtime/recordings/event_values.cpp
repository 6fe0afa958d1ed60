#include "runtime/recordings/event_values.hpp"

#include "compiler/kernel/bytes.hpp"
#include "runtime/hits/values.hpp"

#include <charconv>

namespace kps::recordings {

namespace {

/// `unsigned long[6]`: 6; 0 if it is no array of a known length.
std::uint32_t array_length(std::string_view type) {
    const std::size_t open = type.rfind('[');
    std::uint32_t length = 0;
    if (type.ends_with(']') && open != std::string_view::npos)
        std::from_chars(type.data() + open + 1, type.data() + type.size() - 1, length);
    return length;
}

bool is_size(std::uint32_t size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
}

} // namespace

EventValues::EventValues(const kernel::TraceEvent& event) {
    for (const kernel::EventField& field : event.fields)
        places_.push_back(place_of(field));
}

EventValues::Place EventValues::place_of(const kernel::EventField& field) {
    Place place;
    place.offset = field.offset;
    place.size = field.size;
    place.is_signed = field.is_signed;
    const std::string_view type = field.type;
    const bool is_located = type.starts_with("__data_loc ") || type.starts_with("__rel_loc ");
    const bool is_text = type.find("char[") != std::string_view::npos;
    const std::uint32_t length = array_length(type);
    if (is_located) {
        place.is_relative = type.starts_with("__rel_loc ");
        if (is_text) place.kind = Place::Kind::located_text;
    } else if (is_text) {
        place.kind = Place::Kind::text;
    } else if (length > 0 && is_size(field.size / length) && field.size % length == 0) {
        place.kind = Place::Kind::elements;
        place.element_size = field.size / length;
    } else if (is_size(field.size)) {
        place.kind = Place::Kind::integer;
    }
    return place;
}

hits::Value EventValues::text(Bytes record, const Place& place, hits::Storage& storage) {
    std::uint64_t offset = place.offset;
    std::uint64_t size = place.size;
    if (place.kind == Place::Kind::located_text) {
        const auto where = hits::read_integer(record, place.offset, 4);
        if (!where) return hits::Unreadable{};
        offset = (*where & 0xffff) + (place.is_relative ? place.offset + 4 : 0);
        size = *where >> 16;
        if (size == 0) return hits::Unreadable{};
    }
    if (!kernel::in_bounds(record, offset, size)) return hits::Unreadable{};
    const std::string_view bytes = kernel::as_text(record.subspan(offset, size));
    return storage.keep(bytes.substr(0, bytes.find('\0')));
}

hits::Value EventValues::elements(Bytes record, const Place& place, hits::Storage& storage) {
    if (!kernel::in_bounds(record, place.offset, place.size)) return hits::Unreadable{};
    const auto kept = storage.make<std::uint64_t>(place.size / place.element_size);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const std::size_t offset = place.offset + i * place.element_size;
        const std::uint64_t bits =
            hits::read_integer(record, offset, place.element_size).value_or(0);
        kept[i] =
            hits::extended(bits, static_cast<std::uint8_t>(place.element_size), place.is_signed);
    }
    return hits::Elements(kept);
}

void EventValues::read(Bytes record, const Place& place, hits::Storage& storage,
                       hits::Value& value) {
    switch (place.kind) {
    case Place::Kind::integer:
        if (const auto bits = hits::read_integer(record, place.offset, place.size))
            value.emplace<std::uint64_t>(
                hits::extended(*bits, static_cast<std::uint8_t>(place.size), place.is_signed));
        break;
    case Place::Kind::elements: value = elements(record, place, storage); break;
    case Place::Kind::text:
    case Place::Kind::located_text: value = text(record, place, storage); break;
    case Place::Kind::unknown: break;
    }
}

std::span<const hits::Value> EventValues::read(Bytes record, hits::Storage& storage) const {
    const auto values = storage.make<hits::Value>(places_.size());
    auto value = values.begin();
    for (const Place& place : places_)
        read(record, place, storage, *value++);
    return values;
}

} // namespace kps::recordings
