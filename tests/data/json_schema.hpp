#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kps::test {

/// Holds JSON against a schema of the kind that docs/ has: `type`, `const`, `enum`, `required`,
/// `properties`, `additionalProperties: false`, `items`, `minimum`, `maximum` and `$ref` to
/// `#/$defs/NAME`; a keyword that is none of these is a violation, too. Header only.
class SchemaCheck {
public:
    using Json = nlohmann::json;

    explicit SchemaCheck(Json schema) : schema_(std::move(schema)) {}

    /// What is wrong, with the place where: `/changes/3/kind: not one of [...]`.
    std::vector<std::string> violations(const Json& value) {
        found_.clear();
        check(schema_, value, "");
        return found_;
    }

private:
    void complain(const std::string& place, const std::string& what) {
        found_.push_back(place + ": " + what);
    }

    static bool is_type(const std::string& type, const Json& value) {
        if (type == "object") return value.is_object();
        if (type == "array") return value.is_array();
        if (type == "string") return value.is_string();
        if (type == "integer") return value.is_number_integer();
        if (type == "number") return value.is_number();
        if (type == "boolean") return value.is_boolean();
        return type == "null" && value.is_null();
    }

    void check_type(const Json& types, const Json& value, const std::string& place) {
        const bool fits = types.is_string() ? is_type(types, value)
                                            : std::ranges::any_of(types, [&](const Json& type) {
                                                  return is_type(type.get<std::string>(), value);
                                              });
        if (!fits) complain(place, "not of type " + types.dump());
    }

    void check_object(const Json& schema, const Json& value, const std::string& place) {
        for (const Json& key : schema.value("required", Json::array()))
            if (!value.contains(key.get<std::string>())) complain(place, "lacks " + key.dump());
        const Json properties = schema.value("properties", Json::object());
        for (const auto& [key, member] : value.items())
            if (properties.contains(key))
                check(properties[key], member, place + "/" + key);
            else if (!schema.value("additionalProperties", true))
                complain(place, "has " + key);
    }

    void check(const Json& schema, const Json& value, const std::string& place) {
        static const std::vector<std::string> silent = {"$schema",
                                                        "$defs",
                                                        "title",
                                                        "description",
                                                        "properties",
                                                        "required",
                                                        "additionalProperties",
                                                        "items"};
        for (const auto& [keyword, wanted] : schema.items())
            if (keyword == "$ref")
                check(schema_.at("$defs").at(
                          wanted.get<std::string>().substr(std::string("#/$defs/").size())),
                      value, place);
            else if (keyword == "type")
                check_type(wanted, value, place);
            else if (keyword == "const"
                         ? value != wanted
                         : keyword == "enum" && std::ranges::count(wanted, value) == 0)
                complain(place, "not one of " + wanted.dump());
            else if ((keyword == "minimum" && value < wanted) ||
                     (keyword == "maximum" && value > wanted))
                complain(place, "out of range");
            else if (keyword != "const" && keyword != "enum" && keyword != "minimum" &&
                     keyword != "maximum" && std::ranges::count(silent, keyword) == 0)
                complain(place, "unknown keyword " + keyword);
        if (value.is_object()) check_object(schema, value, place);
        if (value.is_array() && schema.contains("items"))
            for (std::size_t i = 0; i < value.size(); ++i)
                check(schema["items"], value[i], place + "/" + std::to_string(i));
    }

    Json schema_;
    std::vector<std::string> found_;
};

} // namespace kps::test
