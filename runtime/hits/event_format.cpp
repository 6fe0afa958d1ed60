#include "runtime/hits/event_format.hpp"

#include "compiler/base/lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace kps::hits {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

/// What stands between `key` and the next semicolon.
std::optional<std::string_view> item(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = line.substr(at + key.size());
    const std::size_t end = rest.find(';');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
}

std::optional<std::uint32_t> number_item(std::string_view line, std::string_view key) {
    const auto text = item(line, key);
    return text ? number(*text) : std::nullopt;
}

/// The last word of a declaration, without the brackets of an array.
std::string_view declared_name(std::string_view declaration) {
    const std::size_t space = declaration.find_last_of(' ');
    if (space == std::string_view::npos) return {};
    const std::string_view name = declaration.substr(space + 1);
    return name.substr(0, name.find('['));
}

std::optional<EventField> parse_field(std::string_view line) {
    const auto declaration = item(line, "field:");
    const auto offset = number_item(line, "offset:");
    const auto size = number_item(line, "size:");
    if (!declaration || !offset || !size) return std::nullopt;
    const std::string_view name = declared_name(*declaration);
    if (name.empty()) return std::nullopt;
    return EventField{std::string(name), *offset, *size,
                      number_item(line, "signed:").value_or(0) != 0,
                      declaration->starts_with("__data_loc ")};
}

} // namespace

const EventField* EventLayout::find(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, &EventField::name);
    return found == fields.end() ? nullptr : &*found;
}

Result<std::vector<EventField>> parse_fields(std::string_view text) {
    std::vector<EventField> fields;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (!line.contains("field:") || line.starts_with("print fmt:")) continue;
        auto field = parse_field(line);
        if (!field) return fail("the kernel describes a field as `" + std::string(line) + "`");
        fields.push_back(std::move(*field));
    }
    return fields;
}

Result<EventLayout> parse_event_format(std::string_view text) {
    constexpr std::string_view key = "\nID: ";
    const std::size_t at = text.find(key);
    const auto id =
        at == std::string_view::npos ? std::nullopt : number(text.substr(at + key.size()));
    if (!id) return fail("the format of an event has no `ID:` line");
    auto fields = parse_fields(text);
    if (!fields) return std::unexpected(std::move(fields.error()));
    return EventLayout{*id, std::move(*fields)};
}

} // namespace kps::hits
