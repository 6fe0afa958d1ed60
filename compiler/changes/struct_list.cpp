#include "compiler/changes/struct_list.hpp"

#include <fmt/core.h>

namespace kps::changes {

using kernel::Type;
using kernel::TypeKind;

namespace {

// Far above what kernels have: damaged types may hold themselves.
constexpr int deepest_nesting = 16;
constexpr std::size_t most_members = 20'000;

/// A struct or union without a name.
bool is_anonymous(TypeRef type) {
    const TypeKind kind = type.kind();
    return (kind == TypeKind::struct_type || kind == TypeKind::union_type) &&
           type.type().name.empty();
}

class Flattening {
public:
    Flattening(std::deque<std::string>& texts, std::vector<FlatMember>& members)
        : texts_(texts), members_(members) {}

    void add(TypeRef outer, std::string_view prefix, std::uint64_t base, int depth) {
        for (const kernel::Member& member : outer.types->btf().members(outer.id)) {
            if (members_.size() >= most_members) return;
            const TypeRef type = outer.to(member.type);
            TypeRef inner = type;
            for (int i = 0; i < deepest_nesting && inner.kind() == TypeKind::array; ++i)
                inner = inner.to(inner.types->btf().array(inner.id).element);
            const std::uint64_t place = base + member.bit_offset;
            const std::string_view name = member.name.empty() ? prefix : path(prefix, member.name);
            if (!member.name.empty()) members_.push_back({name, type, place, member.bit_size});
            if (depth < deepest_nesting && is_anonymous(inner)) add(inner, name, place, depth + 1);
        }
    }

private:
    std::string_view path(std::string_view prefix, std::string_view name) {
        if (prefix.empty()) return name;
        return texts_.emplace_back(fmt::format("{}.{}", prefix, name));
    }

    std::deque<std::string>& texts_;
    std::vector<FlatMember>& members_;
};

} // namespace

std::string FlatMember::declaration() const {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    const std::string text = type.declaration(last);
    return bit_size == 0 ? text : fmt::format("{} : {}", text, bit_size);
}

void flat_members(TypeRef type, std::deque<std::string>& texts, std::vector<FlatMember>& members) {
    members.clear();
    Flattening(texts, members).add(type, {}, 0, 0);
}

void add_structs(StructList& list, Types& types, std::vector<TypeRef> Namesakes::* side) {
    for (const kernel::TypeId id : types.listed().structs) {
        const TypeRef ref{&types, id};
        const Type type = ref.type();
        const bool is_struct = type.kind == TypeKind::struct_type;
        const StructTag tag = is_struct ? StructTag::struct_tag : StructTag::union_tag;
        (list[{type.name, tag}].*side).push_back(ref);
    }
    for (const kernel::TypeId id : types.listed().typedefs) {
        const Type type = types.btf().type(id);
        const TypeRef target{&types, type.target};
        if (is_anonymous(target))
            (list[{type.name, StructTag::typedef_name}].*side).push_back(target);
    }
}

} // namespace kps::changes
