#include "compiler/semantics/c_types.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>

namespace kps::sema {

using kernel::Btf;
using kernel::Type;
using kernel::TypeId;
using BtfKind = kernel::TypeKind;

namespace {

constexpr int max_anonymous_depth = 16;
constexpr int max_typedefs = 32;

bool is_aggregate_kind(BtfKind kind) {
    return kind == BtfKind::struct_type || kind == BtfKind::union_type;
}

bool is_word_size(std::uint64_t size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
}

} // namespace

BtfKind CType::kind() const {
    return pointers > 0 ? BtfKind::pointer : btf->type(btf->strip(id)).kind;
}

bool CType::is_pointer() const {
    return known() && kind() == BtfKind::pointer;
}

CType CType::target() const {
    if (pointers > 0) return {btf, id, pointers - 1};
    return {btf, btf->type(btf->strip(id)).target, 0};
}

CType CType::element() const {
    return {btf, btf->array(btf->strip(id)).element, 0};
}

bool CType::is_aggregate() const {
    return known() && is_aggregate_kind(kind());
}

bool CType::is_char_array() const {
    if (!known() || kind() != BtfKind::array) return false;
    const std::optional<ValueType> type = element().scalar();
    return type && type->display == Display::character;
}

std::uint64_t CType::size() const {
    return pointers > 0 ? 8 : btf->size_of(id);
}

std::string CType::spell() const {
    std::string text = btf->spell(id);
    if (pointers > 0) text += (text.ends_with('*') ? "" : " ") + std::string(pointers, '*');
    return text;
}

std::optional<ValueType> CType::scalar() const {
    const BtfKind what = kind();
    if (what == BtfKind::pointer) return integer_type(8, false, Display::hex);
    const Type type = btf->type(btf->strip(id));
    const bool is_enum = kernel::is_enum(what);
    if ((what != BtfKind::integer && !is_enum) || !is_word_size(type.size)) return std::nullopt;
    const auto size = static_cast<std::uint8_t>(type.size);
    if (is_enum) return integer_type(size, type.is_signed, Display::enumerator);
    if (type.is_bool || type.name == "_Bool") return integer_type(size, false, Display::boolean);
    if (type.is_char || type.name == "char") return integer_type(1, true, Display::character);
    return integer_type(size, type.is_signed);
}

namespace {

std::optional<FoundMember> find_member_in(const CType& aggregate, std::string_view name,
                                          std::uint64_t base, int depth) {
    const Btf& btf = *aggregate.btf;
    const std::vector<kernel::Member> members = btf.members(btf.strip(aggregate.id));
    for (const kernel::Member& member : members)
        if (member.name == name)
            return FoundMember{{&btf, member.type, 0}, base + member.bit_offset, member.bit_size};
    if (depth >= max_anonymous_depth) return std::nullopt;
    for (const kernel::Member& member : members) {
        const CType inner{&btf, member.type, 0};
        if (!member.name.empty() || !inner.is_aggregate()) continue;
        if (auto found = find_member_in(inner, name, base + member.bit_offset, depth + 1))
            return found;
    }
    return std::nullopt;
}

void collect_members(const CType& aggregate, std::vector<std::string_view>& names, int depth) {
    const Btf& btf = *aggregate.btf;
    for (const kernel::Member& member : btf.members(btf.strip(aggregate.id))) {
        const CType inner{&btf, member.type, 0};
        if (!member.name.empty())
            names.push_back(member.name);
        else if (inner.is_aggregate() && depth < max_anonymous_depth)
            collect_members(inner, names, depth + 1);
    }
}

} // namespace

CShape shape_of(const CType& type) {
    if (type.is_pointer()) return {CKind::pointer, "", 8};
    const TypeId id = type.btf->strip(type.id);
    const Type stripped = type.btf->type(id);
    CShape shape{CKind::integer, std::string(stripped.name), type.size(), stripped.is_signed};
    if (is_enum(stripped.kind)) shape.kind = CKind::enumeration;
    if (stripped.kind == BtfKind::struct_type) shape.kind = CKind::structure;
    if (stripped.kind == BtfKind::union_type) shape.kind = CKind::union_type;
    if (stripped.kind == BtfKind::array) {
        shape.kind = CKind::array;
        shape.count = type.btf->array(id).count;
        shape.element.push_back(shape_of(type.element()));
    }
    return shape;
}

std::optional<CShape> named_shape(const CType& aggregate) {
    if (!aggregate.is_aggregate()) return std::nullopt;
    CShape shape = shape_of(aggregate);
    const Btf& btf = *aggregate.btf;
    const bool is_flavour = shape.name.contains("___"); // to loaders, of the struct before it
    if (!shape.name.empty() &&
        (is_flavour || !btf.is_unique(btf.type(btf.strip(aggregate.id)).kind, shape.name)))
        return std::nullopt;
    TypeId id = aggregate.id;
    for (int depth = 0; shape.name.empty() && depth < max_typedefs; ++depth) {
        const Type type = btf.type(id);
        shape.is_typedef = type.kind == BtfKind::typedef_type;
        if (shape.is_typedef) shape.name = type.name;
        id = type.target;
    }
    return shape.name.empty() ? std::nullopt : std::optional(shape);
}

std::optional<FoundMember> find_member(const CType& aggregate, std::string_view name) {
    return find_member_in(aggregate, name, 0, 0);
}

std::vector<std::string_view> member_names(const CType& aggregate) {
    std::vector<std::string_view> names;
    collect_members(aggregate, names, 0);
    return names;
}

std::optional<ValueType> builtin_type(std::string_view name) {
    if (name == "bool") return boolean_type();
    if (name == "char") return integer_type(1, true, Display::character);
    if (name.size() < 2 || std::string_view("usx").find(name[0]) == std::string_view::npos)
        return std::nullopt;
    const std::string_view bits = name.substr(1);
    for (const std::uint8_t size : std::initializer_list<std::uint8_t>{1, 2, 4, 8})
        if (bits == std::to_string(size * 8))
            return integer_type(size, name[0] == 's',
                                name[0] == 'x' ? Display::hex : Display::decimal);
    return std::nullopt;
}

std::string spell(const syntax::CType& written) {
    std::string text(written.tag);
    if (!text.empty()) text += ' ';
    text += written.name.text;
    if (written.pointers > 0) text += " " + std::string(written.pointers, '*');
    return text;
}

std::optional<NamedCType> find_c_type(const syntax::CType& written, const Btf* btf) {
    static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
        {"short", "short int"},         {"long", "long int"}, {"unsigned", "unsigned int"},
        {"ulong", "long unsigned int"}, {"bool", "_Bool"},
    };
    std::string_view name = written.name.text;
    const auto find = [&](std::initializer_list<BtfKind> kinds) -> std::optional<NamedCType> {
        for (const BtfKind kind : kinds)
            if (const auto id = btf->find(kind, name))
                return NamedCType{{btf, *id, written.pointers}, std::nullopt};
        return std::nullopt;
    };
    std::optional<NamedCType> found;
    if (btf != nullptr) {
        if (written.tag == "struct") return find({BtfKind::struct_type, BtfKind::forward});
        if (written.tag == "union") return find({BtfKind::union_type, BtfKind::forward});
        if (written.tag == "enum") return find({BtfKind::enum32, BtfKind::enum64});
        found = find({BtfKind::typedef_type, BtfKind::integer});
        const auto alias =
            std::ranges::find(spellings, name, [](const auto& s) { return s.first; });
        if (!found && alias != std::end(spellings)) {
            name = alias->second;
            found = find({BtfKind::integer});
        }
    }
    if (found || !written.tag.empty() || written.pointers > 0) return found;
    if (const auto builtin = builtin_type(name)) return NamedCType{{}, builtin};
    return std::nullopt;
}

