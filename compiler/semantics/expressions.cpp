#include "compiler/semantics/expressions.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/arithmetic.hpp"
#include "compiler/semantics/errno_names.hpp"
#include "compiler/semantics/spelling.hpp"
#include "compiler/syntax/parse.hpp"

#include <utility>

namespace kps::sema {

namespace {

/// Of expressions in constants in expressions; one alone has `syntax::max_expression_depth`.
constexpr std::size_t max_depth = syntax::max_expression_depth + 200;

} // namespace

BinaryOp lowered(syntax::BinaryOperator op) {
    using Op = syntax::BinaryOperator;
    switch (op) {
    case Op::multiply: return BinaryOp::multiply;
    case Op::divide: return BinaryOp::divide;
    case Op::remainder: return BinaryOp::remainder;
    case Op::add: return BinaryOp::add;
    case Op::subtract: return BinaryOp::subtract;
    case Op::shift_left: return BinaryOp::shift_left;
    case Op::shift_right: return BinaryOp::shift_right;
    case Op::less: return BinaryOp::less;
    case Op::less_equal: return BinaryOp::less_equal;
    case Op::greater: return BinaryOp::greater;
    case Op::greater_equal: return BinaryOp::greater_equal;
    case Op::equal: return BinaryOp::equal;
    case Op::not_equal: return BinaryOp::not_equal;
    case Op::bit_and: return BinaryOp::bit_and;
    case Op::bit_xor: return BinaryOp::bit_xor;
    case Op::bit_or: return BinaryOp::bit_or;
    case Op::logical_and: return BinaryOp::logical_and;
    case Op::logical_or: return BinaryOp::logical_or;
    }
    std::unreachable();
}

Value Expressions::literal(const syntax::Expr& expr) {
    Value value = std::visit(
        Overloaded{
            [&](const syntax::IntegerLiteral& l) {
                const bool time = l.unit == syntax::IntegerUnit::duration;
                Value number =
                    build_.constant({l.value, l.value <= INT64_MAX},
                                    time ? Display::duration : Display::decimal, expr.span);
                number.is_bare = l.unit == syntax::IntegerUnit::none;
                number.is_size = l.unit == syntax::IntegerUnit::size;
                return number;
            },
            [&](const syntax::CharLiteral& l) {
                const auto code = static_cast<unsigned char>(l.value);
                return build_.constant({code, true}, Display::character, expr.span);
            },
            [&](const syntax::StringLiteral& l) { return build_.string(l.value, expr.span); },
            [&](const syntax::IpLiteral& l) { return build_.address(l.bytes, expr.span); },
            [](const auto&) { return Value{}; },
        },
        expr.node);
    value.span = expr.span;
    return value;
}

Value Expressions::lower(const ExprScope& scope, syntax::ExprId id) {
    return lower(scope, id, nullptr);
}

Value Expressions::lower(const ExprScope& scope, syntax::ExprId id, const ValueType* hint) {
    const syntax::Expr& expr = context_.expr(scope.file, id);
    const Span span = expr.span;
    if (depth_ > max_depth) {
        context_.sink.report(diag::defined_too_deeply, span, context_.words(span));
        return {};
    }
    ++depth_;
    Value value = std::visit(
        Overloaded{
            [&](const syntax::NameExpr& e) { return name(scope, e.name, hint); },
            [&](const syntax::MemberExpr& e) { return member(scope, e, span); },
            [&](const syntax::UnaryExpr& e) { return of_unary(scope, e, span); },
            [&](const syntax::BinaryExpr& e) { return of_binary(scope, e, span); },
            [&](const syntax::TernaryExpr& e) { return ternary(scope, e, span); },
            [&](const syntax::InRangeExpr& e) { return in_range(scope, e, span); },
            [&](const syntax::RegisterExpr&) { return only_inside_fields("a register", span); },
            [&](const syntax::SymbolExpr&) { return only_inside_fields("a symbol", span); },
            [&](const syntax::IndexExpr&) { return only_inside_fields("an element", span); },
            [&](const syntax::CastExpr&) { return only_inside_fields("a cast", span); },
            [&](const syntax::CallExpr&) { return only_inside_fields("a call", span); },
            [&](const syntax::DecimalLiteral&) {
                context_.sink.report(diag::wrong_type, span, "a whole number", "a fraction")
                    .help("a fraction is the factor of a baseline: `<= 1.2 * baseline`");
                return Value{};
            },
            [&](const auto&) { return literal(expr); },
        },
        expr.node);
    --depth_;
    value.span = span;
    return value;
}

Value Expressions::only_inside_fields(std::string_view what, Span span) {
    context_.sink.report(diag::wrong_type, span, "a field or a constant", what)
        .help("read it in a field of the probe and name the field here");
    return {};
}

Value Expressions::name(const ExprScope& scope, const syntax::Name& name, const ValueType* hint) {
    if (scope.stream != nullptr) {
        if (scope.stream->fields.empty()) return {}; // what it consists of is not known
        const std::vector<std::uint32_t> found = scope.stream->find(name.text);
        if (found.size() > 1) {
            context_.sink
                .report(diag::field_of_both_sides, name.span, scope.stream->name, name.text)
                .help("give one of them another name");
            return {};
        }
        if (!found.empty()) return field(scope, found.front(), name.span);
    }
    if (std::optional<Value> value = named(scope, name, hint)) return *value;
    if (scope.live) report_unknown(scope, name);
    return {};
}

Value Expressions::field(const ExprScope& scope, std::uint32_t index, Span span) {
    const FieldInfo& info = scope.stream->fields[index];
    if (!info.known) return {};
    Value value = build_.integer(build_.add(FieldRef{index}, info.type, span), info.type, span);
    value.range = info.range;
    value.name = info.name;
    switch (info.type.kind) {
    case TypeKind::integer:
        if (info.type.display == Display::port) return swapped(value, span);
        break;
    case TypeKind::string: value.kind = Value::Kind::string; break;
    case TypeKind::bytes:
        value.kind = info.type.display == Display::ipv6 ? Value::Kind::bytes : Value::Kind::array;
        break;
    case TypeKind::array: value.kind = Value::Kind::array; break;
    }
    return value;
}

/// The number of a port, whose bytes a hit has in network order.
Value Expressions::swapped(const Value& port, Span span) {
    const Value eight = build_.constant({8, true}, Display::decimal, span);
    const Value high = build_.binary(BinaryOp::shift_left, port, eight, span);
    const Value low = build_.binary(BinaryOp::shift_right, port, eight, span);
    const Value both = build_.binary(BinaryOp::bit_or, high, low, span);
    Value value = build_.convert(both, 2, false);
    value.type.display = Display::port;
    value.name = port.name;
    return value;
}

Value Expressions::member(const ExprScope& scope, const syntax::MemberExpr& member, Span span) {
    if (std::optional<Value> value = imported(scope, member)) return *value;
    return only_inside_fields("a member", span);
}

std::optional<Value> Expressions::imported(const ExprScope& scope,
                                           const syntax::MemberExpr& member) {
    const auto* base = std::get_if<syntax::NameExpr>(&context_.expr(scope.file, member.base).node);
    if (base == nullptr || member.arrow) return std::nullopt;
    const Entity* import = names_.find(scope.file, base->name.text);
    if (import == nullptr || import->kind != Entity::Kind::import) return std::nullopt;
    const Names::Lookup found = names_.look_up(context_, scope.file, {base->name, member.member});
    if (found.entity == nullptr) return Value{};
    if (found.entity->kind == Entity::Kind::constant) return of_constant(*found.entity, scope.live);
    context_.sink.report(diag::wrong_type, member.member.span, "a constant",
                         describe(found.entity->kind));
    return Value{};
}

Value Expressions::of_unary(const ExprScope& scope, const syntax::UnaryExpr& expr, Span span) {
    switch (expr.op) {
    case syntax::UnaryOperator::minus:
        return unary(UnaryOp::minus, lower(scope, expr.operand), span);
    case syntax::UnaryOperator::complement:
        return unary(UnaryOp::complement, lower(scope, expr.operand), span);
    case syntax::UnaryOperator::logical_not:
        return unary(UnaryOp::logical_not, truth(lower(scope, expr.operand), span), span);
    case syntax::UnaryOperator::dereference: return only_inside_fields("a pointer's target", span);
    case syntax::UnaryOperator::address_of: return only_inside_fields("an address", span);
    }
    std::unreachable();
}

Value Expressions::unary(UnaryOp op, const Value& operand, Span span) {
    if (operand.known() && !operand.is_integer()) {
        context_.sink.report(diag::unfit_operand, span, spelling(op),
                             describe(operand, context_.out));
        return {};
    }
    return build_.unary(op, operand, span);
}

namespace {

bool is_logical(BinaryOp op) {
    return op == BinaryOp::logical_and || op == BinaryOp::logical_or;
}

} // namespace

/// A name that may be an enumerator is looked at after the other side, whose enum settles which.
bool Expressions::waits_for_hint(const ExprScope& scope, syntax::ExprId id) const {
    const auto* name = std::get_if<syntax::NameExpr>(&context_.expr(scope.file, id).node);
    if (name == nullptr) return false;
    return scope.stream == nullptr || scope.stream->find(name->name.text).empty();
}

Value Expressions::of_binary(const ExprScope& scope, const syntax::BinaryExpr& expr, Span span) {
    const BinaryOp op = lowered(expr.op);
    if (is_comparison(op)) {
        if (waits_for_hint(scope, expr.left)) {
            const Value right = lower(scope, expr.right);
            return comparison(op, lower(scope, expr.left, &right.type), right, span);
        }
        const Value left = lower(scope, expr.left);
        return comparison(op, left, lower(scope, expr.right, &left.type), span);
    }
    const Value left = lower(scope, expr.left);
    const Value right = lower(scope, expr.right);
    if (is_logical(op))
        return build_.binary(op, truth(left, left.span), truth(right, right.span), span);
    return binary(op, left, right, span);
}

Value Expressions::binary(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (is_comparison(op)) return comparison(op, left, right, span);
    if (is_logical(op))
        return build_.binary(op, truth(left, left.span), truth(right, right.span), span);
    for (const Value* operand : {&left, &right}) {
        if (!operand->known() || operand->is_integer()) continue;
        context_.sink.report(diag::unfit_operand, operand->span, spelling(op),
                             describe(*operand, context_.out));
        return {};
    }
    const bool divides = op == BinaryOp::divide || op == BinaryOp::remainder;
    if (divides && right.constant && right.constant->bits == 0) {
        context_.sink.report(diag::division_by_zero, right.span, "0");
        return {};
    }
    return build_.binary(op, left, right, span);
}

Value Expressions::truth(const Value& operand, Span span) {
    if (operand.known() && !operand.is_integer()) {
        context_.sink.report(diag::wrong_type, span, "a condition",
                             describe(operand, context_.out));
        return {};
    }
    return build_.condition(operand);
}

Value Expressions::ternary(const ExprScope& scope, const syntax::TernaryExpr& expr, Span span) {
    const Value condition = truth(lower(scope, expr.condition), span);
    const Value then = lower(scope, expr.then);
    const Value otherwise = lower(scope, expr.otherwise);
    if (then.known() && otherwise.known() && then.kind != otherwise.kind) {
        context_.sink.report(diag::mismatched_types, span, describe(then, context_.out),
                             describe(otherwise, context_.out));
        return {};
    }
    return build_.conditional(condition, then, otherwise, span);
}

Value Expressions::condition(const ExprScope& scope, syntax::ExprId id,
                             std::vector<AlwaysTrue>& always) {
    always_ = &always;
    const Value value = lower(scope, id);
    always_ = nullptr;
    return truth(value, context_.expr(scope.file, id).span);
}

Value Expressions::constant(const ExprScope& scope, syntax::ExprId id) {
    const Value value = lower(scope, id);
    if (!value.known() || value.is_constant) return value;
    context_.sink.report(diag::not_constant, value.span, context_.words(value.span));
    return {};
}

std::optional<std::int64_t> Expressions::integer(const ExprScope& scope, syntax::ExprId id,
                                                 std::string_view what, std::int64_t low,
                                                 std::int64_t high) {
    const Value value = constant(scope, id);
    if (!value.known()) return std::nullopt;
    if (!value.is_integer()) {
        context_.sink.report(diag::wrong_type, value.span, "a number",
                             describe(value, context_.out));
        return std::nullopt;
    }
    if (value.range.low < low || value.range.high > high) {
        context_.sink.report(diag::out_of_range, value.span, what, low, high,
                             to_string(value.range.low));
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value.range.low);
}

std::optional<std::uint64_t> Expressions::duration(const ExprScope& scope, syntax::ExprId id) {
    const Value value = constant(scope, id);
    if (!value.known()) return std::nullopt;
    if (value.is_duration() && value.range.low > 0) return value.constant->bits;
    auto report =
        context_.sink.report(diag::wrong_type, value.span, "a duration above zero",
                             value.is_duration() ? "none" : describe(value, context_.out));
    if (value.is_bare) report.help("give it a unit: " + to_string(value.range.low) + "ms");
    return std::nullopt;
}

void Expressions::report_unknown(const ExprScope& scope, const syntax::Name& name) {
    std::vector<std::string_view> candidates = errno_and_signal_names();
    for (std::string_view other : names_.all(scope.file)) {
        const Entity* entity = names_.find(scope.file, other);
        if (entity->kind == Entity::Kind::constant) candidates.push_back(other);
    }
    if (scope.stream == nullptr) {
        if (is_builtin_field(name.text)) {
            context_.sink.report(diag::not_constant, name.span, name.text);
            return;
        }
        context_.sink.report(diag::unknown_constant, name.span, name.text)
            .did_you_mean(nearest_names(name.text, candidates));
        return;
    }
    for (std::string_view field : scope.stream->field_names())
        candidates.push_back(field);
    auto report =
        context_.sink.report(diag::unknown_name, name.span, name.text, scope.stream->name);
    report.did_you_mean(nearest_names(name.text, candidates));
    std::vector<std::string> fields;
    for (std::string_view field : scope.stream->field_names())
        fields.emplace_back(field);
    report.remark("the fields are " + listing(fields));
}

} // namespace kps::sema
