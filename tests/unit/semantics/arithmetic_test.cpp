#include "compiler/semantics/arithmetic.hpp"

#include <gtest/gtest.h>

namespace kps::sema {
namespace {

Integer s(std::int64_t value) {
    return {static_cast<std::uint64_t>(value), true};
}
Integer u(std::uint64_t value) {
    return {value, false};
}

struct BinaryCase {
    const char* what;
    BinaryOp op;
    std::optional<Integer> left, right, result;
};

TEST(Arithmetic, Binary) {
    const auto none = std::nullopt;
    const std::int64_t lowest = INT64_MIN;
    const BinaryCase cases[] = {
        {"wraps", BinaryOp::add, s(INT64_MAX), s(1), s(lowest)},
        {"a u64 makes the result unsigned", BinaryOp::subtract, u(0), s(1), u(UINT64_MAX)},
        {"multiply", BinaryOp::multiply, s(-3), s(7), s(-21)},
        {"divide truncates", BinaryOp::divide, s(-7), s(2), s(-3)},
        {"remainder has the sign of the dividend", BinaryOp::remainder, s(-7), s(2), s(-1)},
        {"divide by zero", BinaryOp::divide, s(1), s(0), none},
        {"remainder by zero", BinaryOp::remainder, s(1), u(0), none},
        {"the lowest by -1", BinaryOp::divide, s(lowest), s(-1), s(lowest)},
        {"the lowest modulo -1", BinaryOp::remainder, s(lowest), s(-1), s(0)},
        {"unsigned divide", BinaryOp::divide, u(UINT64_MAX), s(2), u(INT64_MAX)},
        {"shift left", BinaryOp::shift_left, s(1), s(63), s(lowest)},
        {"shift left by all", BinaryOp::shift_left, s(1), s(64), s(0)},
        {"shift right keeps the sign", BinaryOp::shift_right, s(-8), u(1), s(-4)},
        {"shift right of a u64", BinaryOp::shift_right, u(UINT64_MAX), s(60), u(15)},
        {"shift right by all", BinaryOp::shift_right, s(-8), s(64), s(-1)},
        {"shift by a negative count", BinaryOp::shift_left, s(1), s(-1), s(0)},
        {"and", BinaryOp::bit_and, s(0x3c), s(0x0f), s(0x0c)},
        {"or", BinaryOp::bit_or, s(0x30), s(0x0f), s(0x3f)},
        {"xor", BinaryOp::bit_xor, s(0x3c), s(0x0f), s(0x33)},
        {"less by value", BinaryOp::less, s(-1), u(0), s(1)},
        {"equal bits of different value", BinaryOp::equal, s(-1), u(UINT64_MAX), s(0)},
        {"not equal", BinaryOp::not_equal, s(-1), u(UINT64_MAX), s(1)},
        {"greater or equal", BinaryOp::greater_equal, s(2), u(2), s(1)},
        {"greater", BinaryOp::greater, u(UINT64_MAX), s(INT64_MAX), s(1)},
        {"less or equal", BinaryOp::less_equal, s(-2), s(-3), s(0)},
        {"unreadable", BinaryOp::add, none, s(1), none},
        {"and decided by one", BinaryOp::logical_and, none, s(0), s(0)},
        {"and not decided", BinaryOp::logical_and, none, s(5), none},
        {"or decided by one", BinaryOp::logical_or, s(5), none, s(1)},
        {"or not decided", BinaryOp::logical_or, none, s(0), none},
        {"and of two", BinaryOp::logical_and, s(2), u(4), s(1)},
        {"or of two", BinaryOp::logical_or, s(0), u(0), s(0)},
    };
    for (const BinaryCase& c : cases)
        EXPECT_EQ(compute(c.op, c.left, c.right), c.result) << c.what;
}

TEST(Arithmetic, Unary) {
    EXPECT_EQ(compute(UnaryOp::minus, s(INT64_MIN)), s(INT64_MIN));
    EXPECT_EQ(compute(UnaryOp::minus, u(1)), u(UINT64_MAX));
    EXPECT_EQ(compute(UnaryOp::complement, s(0)), s(-1));
    EXPECT_EQ(compute(UnaryOp::logical_not, u(7)), s(0));
    EXPECT_EQ(compute(UnaryOp::logical_not, s(0)), s(1));
    EXPECT_EQ(compute(UnaryOp::logical_not, std::nullopt), std::nullopt);
}

TEST(Arithmetic, WidthsExtendByTheirOwnSign) {
    EXPECT_EQ(integer_of(0xffff'ffff, 4, true), s(-1));
    EXPECT_EQ(integer_of(0x1'ffff'ffff, 4, false), s(0xffff'ffff));
    EXPECT_EQ(integer_of(0x80, 1, true), s(-128));
    EXPECT_EQ(integer_of(UINT64_MAX, 8, false), u(UINT64_MAX));
    EXPECT_EQ(extract_bits(0xabcd, 4, 8, false), s(0xbc));
    EXPECT_EQ(extract_bits(0xabcd, 4, 8, true), s(-68));
    EXPECT_EQ(extract_bits(UINT64_MAX, 0, 64, false), u(UINT64_MAX));
    EXPECT_EQ(extract_bits(std::uint64_t{1} << 63, 63, 1, true), s(-1));
}

} // namespace
} // namespace kps::sema