std::vector<std::string> nearest_types(std::string_view name, const Btf& btf) {
    std::vector<std::string_view> names;
    for (std::uint32_t id = 1; id < btf.type_count(); ++id) {
        const Type type = btf.type({id});
        const bool is_named_type = is_aggregate_kind(type.kind) || is_enum(type.kind) ||
                                   type.kind == BtfKind::typedef_type;
        if (is_named_type && !type.name.empty()) names.push_back(type.name);
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return nearest_names(name, names);
}

std::vector<FunctionType::Parameter> FunctionType::parameters(std::size_t prototype) const {
    std::vector<Parameter> parameters;
    for (const kernel::Parameter& item : btf->parameters(prototypes[prototype])) {
        const auto index = static_cast<std::uint32_t>(parameters.size());
        parameters.push_back({item.name, {btf, item.type, 0}, index});
    }
    return parameters;
}

CType FunctionType::result(std::size_t prototype) const {
    return {btf, btf->type(prototypes[prototype]).target, 0};
}

FunctionType function_type(const kernel::KernelView& kernel, std::string_view symbol,
                           kernel::ModuleIndex module) {
    FunctionType type{std::string(symbol), nullptr, {}};
    const Btf* btf = module == 0 ? kernel.btf() : kernel.module_btf(module);
    if (btf == nullptr) return type;
    type.btf = btf;
    for (const TypeId function : btf->functions(symbol)) {
        const TypeId prototype = btf->type(function).target;
        if (std::ranges::find(type.prototypes, prototype) == type.prototypes.end())
            type.prototypes.push_back(prototype);
    }
    return type;
}

std::optional<ArgumentPlace> argument_place(const std::vector<FunctionType::Parameter>& parameters,
                                            std::uint32_t index, kernel::Architecture machine) {
    const bool is_x86 = machine == kernel::Architecture::x86_64;
    const std::uint32_t registers = is_x86 ? 6 : 8;
    const std::uint32_t return_address = is_x86 ? 1 : 0;
    std::uint32_t used = 0;
    std::uint32_t stacked = 0;
    for (const FunctionType::Parameter& parameter : parameters) {
        const std::uint64_t size = parameter.type.size();
        const bool by_value = parameter.type.is_aggregate();
        const bool one_word = !by_value || size <= 8 || (!is_x86 && size > 16);
        if (parameter.index == index) {
            if (by_value || !parameter.type.scalar()) return std::nullopt;
            if (used < registers) return ArgumentPlace{false, used};
            return ArgumentPlace{true, return_address + stacked};
        }
        const auto words = one_word ? 1U : static_cast<std::uint32_t>((size + 7) / 8);
        const bool in_memory = used + words > registers || (is_x86 && by_value && size > 16);
        if (in_memory)
            stacked += words;
        else
            used += words;
        if (in_memory && !is_x86) used = registers; // AAPCS64: later ones go to the stack too
    }
    return std::nullopt;
}

} // namespace kps::sema
