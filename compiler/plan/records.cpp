#include "compiler/plan/records.hpp"

namespace kps::plan {

namespace {

constexpr std::uint32_t word = 8;

std::uint32_t round_up(std::uint32_t bytes) {
    return (bytes + word - 1) / word * word;
}

std::uint32_t capacity_of(const sema::ValueType& type) {
    switch (type.kind) {
    case sema::TypeKind::integer: break;
    case sema::TypeKind::string: return type.count == 0 ? short_string : round_up(type.count + 1);
    case sema::TypeKind::bytes: return round_up(type.count);
    case sema::TypeKind::array:
        return type.count == 0 ? most_frames * word : round_up(type.count * type.size);
    }
    return word;
}

} // namespace

RecordLayout record_layout(const sema::Probe& probe) {
    RecordLayout layout;
    const auto fields = static_cast<std::uint32_t>(probe.fields.size());
    layout.bytes = record::unreadable + (fields + 63) / 64 * word;
    for (const sema::Field& field : probe.fields) {
        const std::uint32_t capacity = capacity_of(field.type);
        layout.fields.push_back({layout.bytes, capacity});
        const bool has_length = field.type.kind == sema::TypeKind::string;
        layout.bytes += capacity + (has_length ? word : 0);
    }
    return layout;
}

} // namespace kps::plan
