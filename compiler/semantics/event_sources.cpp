#include "compiler/semantics/sources.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

/// Takes a word and the blanks after it off the front.
bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word) || !text.substr(word.size()).starts_with(' ')) return false;
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return true;
}

} // namespace

/// The type that a field's declaration names: `const struct page *`; unknown if BTF lacks it.
CType Sources::event_type(std::string_view text, Span span) const {
    syntax::CType written{"", {"", span}, 0, span};
    while (take_word(text, "const") || take_word(text, "volatile")) {
    }
    while (!text.empty() && (text.back() == '*' || text.back() == ' ')) {
        if (text.back() == '*') ++written.pointers;
        text.remove_suffix(1);
    }
    for (const std::string_view tag : {"struct", "union", "enum"})
        if (take_word(text, tag)) written.tag = tag;
    written.name.text = text;
    const auto found = find_c_type(written, context_.kernel->btf());
    return found && !found->builtin ? found->type : CType{};
}

Operand Sources::event_field(const syntax::Name& name) {
    const auto& fields = point_.event->fields;
    const auto field = std::ranges::find(fields, name.text, &kernel::EventField::name);
    if (field == fields.end()) {
        unknown_event_field(name);
        return {};
    }
    if (field->type.ends_with(']')) {
        const bool elsewhere = field->type.starts_with("__data_loc");
        const bool of_characters = field->type.contains("char[");
        if (of_characters && !field->type.starts_with("__rel_loc"))
            return FieldText{field->name, elsewhere ? 0 : field->size};
        sink_.report(diag::unreadable_value, name.span, name.text,
                     fmt::format("a `{}`", field->type));
        return {};
    }
    const ExprId word = build_.add(EventField{field->name}, address_type(), name.span);
    const CType type = event_type(field->type, name.span);
    std::optional<ValueType> held;
    if (type.known()) held = held_type(type);
    if (!held || held->size != field->size) {
        const bool is_number = std::has_single_bit(field->size) && field->size <= 8;
        if (!is_number) {
            sink_.report(diag::unreadable_value, name.span, name.text,
                         fmt::format("a `{}`", field->type));
            return {};
        }
        held = integer_type(static_cast<std::uint8_t>(field->size), field->is_signed,
                            field->type.ends_with('*') ? Display::hex : Display::decimal);
    }
    return part(word, *held, type, name.span);
}

void Sources::unknown_event_field(const syntax::Name& name) {
    std::vector<std::string_view> names;
    std::vector<std::string> quoted;
    for (const kernel::EventField& field : point_.event->fields) {
        names.push_back(field.name);
        quoted.push_back(field.name);
    }
    auto report = sink_.report(diag::unknown_event_field, name.span,
                               point_.event->group + ":" + point_.event->name, name.text);
    report.remark(quoted.empty() ? "it has no fields" : "its fields are " + listing(quoted));
    report.did_you_mean(nearest_names(name.text, names));
}

} // namespace kps::sema
