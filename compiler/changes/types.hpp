#pragma once

#include "compiler/kernel/kernel_view.hpp"

#include <memory>
#include <span>

namespace kps::changes {

/// A number for how C spells a type, the same in every kernel: types with equal numbers are spelled
/// alike. Named types count by their names, those without by their shape being that of a struct or
/// union; `bool` is `_Bool`, and type tags (`__user`) do not count.
using Spelling = std::uint64_t;

/// A kernel's types or a module's, with their spellings, each computed when first asked for.
class Types {
public:
    /// Keeps both; `base` is that of a module's BTF.
    explicit Types(const kernel::Btf& btf, Types* base = nullptr);

    [[nodiscard]] const kernel::Btf& btf() const { return btf_; }
    /// The first that is not its base's; 0 is `void`.
    [[nodiscard]] std::uint32_t first() const { return first_; }
    Spelling spelling(kernel::TypeId id);
    /// The structs, unions and typedefs with a name, and the enums; not those of the base.
    struct Listed {
        std::vector<kernel::TypeId> structs, typedefs, enums;
    };
    const Listed& listed();

private:
    Spelling compute(kernel::TypeId id, int depth);
    Spelling of_prototype(const kernel::Type& type, kernel::TypeId id, int depth);

    const kernel::Btf& btf_;
    Types* base_;
    std::uint32_t first_;
    std::vector<Spelling> known_; ///< 0: not yet
    std::optional<Listed> listed_;
};

/// A type where it is defined.
struct TypeRef {
    Types* types = nullptr;
    kernel::TypeId id;

    [[nodiscard]] kernel::Type type() const { return types->btf().type(id); }
    [[nodiscard]] kernel::TypeKind kind() const { return types->btf().kind(id); }
    [[nodiscard]] Spelling spelling() const { return types->spelling(id); }
    [[nodiscard]] std::string declaration(std::string_view name) const {
        return types->btf().declaration(id, name);
    }
    [[nodiscard]] TypeRef to(kernel::TypeId other) const { return {types, other}; }
};

/// Whether a reader of a value of the old type reads the same of one of the new type: integers of
/// the same size and sign, pointers to the same or to anything.
bool reads_alike(TypeRef old_type, TypeRef new_type);

std::uint64_t hash_text(std::string_view text);
std::uint64_t mix(std::uint64_t hash, std::uint64_t more);

/// The types of a kernel and of those of its modules that are asked for.
class AllTypes {
public:
    explicit AllTypes(const kernel::KernelView& view)
        : view_(view), known_(view.modules().size()) {}
    /// Null if there are none.
    Types* of(kernel::ModuleIndex module);
    /// Those that there are, of the kernel first.
    std::vector<Types*> of(std::span<const kernel::ModuleIndex> modules);

private:
    const kernel::KernelView& view_;
    /// By module, of those that were asked for.
    std::vector<std::optional<std::unique_ptr<Types>>> known_;
};

} // namespace kps::changes
