#include "compiler/kernel/events.hpp"

#include "compiler/base/lines.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <optional>

namespace kps::kernel {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// The next word of a line, without it and the blank after it left in `line`.
std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

std::optional<EventField> read_field(std::string_view line) {
    const auto offset = number(take_word(line));
    const auto size = number(take_word(line));
    const std::string_view sign = take_word(line);
    const std::string_view name = take_word(line);
    if (!offset || !size || name.empty() || line.empty()) return std::nullopt;
    return EventField{std::string(line), std::string(name), *offset, *size, sign == "s"};
}

/// What stands between `key` and the next semicolon of a line in a `format` file.
std::string_view item(std::string_view line, std::string_view key) {
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = line.substr(at + key.size());
    return rest.substr(0, rest.find(';'));
}

/// `char comm[16]` declares `comm` as a `char[16]`.
std::optional<EventField> read_declared(std::string_view line) {
    const std::string_view declaration = item(line, "\tfield:");
    const std::size_t blank = declaration.rfind(' ');
    const auto offset = number(item(line, "\toffset:"));
    const auto size = number(item(line, "\tsize:"));
    if (blank == std::string_view::npos || !offset || !size) return std::nullopt;
    const std::string_view declared = declaration.substr(blank + 1);
    const std::size_t bracket = std::min(declared.find('['), declared.size());
    std::string type(declaration.substr(0, blank));
    type += declared.substr(bracket);
    return EventField{std::move(type), std::string(declared.substr(0, bracket)), *offset, *size,
                      item(line, "\tsigned:") == "1"};
}

} // namespace

std::string print_events(const std::vector<TraceEvent>& events) {
    std::string text;
    for (const TraceEvent& event : events) {
        text += fmt::format("{}:{}\n", event.group, event.name);
        for (const EventField& field : event.fields)
            text += fmt::format(" {} {} {} {} {}\n", field.offset, field.size,
                                field.is_signed ? 's' : 'u', field.name, field.type);
    }
    return text;
}

std::vector<TraceEvent> parse_events(std::string_view text) {
    std::vector<TraceEvent> events;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        const std::size_t colon = line.find(':');
        if (!line.starts_with(' ') && colon != std::string_view::npos) {
            events.push_back(
                {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)), {}});
        } else if (line.starts_with(' ') && !events.empty()) {
            if (auto field = read_field(line.substr(1)))
                events.back().fields.push_back(std::move(*field));
        }
    }
    return events;
}

TraceEvent parse_format(std::string_view group, std::string_view text) {
    constexpr std::string_view key = "name: ";
    TraceEvent event{std::string(group), {}, {}};
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.starts_with(key)) event.name = line.substr(key.size());
        if (line.starts_with("print fmt:")) break;
        const auto field = read_declared(line);
        if (field && !field->name.starts_with("common_")) event.fields.push_back(*field);
    }
    return event;
}

} // namespace kps::kernel
