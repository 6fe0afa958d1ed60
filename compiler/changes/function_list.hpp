#pragma once

#include "compiler/changes/types.hpp"

#include <deque>
#include <optional>
#include <span>

namespace kps::changes {

/// What a kernel and its modules have under one name.
struct Function {
    std::string_view name;
    std::span<const kernel::Symbol> plain;    ///< with exactly that name
    std::span<const kernel::Symbol> variants; ///< `NAME.isra.0` and the like

    [[nodiscard]] const kernel::Symbol& first() const {
        return plain.empty() ? variants.front() : plain.front();
    }
    /// Only code that is gone after boot.
    [[nodiscard]] bool is_init() const;
    /// How many of one module have that very name, at most.
    [[nodiscard]] std::size_t homonyms() const;
    /// How a probe at its entry is taken: the best of all of that name.
    [[nodiscard]] kernel::ProbeStatus status() const;
    /// What the compiler made of it, without numbers and parts that are never entered by a call:
    /// `.isra`, `.constprop`, `.part`.
    [[nodiscard]] std::vector<std::string_view> suffixes() const;
};

/// The functions of a kernel and its modules by name.
class FunctionList {
public:
    FunctionList(const kernel::KernelView& view, bool with_modules);
    FunctionList(FunctionList&&) = default; // a copy's functions would be those of the original
    FunctionList& operator=(FunctionList&&) = default;
    ~FunctionList() = default;

    [[nodiscard]] std::span<const Function> all() const { return functions_; }
    /// Null if there is none.
    [[nodiscard]] const Function* find(std::string_view name) const;
    /// The place of one of them in `all`.
    [[nodiscard]] std::uint32_t number_of(const Function& function) const {
        return static_cast<std::uint32_t>(&function - functions_.data());
    }

private:
    std::vector<kernel::Symbol> symbols_;
    std::vector<Function> functions_;
};

/// A function's prototypes, where there is BTF of it; static functions of one name can have
/// several.
std::vector<TypeRef> prototypes(const Function& function, AllTypes& types);

} // namespace kps::changes
