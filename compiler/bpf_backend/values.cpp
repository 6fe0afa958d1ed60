#include "compiler/bpf_backend/values.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/arithmetic.hpp"

#include <algorithm>
#include <utility>

namespace kps::bpf {

using sema::BinaryOp;

Number Values::constant(std::uint64_t bits, bool is_signed) {
    return {unit_.word(bits), known(), is_signed};
}

Number Values::truth_number(llvm::Value* bit, llvm::Value* is_known) {
    return {unit_.build().CreateZExt(bit, unit_.build().getInt64Ty()), is_known, true};
}

llvm::Value* Values::truth_of_bits(llvm::Value* bits) {
    const auto* const wide = llvm::dyn_cast<llvm::ZExtInst>(bits);
    if (wide != nullptr && wide->getSrcTy()->isIntegerTy(1)) return wide->getOperand(0);
    return unit_.compared(llvm::CmpInst::ICMP_NE, bits, unit_.word(0));
}

Number Values::extended(llvm::Value* bits, llvm::Value* is_known, std::uint8_t size,
                        bool is_signed) {
    auto& build = unit_.build();
    if (size < 8) {
        llvm::Value* const low = build.CreateTrunc(bits, build.getIntNTy(size * 8U));
        bits = is_signed ? build.CreateSExt(low, build.getInt64Ty())
                         : build.CreateZExt(low, build.getInt64Ty());
    }
    return {bits, is_known, is_signed || size < 8};
}

bool Values::is_bitfield(sema::ExprId container) const {
    const auto* load = std::get_if<sema::Load>(&exprs_[container].node);
    if (load == nullptr) return false;
    const auto* member = std::get_if<sema::MemberAddress>(&exprs_[load->address].node);
    return member != nullptr && member->steps.back().bit_size > 0;
}

Number Values::number(sema::ExprId id, const Read& read) {
    const Operand operand = compute(id, read);
    if (const auto* value = std::get_if<Number>(&operand)) return *value;
    unit_.refuse(exprs_[id].span, "a string where a number is needed");
    return constant(0);
}

Values::Truth Values::truth(sema::ExprId condition, const Read& read) {
    const Number value = number(condition, read);
    auto& build = unit_.build();
    llvm::Value* const holds = truth_of_bits(value.bits);
    return {both(value.known, holds), both(value.known, build.CreateNot(holds))};
}

Operand Values::compute(sema::ExprId id, const Read& read) {
    const sema::Expr& expr = exprs_[id];
    return std::visit(
        Overloaded{
            [&](const sema::Constant& c) -> Operand { return constant(c.bits, c.is_signed); },
            [](const sema::StringConstant& c) -> Operand { return Literal{c.value}; },
            [&](const sema::ExtractBits& node) -> Operand {
                if (is_bitfield(node.container)) return read(id);
                const Number from = number(node.container, read);
                auto& build = unit_.build();
                llvm::Value* bits =
                    build.CreateShl(from.bits, unit_.word(64U - node.offset - node.width));
                llvm::Value* const down = unit_.word(64U - node.width);
                bits = node.is_signed ? build.CreateAShr(bits, down) : build.CreateLShr(bits, down);
                return Number{bits, from.known, node.is_signed || node.width < 64};
            },
            [&](const sema::Convert& node) -> Operand {
                const Number from = number(node.operand, read);
                return extended(from.bits, from.known, node.size, node.is_signed);
            },
            [&](const sema::Unary& node) -> Operand {
                return unary(node.op, number(node.operand, read));
            },
            [&](const sema::Binary& node) -> Operand {
                const Operand left = compute(node.left, read);
                const Operand right = compute(node.right, read);
                const auto* a = std::get_if<Number>(&left);
                const auto* b = std::get_if<Number>(&right);
                if (a != nullptr && b != nullptr) return binary(node.op, *a, *b);
                return compare_texts(expr, node, left, right);
            },
            [&](const sema::Conditional& node) -> Operand { return conditional(node, read); },
            [&](const auto&) { return read(id); },
        },
        expr.node);
}

Number Values::conditional(const sema::Conditional& node, const Read& read) {
    const Number condition = number(node.condition, read);
    const Number then = number(node.then, read);
    const Number otherwise = number(node.otherwise, read);
    auto& build = unit_.build();
    llvm::Value* const holds = truth_of_bits(condition.bits);
    llvm::Value* const chosen_known = build.CreateSelect(holds, then.known, otherwise.known);
    return {build.CreateSelect(holds, then.bits, otherwise.bits),
            both(condition.known, chosen_known), then.is_signed && otherwise.is_signed};
}

Number Values::unary(sema::UnaryOp op, const Number& operand) {
    auto& build = unit_.build();
    switch (op) {
    case sema::UnaryOp::minus:
        return {build.CreateNeg(operand.bits), operand.known, operand.is_signed};
    case sema::UnaryOp::complement:
        return {build.CreateNot(operand.bits), operand.known, operand.is_signed};
    case sema::UnaryOp::logical_not:
        return truth_number(build.CreateNot(truth_of_bits(operand.bits)), operand.known);
    }
    std::unreachable();
}

Number Values::logical(bool is_or, const Number& left, const Number& right) {
    auto& build = unit_.build();
    const auto truth_of = [&](const Number& n) { return truth_of_bits(n.bits); };
    llvm::Value* const a = truth_of(left);
    llvm::Value* const b = truth_of(right);
    const auto decides = [&](llvm::Value* truth, llvm::Value* is_known) {
        return both(is_known, is_or ? truth : build.CreateNot(truth));
    };
    llvm::Value* const decided = build.CreateOr(decides(a, left.known), decides(b, right.known));
    llvm::Value* const is_known = build.CreateOr(decided, both(left.known, right.known));
    return truth_number(is_or ? decided : build.CreateNot(decided), is_known);
}

Number Values::binary(BinaryOp op, const Number& left, const Number& right) {
    auto& build = unit_.build();
    llvm::Value* is_known = both(left.known, right.known);
    const bool is_signed = sema::result_is_signed(op, left.is_signed, right.is_signed);
    switch (op) {
    case BinaryOp::logical_and: return logical(false, left, right);
    case BinaryOp::logical_or: return logical(true, left, right);
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::equal:
    case BinaryOp::not_equal: return truth_number(compared(op, left, right), is_known);
    case BinaryOp::divide:
    case BinaryOp::remainder:
        is_known = both(is_known, build.CreateICmpNE(right.bits, unit_.word(0)));
        break;
    case BinaryOp::multiply:
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::shift_left:
    case BinaryOp::shift_right:
    case BinaryOp::bit_and:
    case BinaryOp::bit_xor:
    case BinaryOp::bit_or: break;
    }
    return {arithmetic(op, left, right), is_known, is_signed};
}

llvm::Value* Values::arithmetic(BinaryOp op, const Number& left, const Number& right) {
    auto& build = unit_.build();
    llvm::Value* const a = left.bits;
    llvm::Value* const b = right.bits;
    switch (op) {
    case BinaryOp::multiply: return build.CreateMul(a, b);
    case BinaryOp::add: return build.CreateAdd(a, b);
    case BinaryOp::subtract: return build.CreateSub(a, b);
    case BinaryOp::bit_and: return build.CreateAnd(a, b);
    case BinaryOp::bit_xor: return build.CreateXor(a, b);
    case BinaryOp::bit_or: return build.CreateOr(a, b);
    case BinaryOp::divide: return divided(false, left, right);
    case BinaryOp::remainder: return divided(true, left, right);
    case BinaryOp::shift_left: return shifted(true, left, b);
    case BinaryOp::shift_right: return shifted(false, left, b);
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or: break;
    }
    std::unreachable();
}

/// The instruction set v3 divides unsigned numbers only, and what is divided by zero is unknown.
llvm::Value* Values::divided(bool remainder, const Number& left, const Number& right) {
    auto& build = unit_.build();
    llvm::Value* const zero = unit_.word(0);
    const auto quotient = [&](llvm::Value* a, llvm::Value* b) {
        b = build.CreateSelect(build.CreateICmpEQ(b, zero), unit_.word(1), b);
        return remainder ? build.CreateURem(a, b) : build.CreateUDiv(a, b);
    };
    if (!left.is_signed || !right.is_signed) return quotient(left.bits, right.bits);
    llvm::Value* const left_negative = build.CreateICmpSLT(left.bits, zero);
    llvm::Value* const right_negative = build.CreateICmpSLT(right.bits, zero);
    const auto size_of = [&](llvm::Value* value, llvm::Value* negative) {
        return build.CreateSelect(negative, build.CreateNeg(value), value);
    };
    llvm::Value* const result =
        quotient(size_of(left.bits, left_negative), size_of(right.bits, right_negative));
    llvm::Value* const negative =
        remainder ? left_negative : build.CreateXor(left_negative, right_negative);
    return build.CreateSelect(negative, build.CreateNeg(result), result);
}

llvm::Value* Values::shifted(bool left, const Number& value, llvm::Value* count) {
    auto& build = unit_.build();
    llvm::Value* const all_out = build.CreateICmpUGE(count, unit_.word(64));
    llvm::Value* const by = build.CreateAnd(count, unit_.word(63));
    llvm::Value* gone = unit_.word(0);
    if (left) return build.CreateSelect(all_out, gone, build.CreateShl(value.bits, by));
    if (!value.is_signed)
        return build.CreateSelect(all_out, gone, build.CreateLShr(value.bits, by));
    gone = build.CreateAShr(value.bits, unit_.word(63));
    return build.CreateSelect(all_out, gone, build.CreateAShr(value.bits, by));
}

/// By value: of different signs, the negative signed one is less.
llvm::Value* Values::compared(BinaryOp op, const Number& left, const Number& right) {
    using P = llvm::CmpInst::Predicate;
    auto& build = unit_.build();
    const bool mixed = left.is_signed != right.is_signed;
    llvm::Value* const signed_one = left.is_signed ? left.bits : right.bits;
    llvm::Value* const negative =
        mixed ? unit_.compared(P::ICMP_SLT, signed_one, unit_.word(0)) : build.getFalse();
    const auto with = [&](llvm::CmpInst::Predicate of_signed, llvm::CmpInst::Predicate of_unsigned,
                          bool if_left_negative) {
        const bool both_signed = left.is_signed && right.is_signed;
        llvm::Value* const plain =
            unit_.compared(both_signed ? of_signed : of_unsigned, left.bits, right.bits);
        const bool if_negative = left.is_signed ? if_left_negative : !if_left_negative;
        return if_negative ? build.CreateOr(negative, plain)
                           : both(build.CreateNot(negative), plain);
    };
    if (op == BinaryOp::less) return with(P::ICMP_SLT, P::ICMP_ULT, true);
    if (op == BinaryOp::less_equal) return with(P::ICMP_SLE, P::ICMP_ULE, true);
    if (op == BinaryOp::greater) return with(P::ICMP_SGT, P::ICMP_UGT, false);
    if (op == BinaryOp::greater_equal) return with(P::ICMP_SGE, P::ICMP_UGE, false);
    llvm::Value* const same =
        both(build.CreateNot(negative), unit_.compared(P::ICMP_EQ, left.bits, right.bits));
    return op == BinaryOp::equal ? same : build.CreateNot(same);
}

Operand Values::compare_texts(const sema::Expr& expr, const sema::Binary& node, const Operand& left,
                              const Operand& right) {
    const auto* text = std::get_if<Text>(&left);
    const auto* literal = std::get_if<Literal>(&right);
    if (text == nullptr) text = std::get_if<Text>(&right);
    if (literal == nullptr) literal = std::get_if<Literal>(&left);
    const bool is_equality = node.op == BinaryOp::equal || node.op == BinaryOp::not_equal;
    if (!is_equality || literal == nullptr) {
        unit_.refuse(expr.span, "a comparison of strings that is not == or != with a literal");
        return constant(0);
    }
    Number same;
    if (text != nullptr)
        same = equal(*text, literal->text);
    else
        same = constant(std::get<Literal>(left).text == std::get<Literal>(right).text ? 1 : 0);
    if (node.op == BinaryOp::equal) return same;
    return unary(sema::UnaryOp::logical_not, same);
}

Number Values::equal(const Text& text, const std::string& literal) {
    auto& build = unit_.build();
    if (literal.size() >= text.capacity) return truth_number(build.getFalse(), text.known);
    const bool is_padded = text.length == nullptr;
    llvm::Value* differing =
        is_padded ? unit_.word(0) : build.CreateXor(text.length, unit_.word(literal.size() + 1));
    const std::size_t end = is_padded ? text.capacity : literal.size();
    for (std::uint32_t at = 0; at < end; at += 8) {
        std::uint64_t word = 0;
        std::uint64_t mask = is_padded ? ~std::uint64_t{0} : 0;
        for (std::uint32_t i = 0; i < 8 && at + i < literal.size(); ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(literal[at + i])} << (8 * i);
            mask |= std::uint64_t{0xff} << (8 * i);
        }
        llvm::Value* const bytes = build.CreateAnd(unit_.load(text.bytes, at), unit_.word(mask));
        differing = build.CreateOr(differing, build.CreateXor(bytes, unit_.word(word)));
    }
    // or else LLVM compares word by word again
    llvm::Value* const same =
        unit_.compared(llvm::CmpInst::ICMP_EQ, unit_.opaque(differing), unit_.word(0));
    return truth_number(same, text.known);
}

} // namespace kps::bpf
