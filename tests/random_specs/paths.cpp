#include "tests/random_specs/paths.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

namespace kps::random_specs {

using kernel::TypeKind;

namespace {

bool is_record(const kernel::Type& type) {
    return type.kind == TypeKind::struct_type || type.kind == TypeKind::union_type;
}

bool is_number(const kernel::Type& type) {
    const bool kind = type.kind == TypeKind::integer || type.kind == TypeKind::enum32 ||
                      type.kind == TypeKind::enum64;
    return kind && type.size <= 8 && std::has_single_bit(type.size);
}

Leaf number(std::string text, const kernel::Type& type, unsigned bits = 0) {
    return {.text = std::move(text),
            .kind = Leaf::Kind::integer,
            .size = type.size,
            .is_signed = type.is_signed,
            .is_bool = type.is_bool,
            .is_enum = type.kind != TypeKind::integer,
            .bits = bits};
}

} // namespace

std::optional<Leaf> Paths::from(const std::string& text, kernel::TypeId type, unsigned most_steps) {
    type = btf_.strip(type);
    const kernel::Type of = btf_.type(type);
    if (is_number(of)) return number(text, of);
    if (of.kind == TypeKind::pointer) return through(text, of.target, most_steps);
    if (is_record(of))
        return most_steps > 0 ? member(text + ".", type, most_steps - 1) : std::nullopt;
    return of.kind == TypeKind::array ? element(text, type, most_steps) : std::nullopt;
}

std::optional<Leaf> Paths::through(const std::string& text, kernel::TypeId target,
                                   unsigned most_steps) {
    target = btf_.strip(target);
    const kernel::Type of = btf_.type(target);
    if (is_record(of) && of.count > 0 && most_steps > 0 && choices_.chance(90))
        return member(text + "->", target, most_steps - 1);
    if (is_record(of) && of.size > 0 && choices_.chance(30))
        return Leaf{.text = "*" + text, .kind = Leaf::Kind::structure, .size = of.size};
    if (is_number(of) && of.size == 1 && choices_.chance(60))
        return Leaf{.text = text, .kind = Leaf::Kind::text};
    if (is_number(of) && choices_.chance(60))
        return number(choices_.chance(50) ? "*" + text : text + "[" + index(8) + "]", of);
    if (of.kind == TypeKind::pointer && most_steps > 0 && choices_.chance(70))
        return from("(*" + text + ")", target, most_steps - 1);
    return Leaf{.text = text, .kind = Leaf::Kind::pointer};
}

std::optional<Leaf> Paths::member(const std::string& prefix, kernel::TypeId record,
                                  unsigned most_steps) {
    const std::vector<kernel::Member> members = btf_.members(record);
    if (members.empty()) return std::nullopt;
    const kernel::Member& chosen = choices_.one_of(members);
    const kernel::TypeId type = btf_.strip(chosen.type);
    const kernel::Type of = btf_.type(type);
    if (chosen.name.empty()) return is_record(of) ? member(prefix, type, most_steps) : std::nullopt;
    const std::string text = prefix + std::string(chosen.name);
    if (chosen.bit_size > 0)
        return is_number(of) ? std::optional(number(text, of, chosen.bit_size)) : std::nullopt;
    return from(text, type, most_steps);
}

std::optional<Leaf> Paths::element(const std::string& text, kernel::TypeId array,
                                   unsigned most_steps) {
    const kernel::ArrayType of = btf_.array(array);
    const kernel::Type type = btf_.type(btf_.strip(of.element));
    if (is_number(type) && type.is_char && of.count > 0 && choices_.chance(70))
        return Leaf{.text = text, .kind = Leaf::Kind::text};
    if (is_number(type) && of.count > 0 && of.count <= 256 && choices_.chance(50))
        return Leaf{.text = text,
                    .kind = Leaf::Kind::array,
                    .size = type.size,
                    .is_signed = type.is_signed,
                    .is_bool = type.is_bool,
                    .is_enum = type.kind != TypeKind::integer,
                    .count = of.count};
    return from(fmt::format("{}[{}]", text, index(std::max(of.count, 1U))), of.element, most_steps);
}

std::string Paths::index(unsigned count) {
    const std::string constant = std::to_string(choices_.below(count));
    if (indexes_.empty() || !choices_.chance(40)) return constant;
    const std::string& variable = choices_.one_of(indexes_);
    switch (choices_.below(3)) {
    case 0: return fmt::format("{} & {}", variable, std::bit_floor(count) - 1);
    case 1: return fmt::format("{} % {}", variable, count);
    default: return variable;
    }
}

} // namespace kps::random_specs
