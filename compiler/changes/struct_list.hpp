#pragma once

#include "compiler/changes/types.hpp"

#include <deque>
#include <unordered_map>

namespace kps::changes {

/// A member of a struct, or of a struct or union without a name inside of it.
struct FlatMember {
    std::string_view name; ///< `u.x` if it is in a member `u` whose type has no name
    TypeRef type;
    std::uint64_t bit_offset = 0; ///< from the start of the outermost
    std::uint32_t bit_size = 0;   ///< 0 unless it is a bitfield

    /// Of all that is compared.
    [[nodiscard]] std::uint64_t hash() const {
        return mix(mix(hash_text(name), type.spelling()), bit_offset << 8 ^ bit_size);
    }
    /// `unsigned int flag : 1`
    [[nodiscard]] std::string declaration() const;
};

/// Makes `members` those of a struct or union, in order. Texts of names that are none in BTF are
/// added to `texts`, which must outlive them.
void flat_members(TypeRef type, std::deque<std::string>& texts, std::vector<FlatMember>& members);

/// What structs are found by: `struct file` and `union file` differ; a typedef of one without a tag
/// stands for it.
enum class StructTag : std::uint8_t { struct_tag, union_tag, typedef_name };
struct StructName {
    std::string_view name;
    StructTag tag = StructTag::struct_tag;

    bool operator==(const StructName&) const = default;
    auto operator<=>(const StructName&) const = default;
};
struct StructNameHash {
    std::size_t operator()(const StructName& name) const {
        return std::hash<std::string_view>()(name.name) + static_cast<std::size_t>(name.tag);
    }
};

/// What two kernels have under one name, each in the order of its types.
struct Namesakes {
    std::vector<TypeRef> was, now;
};

/// The structs of two kernels and of their modules by name.
using StructList = std::unordered_map<StructName, Namesakes, StructNameHash>;
/// Those of `types` are of one of the kernels.
void add_structs(StructList& list, Types& types, std::vector<TypeRef> Namesakes::* side);

} // namespace kps::changes
