#include "runtime/recordings/export.hpp"

#include "compiler/base/utf8.hpp"

#include <fmt/format.h>

namespace kps::recordings {

namespace {

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes)
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string json_integer(std::uint64_t bits, const sema::ValueType& type, const Sources& sources) {
    if (type.enumeration)
        for (const auto& enumerator : sources.enums[*type.enumeration].enumerators)
            if (static_cast<std::uint64_t>(enumerator.value) == bits)
                return json_string(enumerator.name);
    return type.is_signed ? fmt::to_string(static_cast<std::int64_t>(bits)) : fmt::to_string(bits);
}

} // namespace

std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0)
            quoted += "\\ufffd";
        else if (byte == '"' || byte == '\\')
            quoted += fmt::format("\\{}", text.front());
        else if (byte < 0x20)
            quoted += fmt::format("\\u{:04x}", byte);
        else
            quoted += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return quoted + '"';
}

std::string json_value(const hits::Value& value, const Source::Field& field,
                       const Sources& sources) {
    if (const auto* number = std::get_if<std::uint64_t>(&value))
        return json_integer(*number, field.type, sources);
    if (const auto* text = std::get_if<std::string_view>(&value))
        return is_utf8(*text) ? json_string(*text) : fmt::format(R"({{"bytes":"{}"}})", hex(*text));
    if (const auto* elements = std::get_if<hits::Elements>(&value)) {
        std::string list = "[";
        for (const std::uint64_t element : *elements)
            list += (list.size() > 1 ? "," : "") +
                    (field.type.is_signed ? fmt::to_string(static_cast<std::int64_t>(element))
                                          : fmt::to_string(element));
        return list + "]";
    }
    return "null";
}

} // namespace kps::recordings
