#pragma once

#include "compiler/semantics/resolved.hpp"

#include <compare>
#include <cstdint>
#include <optional>

/// The integers of the language: 64 bits, wrapping. One meaning for constants that are folded, for
/// fields that are computed after they were fetched, and for conditions over hits.
namespace kps::sema {

/// `is_signed` is false only for a u64; every narrower type fits in an s64.
struct Integer {
    std::uint64_t bits = 0;
    bool is_signed = true;

    bool operator==(const Integer&) const = default; ///< of the representation; see `compare`
};

/// The low `size` bytes (1, 2, 4, 8) of `bits` as an integer of that type, extended to 64 bits.
Integer integer_of(std::uint64_t bits, std::uint8_t size, bool is_signed);

/// `width` bits (1 to 64) of `container` from bit `offset` (0 is the lowest), extended by
/// `is_signed`.
Integer extract_bits(std::uint64_t container, std::uint8_t offset, std::uint8_t width,
                     bool is_signed);

/// Whether an operation on operands of these signs gives a signed result. Shifts follow the left
/// operand; comparisons and logical operations are always signed.
bool result_is_signed(BinaryOp op, bool left_signed, bool right_signed);

/// By value, whatever the signs: s64 -1 is less than every u64.
constexpr std::strong_ordering compare(Integer left, Integer right) {
    const bool left_negative = left.is_signed && left.bits >> 63 != 0;
    const bool right_negative = right.is_signed && right.bits >> 63 != 0;
    if (left_negative != right_negative)
        return left_negative ? std::strong_ordering::less : std::strong_ordering::greater;
    return left.bits <=> right.bits; // of equal signs, two's complement keeps the order
}

constexpr bool is_comparison(BinaryOp op) {
    return op >= BinaryOp::less && op <= BinaryOp::not_equal;
}
/// Whether a comparison holds of operands in that order.
constexpr bool holds(BinaryOp op, std::strong_ordering order) {
    if (op == BinaryOp::less) return order < 0;
    if (op == BinaryOp::less_equal) return order <= 0;
    if (op == BinaryOp::greater) return order > 0;
    if (op == BinaryOp::greater_equal) return order >= 0;
    return op == BinaryOp::equal ? order == 0 : order != 0;
}

bool is_true(Integer value);

/// None stands for an unreadable operand or result.
std::optional<Integer> compute(UnaryOp op, std::optional<Integer> operand);

/// Division and remainder truncate towards zero, none by zero. A shift by a count outside 0..63
/// shifts every bit out; a right shift of a signed operand keeps its sign. The logical operations
/// are decided by one operand where that suffices.
std::optional<Integer> compute(BinaryOp op, std::optional<Integer> left,
                               std::optional<Integer> right);

} // namespace kps::sema
