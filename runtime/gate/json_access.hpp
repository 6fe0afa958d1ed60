#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Access to JSON (a `nlohmann::basic_json`) that may be anything: what is not there, or is of
/// another type, reads as null, empty or 0.
namespace kps::gate {

template <class Json>
const Json& at(const Json& json, const char* key) {
    static const Json none;
    if (!json.is_object()) return none;
    const auto found = json.find(key);
    return found == json.end() ? none : *found;
}

template <class Json>
std::string text_at(const Json& json, const char* key) {
    const Json& value = at(json, key);
    return value.is_string() ? value.template get<std::string>() : std::string();
}

template <class Json>
std::uint64_t number_at(const Json& json, const char* key) {
    const Json& value = at(json, key);
    return value.is_number_unsigned() ? value.template get<std::uint64_t>() : 0;
}

template <class Json>
double real_at(const Json& json, const char* key) {
    const Json& value = at(json, key);
    return value.is_number() ? value.template get<double>() : 0;
}

/// What `read` makes of each element.
template <class Json, class Read>
auto all_at(const Json& json, const char* key, Read read) {
    std::vector<decltype(read(json))> all;
    const Json& values = at(json, key);
    if (values.is_array())
        for (const Json& value : values)
            all.push_back(read(value));
    return all;
}

template <class Json>
std::vector<std::string> texts_at(const Json& json, const char* key) {
    return all_at(json, key, [](const Json& value) {
        return value.is_string() ? value.template get<std::string>() : std::string();
    });
}

} // namespace kps::gate
