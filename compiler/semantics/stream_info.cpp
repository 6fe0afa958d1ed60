#include "compiler/semantics/stream_info.hpp"

#include <algorithm>

namespace kps::sema {

std::vector<std::uint32_t> StreamInfo::find(std::string_view field) const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < fields.size(); ++i)
        if (fields[i].name == field) found.push_back(i);
    const bool is_key = std::ranges::find(keys, field) != keys.end();
    if (is_key && found.size() > 1) found.resize(1);
    return found;
}

std::vector<std::string_view> StreamInfo::field_names() const {
    std::vector<std::string_view> names;
    for (const FieldInfo& field : fields)
        names.push_back(field.name);
    return names;
}

std::vector<StreamField> builtin_fields(bool with_duration) {
    const ValueType time = integer_type(8, false, Display::duration);
    std::vector<StreamField> fields{
        {"time", time, Builtin::time},
        {"cpu", integer_type(4, false), Builtin::cpu},
        {"tid", integer_type(4, true), Builtin::tid},
        {"pid", integer_type(4, true), Builtin::pid},
        {"comm", string_type(task_comm_length), Builtin::comm},
        {"func", string_type(), Builtin::func},
    };
    if (with_duration) fields.push_back({"duration", time, Builtin::duration});
    return fields;
}

bool is_builtin_field(std::string_view name) {
    constexpr std::string_view names[] = {"time", "cpu", "tid", "pid", "comm", "func", "duration"};
    return std::ranges::find(names, name) != std::end(names);
}

FieldInfo field_info(const StreamField& field) {
    const bool is_integer = field.type.kind == TypeKind::integer;
    return {field.name, field.type, is_integer ? range_of(field.type) : Range{}, true};
}

} // namespace kps::sema
