#include "compiler/semantics/values.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::sema {

Range range_of_bits(unsigned width, bool is_signed) {
    const Wide one = 1;
    if (is_signed) return {-(one << (width - 1)), (one << (width - 1)) - 1};
    return {0, (one << width) - 1};
}

Range range_of(const ValueType& type) {
    if (type.display == Display::boolean) return {0, 1};
    return range_of_bits(type.size * 8U, type.is_signed);
}

Wide wide(Integer value) {
    return value.is_signed ? Wide{static_cast<std::int64_t>(value.bits)} : Wide{value.bits};
}

ValueType integer_type(std::uint8_t size, bool is_signed, Display display) {
    ValueType type;
    type.size = size;
    type.is_signed = is_signed;
    type.display = display;
    return type;
}

ValueType string_type(std::uint32_t most) {
    ValueType type;
    type.kind = TypeKind::string;
    type.size = 1;
    type.count = most;
    type.display = Display::text;
    return type;
}

ValueType boolean_type() {
    return integer_type(1, false, Display::boolean);
}

ValueType address_type() {
    return integer_type(8, false, Display::hex);
}

namespace {

std::string describe_integer(const ValueType& type, const ResolvedSpec& spec) {
    switch (type.display) {
    case Display::boolean: return "a boolean";
    case Display::character: return "a character";
    case Display::symbol: return "an address";
    case Display::errno_code: return "an error number";
    case Display::ipv4: return "an IPv4 address";
    case Display::port: return "a port";
    case Display::duration: return "a duration";
    case Display::enumerator:
        if (type.enumeration) {
            const std::string& name = spec.enums[*type.enumeration].name;
            return name.empty() ? "an enumerator" : "`enum " + name + "`";
        }
        return "an enumerator";
    case Display::decimal:
    case Display::hex:
    case Display::ipv6:
    case Display::text: break;
    }
    return fmt::format("{}{}", type.is_signed ? "an s" : "a u", type.size * 8);
}

} // namespace

std::string describe(const ValueType& type, const ResolvedSpec& spec) {
    switch (type.kind) {
    case TypeKind::string: return "a string";
    case TypeKind::bytes:
        return type.display == Display::ipv6 ? "an IPv6 address" : "a run of bytes";
    case TypeKind::array: return "an array";
    case TypeKind::integer: break;
    }
    return describe_integer(type, spec);
}

std::string describe(const Value& value, const ResolvedSpec& spec) {
    if (value.is_constant && value.is_integer() && value.type.display == Display::decimal)
        return value.is_size ? "a size" : "a number";
    return describe(value.type, spec);
}

ExprId ExprBuilder::add(decltype(Expr::node) node, const ValueType& type, Span span) {
    return spec_.exprs.add(Expr{std::move(node), type, span});
}

Value ExprBuilder::constant(Integer number, Display display, Span span) {
    Value value;
    value.kind = Value::Kind::integer;
    value.type = integer_type(8, number.is_signed, display);
    value.expr = add(Constant{number.bits, number.is_signed}, value.type, span);
    value.constant = number;
    value.is_constant = true;
    value.range = {wide(number), wide(number)};
    value.span = span;
    return value;
}

Value ExprBuilder::string(std::string text, Span span) {
    Value value;
    value.kind = Value::Kind::string;
    value.type = string_type();
    value.expr = add(StringConstant{text}, value.type, span);
    value.text = std::move(text);
    value.is_constant = true;
    value.span = span;
    return value;
}

Value ExprBuilder::address(std::string bytes, Span span) {
    if (bytes.size() == 4) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i)
            bits |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
        Value value = constant({bits, true}, Display::ipv4, span);
        value.type.size = 4;
        value.type.is_signed = false;
        return value;
    }
    Value value = string(std::move(bytes), span);
    value.kind = Value::Kind::bytes;
    value.type.kind = TypeKind::bytes;
    value.type.count = 16;
    value.type.display = Display::ipv6;
    spec_.exprs[value.expr].type = value.type;
    return value;
}

Value ExprBuilder::integer(ExprId expr, const ValueType& type, Span span) {
    Value value;
    value.kind = Value::Kind::integer;
    value.type = type;
    value.expr = expr;
    value.range = range_of(type);
    value.span = span;
    return value;
}

