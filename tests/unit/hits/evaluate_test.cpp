#include "runtime/hits/evaluate.hpp"

#include <gtest/gtest.h>

namespace kps::hits {
namespace {

using sema::BinaryOp;
using sema::Integer;

/// Builds expressions over three fields: an s32, a string, one that is unreadable.
class Evaluate : public testing::Test {
protected:
    sema::ExprId add(decltype(sema::Expr::node) node) {
        return exprs_.add({std::move(node), {}, {}});
    }
    sema::ExprId field(std::uint32_t index) { return add(sema::FieldRef{index}); }
    sema::ExprId number(std::uint64_t value) { return add(sema::Constant{value, true}); }
    sema::ExprId text(std::string value) { return add(sema::StringConstant{std::move(value)}); }
    sema::ExprId binary(BinaryOp op, sema::ExprId left, sema::ExprId right) {
        return add(sema::Binary{op, left, right});
    }
    Operand value(sema::ExprId id) {
        return evaluate(exprs_, id, [&](sema::ExprId leaf) {
            const auto index = std::get<sema::FieldRef>(exprs_[leaf].node).index;
            return operand_of(fields_.at(index), types_.at(index));
        });
    }

    const Operand yes_ = Integer{1};
    const Operand no_ = Integer{0};
    const Operand unknown_ = Unreadable{};

private:
    Table<sema::Expr> exprs_;
    std::vector<Value> fields_{std::uint64_t{0xffff'fffe}, "/etc", Unreadable{}};
    std::vector<sema::ValueType> types_{
        {.size = 4, .is_signed = true}, {.kind = sema::TypeKind::string}, {}};
};

TEST_F(Evaluate, FieldsHaveTheirTypesValue) {
    EXPECT_EQ(value(field(0)), Operand(Integer{static_cast<std::uint64_t>(-2), true}));
    EXPECT_EQ(value(binary(BinaryOp::less, field(0), number(0))), yes_);
}

TEST_F(Evaluate, Strings) {
    EXPECT_EQ(value(binary(BinaryOp::equal, field(1), text("/etc"))), yes_);
    EXPECT_EQ(value(binary(BinaryOp::equal, field(1), text("/etc/"))), no_);
    EXPECT_EQ(value(binary(BinaryOp::not_equal, field(1), text("/usr"))), yes_);
    EXPECT_EQ(value(binary(BinaryOp::less, field(1), text("/usr"))), yes_);
    EXPECT_EQ(value(binary(BinaryOp::equal, field(2), text("/usr"))), unknown_);
}

TEST_F(Evaluate, UnreadableOnlyWhereItMatters) {
    const auto unreadable = binary(BinaryOp::equal, field(2), number(0));
    EXPECT_EQ(value(unreadable), unknown_);
    EXPECT_EQ(value(binary(BinaryOp::logical_and, unreadable, number(0))), no_);
    EXPECT_EQ(value(binary(BinaryOp::logical_or, number(1), unreadable)), yes_);
    EXPECT_EQ(value(binary(BinaryOp::logical_or, number(0), unreadable)), unknown_);
    EXPECT_EQ(value(add(sema::Conditional{number(1), number(1), field(2)})), yes_);
    EXPECT_EQ(value(add(sema::Conditional{field(2), number(1), number(1)})), unknown_);
}

TEST_F(Evaluate, PartsOfIntegers) {
    EXPECT_EQ(value(add(sema::ExtractBits{field(0), 4, 8, false})), Operand(Integer{0xff}));
    EXPECT_EQ(value(add(sema::Convert{field(0), 1, false})), Operand(Integer{0xfe}));
    EXPECT_EQ(value(add(sema::Unary{sema::UnaryOp::minus, field(0)})), Operand(Integer{2}));
    EXPECT_EQ(value(add(sema::Convert{field(2), 1, false})), unknown_);
}

TEST(OperandOf, ArraysAreNotComputedWith) {
    EXPECT_EQ(operand_of(Elements({}), {.kind = sema::TypeKind::array}), Operand(Unreadable{}));
}

} // namespace
} // namespace kps::hits
