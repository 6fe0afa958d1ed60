#include "runtime/hits/evaluate.hpp"

#include "compiler/base/overloaded.hpp"

#include <optional>

namespace kps::hits {

namespace {

using sema::BinaryOp;
using sema::Integer;

std::optional<Integer> integer(const Operand& operand) {
    const auto* value = std::get_if<Integer>(&operand);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

Operand from(std::optional<Integer> value) {
    return value ? Operand(*value) : Operand(Unreadable{});
}

/// Compares strings as if their order were a number's.
Operand compare_strings(BinaryOp op, std::string_view left, std::string_view right) {
    const int order = left.compare(right);
    const Integer sign{static_cast<std::uint64_t>(std::int64_t{order}), true};
    return from(sema::compute(op, sign, Integer{}));
}

class Evaluator {
public:
    Evaluator(const Table<sema::Expr>& exprs, const Read& read) : exprs_(exprs), read_(read) {}

    Operand operator()(sema::ExprId id) const {
        return std::visit(
            Overloaded{
                [](const sema::Constant& c) -> Operand { return Integer{c.bits, c.is_signed}; },
                [](const sema::StringConstant& c) -> Operand { return std::string_view(c.value); },
                [&](const sema::ExtractBits& node) { return bits_of(node); },
                [&](const sema::Convert& node) { return converted(node); },
                [&](const sema::Unary& node) {
                    return from(sema::compute(node.op, integer((*this)(node.operand))));
                },
                [&](const sema::Binary& node) { return binary(node); },
                [&](const sema::Conditional& node) { return conditional(node); },
                [&](const auto&) { return read_(id); },
            },
            exprs_[id].node);
    }

private:
    [[nodiscard]] Operand bits_of(const sema::ExtractBits& node) const {
        const auto container = integer((*this)(node.container));
        if (!container) return Unreadable{};
        return sema::extract_bits(container->bits, node.offset, node.width, node.is_signed);
    }

    [[nodiscard]] Operand converted(const sema::Convert& node) const {
        const auto operand = integer((*this)(node.operand));
        if (!operand) return Unreadable{};
        return sema::integer_of(operand->bits, node.size, node.is_signed);
    }

    [[nodiscard]] Operand binary(const sema::Binary& node) const {
        const Operand left = (*this)(node.left);
        const Operand right = (*this)(node.right);
        const auto* left_text = std::get_if<std::string_view>(&left);
        const auto* right_text = std::get_if<std::string_view>(&right);
        if (left_text != nullptr && right_text != nullptr)
            return compare_strings(node.op, *left_text, *right_text);
        return from(sema::compute(node.op, integer(left), integer(right)));
    }

    [[nodiscard]] Operand conditional(const sema::Conditional& node) const {
        const auto condition = integer((*this)(node.condition));
        if (!condition) return Unreadable{};
        return (*this)(sema::is_true(*condition) ? node.then : node.otherwise);
    }

    const Table<sema::Expr>& exprs_;
    const Read& read_;
};

} // namespace

Operand operand_of(const Value& value, const sema::ValueType& type) {
    if (const auto* bits = std::get_if<std::uint64_t>(&value)) // nearly always
        return sema::integer_of(*bits, type.size, type.is_signed);
    return std::visit(Overloaded{
                          [](Unreadable) -> Operand { return Unreadable{}; },
                          [](std::uint64_t) -> Operand { return Unreadable{}; },
                          [](std::string_view text) -> Operand { return text; },
                          [](const Elements&) -> Operand { return Unreadable{}; },
                      },
                      value);
}

Operand evaluate(const Table<sema::Expr>& exprs, sema::ExprId id, const Read& read) {
    return Evaluator(exprs, read)(id);
}

} // namespace kps::hits
