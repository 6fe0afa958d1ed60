#pragma once

#include "compiler/bpf_backend/unit.hpp"
#include "compiler/semantics/resolved.hpp"

#include <functional>
#include <variant>

/// Expressions as LLVM code, with the meaning of compiler/semantics/arithmetic.hpp.
namespace kps::bpf {

/// An integer of 64 bits; `known` (i1) is false if a read that it needs has faulted.
struct Number {
    llvm::Value* bits = nullptr;
    llvm::Value* known = nullptr;
    bool is_signed = true; ///< false only for a u64
};
/// A string in memory.
struct Text {
    llvm::Value* bytes = nullptr;
    llvm::Value* length = nullptr; ///< i64, counts the NUL; null: zeros fill the capacity
    llvm::Value* known = nullptr;
    std::uint32_t capacity = 0; ///< a multiple of 8
};
/// A string that is known now.
struct Literal {
    std::string text;
};
using Operand = std::variant<Number, Text, Literal>;

/// What a node reads that is not computed: asked for everything that only a probe can read, for
/// `FieldRef`s and for bitfields of structs.
using Read = std::function<Operand(sema::ExprId)>;

class Values {
public:
    Values(Unit& unit, const Table<sema::Expr>& exprs) : unit_(unit), exprs_(exprs) {}

    Operand compute(sema::ExprId id, const Read& read);
    Number number(sema::ExprId id, const Read& read);
    /// Truth as two bits (i1): surely holds, and surely does not.
    struct Truth {
        llvm::Value* yes = nullptr;
        llvm::Value* no = nullptr;
    };
    Truth truth(sema::ExprId condition, const Read& read);

    Number constant(std::uint64_t bits, bool is_signed = true);
    /// The low `size` bytes of `bits`, extended by the sign of the type.
    Number extended(llvm::Value* bits, llvm::Value* known, std::uint8_t size, bool is_signed);
    llvm::Value* known() { return unit_.build().getTrue(); }

private:
    Number unary(sema::UnaryOp op, const Number& operand);
    Number binary(sema::BinaryOp op, const Number& left, const Number& right);
    llvm::Value* arithmetic(sema::BinaryOp op, const Number& left, const Number& right);
    llvm::Value* compared(sema::BinaryOp op, const Number& left, const Number& right);
    Number logical(bool is_or, const Number& left, const Number& right);
    llvm::Value* divided(bool remainder, const Number& left, const Number& right);
    llvm::Value* shifted(bool left, const Number& value, llvm::Value* count);
    Operand compare_texts(const sema::Expr& expr, const sema::Binary& node, const Operand& left,
                          const Operand& right);
    Number equal(const Text& text, const std::string& literal);
    Number conditional(const sema::Conditional& node, const Read& read);
    [[nodiscard]] bool is_bitfield(sema::ExprId container) const;
    llvm::Value* truth_of_bits(llvm::Value* bits); // i1
    Number truth_number(llvm::Value* bit, llvm::Value* known);
    llvm::Value* both(llvm::Value* a, llvm::Value* b) { return unit_.build().CreateAnd(a, b); }

    Unit& unit_;
    const Table<sema::Expr>& exprs_;
};

/// Strings in conditions are read up to so many bytes, the NUL included; literals are shorter.
inline constexpr std::uint32_t compared_bytes = 72;
inline constexpr std::uint32_t comm_bytes = 16;

} // namespace kps::bpf
