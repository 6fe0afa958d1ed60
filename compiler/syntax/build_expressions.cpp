#include "compiler/syntax/builder.hpp"

#include "compiler/diagnostics/messages.hpp"
#include "compiler/syntax/literals.hpp"
#include "compiler/syntax/parse.hpp"

#include <algorithm>

namespace kps::syntax {

namespace {

struct OperatorRow {
    std::string_view sign;
    BinaryOperator op;
    int precedence;
};

constexpr int comparison_precedence = 3;

constexpr OperatorRow operators[] = {
    {"||", BinaryOperator::logical_or, 1},  {"&&", BinaryOperator::logical_and, 2},
    {"==", BinaryOperator::equal, 3},       {"!=", BinaryOperator::not_equal, 3},
    {"<", BinaryOperator::less, 3},         {"<=", BinaryOperator::less_equal, 3},
    {">", BinaryOperator::greater, 3},      {">=", BinaryOperator::greater_equal, 3},
    {"|", BinaryOperator::bit_or, 4},       {"^", BinaryOperator::bit_xor, 5},
    {"&", BinaryOperator::bit_and, 6},      {"<<", BinaryOperator::shift_left, 7},
    {">>", BinaryOperator::shift_right, 7}, {"+", BinaryOperator::add, 8},
    {"-", BinaryOperator::subtract, 8},     {"*", BinaryOperator::multiply, 9},
    {"/", BinaryOperator::divide, 9},       {"%", BinaryOperator::remainder, 9},
};

const OperatorRow& operator_row(std::string_view sign) {
    const auto* row = std::ranges::find(operators, sign, &OperatorRow::sign);
    assert(row != std::end(operators));
    return *row;
}

UnaryOperator unary_operator(char sign) {
    switch (sign) {
    case '~': return UnaryOperator::complement;
    case '!': return UnaryOperator::logical_not;
    case '*': return UnaryOperator::dereference;
    case '&': return UnaryOperator::address_of;
    default: return UnaryOperator::minus;
    }
}

} // namespace

/// What is too deep for later stages to walk recursively becomes a number.
template <class T, class... Parts>
ExprId Builder::add(T node, Span span, Parts... parts) {
    const unsigned below = std::max({0U, unsigned{depths_[parts.value]}...});
    if (below == max_expression_depth) {
        sink_.report(diag::nested_too_deeply, span, static_cast<unsigned>(max_expression_depth));
        return add(IntegerLiteral{}, span);
    }
    depths_.push_back(static_cast<std::uint16_t>(below + 1));
    return file_.exprs.add(Expr{std::move(node), span});
}

BinaryOperator Builder::comparison_operator(std::string_view sign) {
    return operator_row(sign).op;
}

ExprId Builder::expression(Cursor& cursor) {
    const ExprId condition = operation(cursor.take());
    const Node* ternary = cursor.take_if(NodeKind::ternary);
    if (ternary == nullptr) return condition;
    Cursor branches(*ternary);
    const ExprId then = expression(branches);
    const ExprId otherwise = expression(branches);
    const Span whole{file_.source, span_of(condition).begin, ternary->end};
    return add(TernaryExpr{condition, then, otherwise}, whole, condition, then, otherwise);
}

ExprId Builder::operation(const Node& node) {
    Cursor cursor(node);
    return binary(cursor, 0);
}

ExprId Builder::binary(Cursor& cursor, int lowest) {
    ExprId left = operand(cursor);
    while (!cursor.done()) {
        if (cursor.is(NodeKind::range)) {
            if (comparison_precedence < lowest) return left;
            left = range(left, cursor.take());
            check_chain(cursor, true);
            continue;
        }
        const OperatorRow& row = operator_row(text(cursor.peek()));
        if (row.precedence < lowest) return left;
        cursor.take();
        const ExprId right = binary(cursor, row.precedence + 1);
        const Span whole{file_.source, span_of(left).begin, span_of(right).end};
        left = add(BinaryExpr{row.op, left, right}, whole, left, right);
        check_chain(cursor, row.precedence == comparison_precedence);
    }
    return left;
}

void Builder::check_chain(const Cursor& cursor, bool is_comparison) {
    if (!is_comparison || cursor.done()) return;
    const Node& next = cursor.peek();
    if (next.kind != NodeKind::range &&
        operator_row(text(next)).precedence != comparison_precedence)
        return;
    sink_.report(diag::chained_comparison, span(next))
        .help("write `low <= x && x <= high` or `x in low..high`");
}

ExprId Builder::range(ExprId value, const Node& node) {
    Cursor cursor(node);
    const ExprId low = operation(cursor.take());
    const ExprId high = operation(cursor.take());
    const Span whole{file_.source, span_of(value).begin, node.end};
    return add(InRangeExpr{value, low, high}, whole, value, low, high);
}

ExprId Builder::operand(Cursor& cursor) {
    std::vector<const Node*> prefixes;
    while (cursor.is(NodeKind::prefix_operator) || cursor.is(NodeKind::cast))
        prefixes.push_back(&cursor.take());
    ExprId operand = primary(cursor);
    while (cursor.is(NodeKind::arrow) || cursor.is(NodeKind::dot) || cursor.is(NodeKind::index))
        operand = postfix(operand, cursor.take());
    for (auto node = prefixes.rbegin(); node != prefixes.rend(); ++node)
        operand = prefix(**node, operand);
    return operand;
}

ExprId Builder::primary(Cursor& cursor) {
    const Node& node = cursor.take();
    switch (node.kind) {
    case NodeKind::number: return number(node);
    case NodeKind::string:
        return add(StringLiteral{read_string(text(node), span(node), sink_)}, span(node));
    case NodeKind::character:
        return add(CharLiteral{read_character(text(node), span(node), sink_)}, span(node));
    case NodeKind::address:
        return add(IpLiteral{read_address(text(node), span(node), sink_)}, span(node));
    case NodeKind::register_name: return add(RegisterExpr{name(*(&node + 1))}, span(node));
    case NodeKind::symbol_address: return add(SymbolExpr{name(*(&node + 1))}, span(node));
    case NodeKind::parenthesis: return parenthesis(node);
    default: break;
    }
    const Node* call = cursor.take_if(NodeKind::arguments);
    if (call == nullptr) return add(NameExpr{name(node)}, span(node));
    std::vector<ExprId> values = arguments(*call);
    const Span whole{file_.source, node.begin, call->end};
    unsigned deepest = 0;
    ExprId deepest_value;
    for (const ExprId value : values)
        if (depths_[value.value] > deepest) {
            deepest = depths_[value.value];
            deepest_value = value;
        }
    CallExpr expr{name(node), std::move(values)};
    return deepest == 0 ? add(std::move(expr), whole) : add(std::move(expr), whole, deepest_value);
}

ExprId Builder::parenthesis(const Node& node) {
    Cursor cursor(node);
    const ExprId inside = expression(cursor);
    file_.exprs[inside].span = span(node);
    return inside;
}

ExprId Builder::postfix(ExprId base, const Node& node) {
    const Span whole{file_.source, span_of(base).begin, node.end};
    Cursor cursor(node);
    if (node.kind != NodeKind::index)
        return add(MemberExpr{base, name(cursor.take()), node.kind == NodeKind::arrow}, whole,
                   base);
    const ExprId position = expression(cursor);
    return add(IndexExpr{base, position}, whole, base, position);
}

ExprId Builder::prefix(const Node& node, ExprId operand) {
    const Span whole{file_.source, node.begin, span_of(operand).end};
    if (node.kind == NodeKind::cast) return add(CastExpr{c_type(node), operand}, whole, operand);
    return add(UnaryExpr{unary_operator(text_[node.begin]), operand}, whole, operand);
}

ExprId Builder::number(const Node& node) {
    return std::visit([&](auto literal) { return add(literal, span(node)); },
                      read_number(text(node), span(node), sink_));
}

CType Builder::c_type(const Node& cast) {
    Cursor cursor(cast);
    CType type;
    type.span = span(cast);
    if (const Node* tag = cursor.take_if(NodeKind::tag)) type.tag = text(*tag);
    type.name = name(cursor.take());
    while (cursor.take_if(NodeKind::star_sign) != nullptr)
        ++type.pointers;
    return type;
}

std::vector<ExprId> Builder::arguments(const Node& node) {
    std::vector<ExprId> values;
    for (Cursor cursor(node); !cursor.done();)
        values.push_back(expression(cursor));
    return values;
}

} // namespace kps::syntax