namespace {

bool is_bitwise(BinaryOp op) {
    return op == BinaryOp::bit_and || op == BinaryOp::bit_or || op == BinaryOp::bit_xor ||
           op == BinaryOp::shift_left || op == BinaryOp::shift_right;
}

bool is_truth(BinaryOp op) {
    return op >= BinaryOp::less && op != BinaryOp::bit_and && op != BinaryOp::bit_xor &&
           op != BinaryOp::bit_or;
}

Display result_display(BinaryOp op, const Value& left, const Value& right) {
    const bool left_time = left.is_duration();
    const bool right_time = right.is_duration();
    if (op == BinaryOp::divide && left_time && right_time) return Display::decimal;
    if (!is_bitwise(op) && (left_time || right_time)) return Display::duration;
    const bool hex = left.type.display == Display::hex || right.type.display == Display::hex;
    return hex ? Display::hex : Display::decimal;
}

std::optional<bool> truth_of_logical(BinaryOp op, const Value& left, const Value& right) {
    const bool deciding = op == BinaryOp::logical_or;
    if (left.truth == deciding || right.truth == deciding) return deciding;
    if (left.truth == !deciding && right.truth == !deciding) return !deciding;
    return std::nullopt;
}

} // namespace

Value ExprBuilder::unary(UnaryOp op, const Value& operand, Span span) {
    if (!operand.known()) return {};
    Display display = operand.type.display;
    if (op == UnaryOp::logical_not) display = Display::boolean;
    if (operand.constant) {
        Value value = constant(*compute(op, operand.constant), display, span);
        value.is_bare = operand.is_bare;
        value.name = operand.name;
        return value;
    }
    ValueType type = op == UnaryOp::logical_not
                         ? boolean_type()
                         : integer_type(8, operand.type.is_signed || operand.type.size < 8);
    Value value = integer(add(Unary{op, operand.expr}, type, span), type, span);
    if (op == UnaryOp::logical_not && operand.truth) value.truth = !*operand.truth;
    return value;
}

Value ExprBuilder::binary(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (!left.known() || !right.known()) return {};
    const bool is_bool = is_truth(op);
    if (left.constant && right.constant) {
        const Display display = is_bool ? Display::boolean : result_display(op, left, right);
        Value value = constant(*compute(op, left.constant, right.constant), display, span);
        value.is_bare = left.is_bare && right.is_bare;
        if (is_bool) value.truth = is_true(*value.constant);
        return value;
    }
    const bool left_signed = left.type.is_signed || left.type.size < 8;
    const bool right_signed = right.type.is_signed || right.type.size < 8;
    const ValueType type = is_bool
                               ? boolean_type()
                               : integer_type(8, result_is_signed(op, left_signed, right_signed),
                                              result_display(op, left, right));
    Value value = integer(add(Binary{op, left.expr, right.expr}, type, span), type, span);
    if (op == BinaryOp::logical_and || op == BinaryOp::logical_or)
        value.truth = truth_of_logical(op, left, right);
    const Value& mask = left.constant ? left : right;
    if (op == BinaryOp::bit_and && mask.constant && mask.range.low >= 0)
        value.range = {0, mask.range.high};
    return value;
}

Value ExprBuilder::conditional(const Value& condition, const Value& then, const Value& otherwise,
                               Span span) {
    if (!condition.known() || !then.known() || !otherwise.known()) return {};
    ValueType type = then.type;
    if (then.is_integer()) {
        type.size = 8;
        type.is_signed = then.type.is_signed || then.type.size < 8;
    }
    Value value = integer(add(Conditional{condition.expr, then.expr, otherwise.expr}, type, span),
                          type, span);
    value.kind = then.kind;
    value.range = {std::min(then.range.low, otherwise.range.low),
                   std::max(then.range.high, otherwise.range.high)};
    return value;
}

/// The low bytes of what was loaded or converted before need not go through the wider value; the
/// machines supported are little-endian.
decltype(Expr::node) ExprBuilder::converted(ExprId operand, std::uint8_t size,
                                            bool is_signed) const {
    const auto& node = spec_.exprs[operand].node;
    const auto* load = std::get_if<Load>(&node);
    if (load != nullptr && size <= load->size)
        return Load{load->address, size, is_signed, load->user};
    const auto* inner = std::get_if<Convert>(&node);
    if (inner != nullptr && size <= inner->size) return Convert{inner->operand, size, is_signed};
    return Convert{operand, size, is_signed};
}

Value ExprBuilder::convert(const Value& operand, std::uint8_t size, bool is_signed) {
    if (!operand.known()) return {};
    if (operand.type.size == size && operand.type.is_signed == is_signed) return operand;
    ValueType type = operand.type;
    type.size = size;
    type.is_signed = is_signed;
    if (type.display == Display::boolean) type.display = Display::decimal;
    if (operand.constant) {
        const Integer number = integer_of(operand.constant->bits, size, is_signed);
        return constant(number, type.display, operand.span);
    }
    return integer(add(converted(operand.expr, size, is_signed), type, operand.span), type,
                   operand.span);
}

Value ExprBuilder::condition(const Value& operand) {
    if (!operand.known() || operand.type.display == Display::boolean) return operand;
    const Value zero = constant({0, true}, Display::decimal, operand.span);
    return binary(BinaryOp::not_equal, operand, zero, operand.span);
}

} // namespace kps::sema
