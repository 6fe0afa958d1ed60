#include "compiler/semantics/arithmetic.hpp"

#include <utility>

namespace kps::sema {

namespace {

std::int64_t as_signed(std::uint64_t bits) {
    return static_cast<std::int64_t>(bits);
}
std::uint64_t as_bits(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

std::uint64_t low_mask(unsigned width) {
    return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

std::uint64_t extend(std::uint64_t bits, unsigned width, bool is_signed) {
    const std::uint64_t mask = low_mask(width);
    const bool negative = is_signed && ((bits >> (width - 1)) & 1) != 0;
    return negative ? bits | ~mask : bits & mask;
}

Integer truth(bool value) {
    return {value ? 1U : 0U, true};
}

std::uint64_t divide(std::uint64_t left, std::uint64_t right, bool is_signed) {
    if (!is_signed) return left / right;
    if (as_signed(right) == -1) return 0 - left; // the quotient of INT64_MIN wraps
    return as_bits(as_signed(left) / as_signed(right));
}

std::uint64_t remainder(std::uint64_t left, std::uint64_t right, bool is_signed) {
    if (!is_signed) return left % right;
    if (as_signed(right) == -1) return 0;
    return as_bits(as_signed(left) % as_signed(right));
}

std::uint64_t shift_right(Integer value, std::uint64_t count) {
    const bool negative = value.is_signed && as_signed(value.bits) < 0;
    if (count >= 64) return negative ? ~std::uint64_t{0} : 0;
    return negative ? as_bits(as_signed(value.bits) >> count) : value.bits >> count;
}

std::optional<Integer> logical(BinaryOp op, std::optional<Integer> left,
                               std::optional<Integer> right) {
    const bool deciding = op == BinaryOp::logical_or; // the truth that one operand suffices for
    for (const auto& operand : {left, right})
        if (operand && is_true(*operand) == deciding) return truth(deciding);
    if (!left || !right) return std::nullopt;
    return truth(!deciding);
}

} // namespace

Integer integer_of(std::uint64_t bits, std::uint8_t size, bool is_signed) {
    return {extend(bits, size * 8U, is_signed), is_signed || size < 8};
}

Integer extract_bits(std::uint64_t container, std::uint8_t offset, std::uint8_t width,
                     bool is_signed) {
    return {extend(container >> offset, width, is_signed), is_signed || width < 64};
}

bool result_is_signed(BinaryOp op, bool left_signed, bool right_signed) {
    switch (op) {
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::bit_and:
    case BinaryOp::bit_xor:
    case BinaryOp::bit_or: return left_signed && right_signed;
    case BinaryOp::shift_left:
    case BinaryOp::shift_right: return left_signed;
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or: return true;
    }
    std::unreachable();
}

bool is_true(Integer value) {
    return value.bits != 0;
}

std::optional<Integer> compute(UnaryOp op, std::optional<Integer> operand) {
    if (!operand) return std::nullopt;
    switch (op) {
    case UnaryOp::minus: return Integer{0 - operand->bits, operand->is_signed};
    case UnaryOp::complement: return Integer{~operand->bits, operand->is_signed};
    case UnaryOp::logical_not: return truth(!is_true(*operand));
    }
    std::unreachable();
}

std::optional<Integer> compute(BinaryOp op, std::optional<Integer> left,
                               std::optional<Integer> right) {
    if (op == BinaryOp::logical_and || op == BinaryOp::logical_or) return logical(op, left, right);
    if (!left || !right) return std::nullopt;
    const bool is_signed = result_is_signed(op, left->is_signed, right->is_signed);
    const std::uint64_t a = left->bits;
    const std::uint64_t b = right->bits;
    const bool divides = op == BinaryOp::divide || op == BinaryOp::remainder;
    if (divides && b == 0) return std::nullopt;
    switch (op) {
    case BinaryOp::multiply: return Integer{a * b, is_signed};
    case BinaryOp::divide: return Integer{divide(a, b, is_signed), is_signed};
    case BinaryOp::remainder: return Integer{remainder(a, b, is_signed), is_signed};
    case BinaryOp::add: return Integer{a + b, is_signed};
    case BinaryOp::subtract: return Integer{a - b, is_signed};
    case BinaryOp::shift_left: return Integer{b >= 64 ? 0 : a << b, is_signed};
    case BinaryOp::shift_right: return Integer{shift_right(*left, b), is_signed};
    case BinaryOp::bit_and: return Integer{a & b, is_signed};
    case BinaryOp::bit_xor: return Integer{a ^ b, is_signed};
    case BinaryOp::bit_or: return Integer{a | b, is_signed};
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::equal:
    case BinaryOp::not_equal: return truth(holds(op, compare(*left, *right)));
    case BinaryOp::logical_and:
    case BinaryOp::logical_or: break;
    }
    std::unreachable();
}

} // namespace kps::sema
