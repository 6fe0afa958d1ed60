#include "compiler/kernel/btf.hpp"

#include <fmt/core.h>
#include <ranges>

namespace kps::kernel {

namespace {

// A declarator of sane C is far below these; damaged types may run in circles, or branch without
// end.
constexpr int deepest = 32, prototype_depth = 16;
constexpr std::size_t longest_list = 2000, most_parameters = 64;

std::string join(std::string_view specifier, std::string_view declarator) {
    if (declarator.empty()) return std::string(specifier);
    const std::string_view blank = declarator.front() == '[' ? "" : " ";
    return fmt::format("{}{}{}", specifier, blank, declarator);
}

std::string tagged(std::string_view tag, std::string_view name) {
    return fmt::format("{} {}", tag, name.empty() ? "{...}" : name);
}

bool is_modifier(TypeKind kind) {
    return kind == TypeKind::const_type || kind == TypeKind::volatile_type ||
           kind == TypeKind::restrict_type || kind == TypeKind::type_tag;
}

std::string_view keyword(TypeKind modifier) {
    if (modifier == TypeKind::const_type) return "const";
    return modifier == TypeKind::volatile_type ? "volatile" : "restrict";
}

} // namespace

std::string Btf::spell(TypeId id) const {
    return declare(id, {}, 0);
}

std::string Btf::declaration(TypeId id, std::string_view name) const {
    Type type = this->type(id);
    if (type.kind == TypeKind::function) type = this->type(id = type.target);
    if (type.kind != TypeKind::prototype) return declare(id, std::string(name), 0);
    std::string list;
    for (const Parameter& parameter : parameters(id) | std::views::take(most_parameters)) {
        if (list.size() > longest_list) break;
        if (!list.empty()) list += ", ";
        const bool variadic = parameter.type == TypeId{} && parameter.name.empty();
        list += variadic ? "..." : declare(parameter.type, std::string(parameter.name), 1);
    }
    return declare(type.target, fmt::format("{}({})", name, list.empty() ? "void" : list), 0);
}

// C declarators grow from the inside out: `inner` is what has been written around the name so far.
std::string Btf::declare(TypeId id, std::string inner, int depth) const {
    const Type type = this->type(id);
    if (depth > deepest) return join("...", inner);
    switch (type.kind) {
    case TypeKind::void_type: return join("void", inner);
    case TypeKind::integer:
    case TypeKind::floating:
    case TypeKind::typedef_type:
    case TypeKind::section:
    case TypeKind::decl_tag: return join(type.name, inner);
    case TypeKind::struct_type: return join(tagged("struct", type.name), inner);
    case TypeKind::union_type: return join(tagged("union", type.name), inner);
    case TypeKind::enum32:
    case TypeKind::enum64: return join(tagged("enum", type.name), inner);
    case TypeKind::forward: return join(tagged(type.flag ? "union" : "struct", type.name), inner);
    case TypeKind::pointer: return declare_pointer(type.target, std::move(inner), depth);
    case TypeKind::array: {
        const ArrayType array = this->array(id);
        return declare(array.element, fmt::format("{}[{}]", inner, array.count), depth + 1);
    }
    case TypeKind::const_type:
    case TypeKind::volatile_type:
    case TypeKind::restrict_type:
    case TypeKind::type_tag: return declare_modified(type, std::move(inner), depth);
    case TypeKind::prototype: return declare_prototype(id, std::move(inner), depth);
    case TypeKind::function:
    case TypeKind::variable: return declare(type.target, std::string(type.name), depth + 1);
    }
    return inner;
}

std::string Btf::declare_pointer(TypeId target, std::string inner, int depth) const {
    TypeId meant = target;
    for (int i = 0; i < deepest && is_modifier(type(meant).kind); ++i)
        meant = type(meant).target;
    const TypeKind kind = type(meant).kind;
    inner.insert(0, "*");
    if (kind == TypeKind::array || kind == TypeKind::prototype) inner = "(" + inner + ")";
    return declare(target, std::move(inner), depth + 1);
}

std::string Btf::declare_modified(const Type& modifier, std::string inner, int depth) const {
    if (modifier.kind == TypeKind::type_tag)
        return declare(modifier.target, std::move(inner), depth + 1);
    const std::string_view word = keyword(modifier.kind);
    TypeId meant = modifier.target;
    for (int i = 0; i < deepest && is_modifier(type(meant).kind); ++i)
        meant = type(meant).target;
    if (type(meant).kind == TypeKind::pointer)
        return declare(modifier.target, join(word, inner), depth + 1);
    return fmt::format("{} {}", word, declare(modifier.target, std::move(inner), depth + 1));
}

std::string Btf::declare_prototype(TypeId id, std::string inner, int depth) const {
    std::string list;
    for (const Parameter& parameter : parameters(id) | std::views::take(most_parameters)) {
        if (list.size() > longest_list) break;
        if (!list.empty()) list += ", ";
        const bool variadic = parameter.type == TypeId{} && parameter.name.empty();
        list += variadic ? "..." : declare(parameter.type, {}, depth + prototype_depth);
    }
    if (list.empty()) list = "void";
    return declare(type(id).target, fmt::format("{}({})", inner, list), depth + 1);
}

} // namespace kps::kernel
