#pragma once

#include "compiler/kernel/kernel_view.hpp"
#include "compiler/semantics/values.hpp"
#include "compiler/syntax/ast.hpp"

#include <expected>

/// Types of C as a kernel's BTF describes them.
namespace kps::sema {

/// A type of a BTF behind `pointers` more stars. Without a BTF it is not known what it is.
struct CType {
    const kernel::Btf* btf = nullptr;
    kernel::TypeId id;
    std::uint32_t pointers = 0;

    [[nodiscard]] bool known() const { return btf != nullptr; }
    [[nodiscard]] bool is_pointer() const;
    /// The kind without typedefs and qualifiers; a pointer if there are stars.
    [[nodiscard]] kernel::TypeKind kind() const;
    [[nodiscard]] CType target() const;      ///< of a pointer
    [[nodiscard]] CType element() const;     ///< of an array
    [[nodiscard]] bool is_aggregate() const; ///< struct or union
    [[nodiscard]] bool is_char_array() const;
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] std::string spell() const;
    /// Of an integer, enum, boolean or pointer: how its value is held and shown; none for others.
    /// Enums come without their `EnumId`.
    [[nodiscard]] std::optional<ValueType> scalar() const;
};

struct FoundMember {
    CType type;
    std::uint64_t bit_offset = 0; ///< from the start of the aggregate
    std::uint32_t bit_size = 0;   ///< not 0: a bitfield
};

/// The member of a struct or union with that name, those of anonymous members included.
std::optional<FoundMember> find_member(const CType& aggregate, std::string_view name);
/// What stands at a place of that type, whatever typedefs and qualifiers name it.
CShape shape_of(const CType& type);
/// The shape of a struct or union that has a tag or else a typedef; none of others, and of those
/// whose tag several have or that `___` is part of, so that no loader could tell which is meant.
std::optional<CShape> named_shape(const CType& aggregate);
/// The names of all of them, in order.
std::vector<std::string_view> member_names(const CType& aggregate);

/// What `struct sock *`, `enum x`, `u32` or a typedef's name stands for. `btf` may be null, then
/// only the kernel's integer types are known and come as a `ValueType`.
struct NamedCType {
    CType type;
    std::optional<ValueType> builtin; ///< if the BTF does not have it
};
std::optional<NamedCType> find_c_type(const syntax::CType& written, const kernel::Btf* btf);
std::string spell(const syntax::CType& written);

/// Names of structs, unions, enums and typedefs near a misspelling.
std::vector<std::string> nearest_types(std::string_view name, const kernel::Btf& btf);

/// `u8`..`x64`, `bool`, `char`.
std::optional<ValueType> builtin_type(std::string_view name);

/// How one function, or the several of one name, are called.
struct FunctionType {
    std::string name;
    const kernel::Btf* btf = nullptr;
    std::vector<kernel::TypeId> prototypes; ///< none: not known

    struct Parameter {
        std::string_view name;
        CType type;
        std::uint32_t index = 0; ///< among the parameters
    };
    [[nodiscard]] std::vector<Parameter> parameters(std::size_t prototype) const;
    [[nodiscard]] CType result(std::size_t prototype) const;
};

FunctionType function_type(const kernel::KernelView& kernel, std::string_view symbol,
                           kernel::ModuleIndex module);

/// Where the caller puts a parameter: the N-th register for integers, or the N-th word of the stack
/// as it is at entry; none if it is split or not one value.
struct ArgumentPlace {
    bool on_stack = false;
    std::uint32_t index = 0;
};
std::optional<ArgumentPlace> argument_place(const std::vector<FunctionType::Parameter>& parameters,
                                            std::uint32_t index, kernel::Architecture machine);

} // namespace kps::sema
