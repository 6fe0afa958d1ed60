#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/tests.hpp"

/// What counts and measures are compared with.
namespace kps::sema {

namespace {

CompareOp compare_op(BinaryOp op) {
    if (op == BinaryOp::less) return CompareOp::less;
    if (op == BinaryOp::less_equal) return CompareOp::less_equal;
    if (op == BinaryOp::greater) return CompareOp::greater;
    if (op == BinaryOp::greater_equal) return CompareOp::greater_equal;
    if (op == BinaryOp::not_equal) return CompareOp::not_equal;
    return CompareOp::equal;
}

/// What holds for a value above or below another, in `in LOW..HIGH` or a plain comparison.
std::optional<bool> outcome_of(BinaryOp op, const Value& subject, const Value& low,
                               const std::optional<Value>& high) {
    if (!high) return Expressions::outcome(op, subject, low);
    if (low.range.low > high->range.high) return false;
    const auto above = Expressions::outcome(BinaryOp::greater_equal, subject, low);
    const auto below = Expressions::outcome(BinaryOp::less_equal, subject, *high);
    if (above == false || below == false) return false;
    return above == true && below == true ? std::optional(true) : std::nullopt;
}

} // namespace

std::optional<Comparison> TestResolver::comparison(const syntax::Comparison& comparison,
                                                   const FieldInfo& subject, const ExprScope& scope,
                                                   Span span) {
    const BinaryOp op = comparison.high ? BinaryOp::greater_equal : lowered(comparison.op);
    if (mentions_baseline(comparison.value) ||
        (comparison.high && mentions_baseline(*comparison.high)))
        return of_baseline(comparison, subject, scope);
    const Value low = expressions_.constant(scope, comparison.value);
    std::optional<Value> high;
    if (comparison.high) high = expressions_.constant(scope, *comparison.high);
    if (!low.known() || (high && !high->known()) || !subject.known) return std::nullopt;
    Value value = expressions_.builder().integer({}, subject.type, span);
    value.range = subject.range;
    if (!expressions_.comparable(op, value, low, comparison.span)) return std::nullopt;
    if (high && !expressions_.comparable(op, value, *high, comparison.span)) return std::nullopt;
    const std::optional<bool> outcome = outcome_of(op, value, low, high);
    if (outcome) {
        const bool empty = high && low.range.low > high->range.high;
        const std::string why =
            empty ? "the range is empty" : range_text(subject.name, subject.range);
        if (*outcome)
            context_.sink.report(diag::cannot_fail, comparison.span, why);
        else
            context_.sink.report(diag::cannot_hold, comparison.span, why);
        return std::nullopt;
    }
    for (const Value* bound : {&low, high ? &*high : &low}) {
        if (bound->range.high <= INT64_MAX) continue;
        context_.sink.report(diag::out_of_range, bound->span, "a bound", INT64_MIN, INT64_MAX,
                             to_string(bound->range.high));
        return std::nullopt;
    }
    Comparison lowered;
    lowered.op = high ? CompareOp::in : compare_op(op);
    lowered.value = static_cast<std::int64_t>(low.constant->bits);
    if (high) lowered.high = static_cast<std::int64_t>(high->constant->bits);
    lowered.display = subject.type.display;
    return lowered;
}

// ---------------------------------------------------------------- the old kernel

namespace {

bool is_baseline(const syntax::Expr& expr) {
    const auto* name = std::get_if<syntax::NameExpr>(&expr.node);
    return name != nullptr && name->name.text == "baseline";
}

} // namespace

bool TestResolver::mentions_baseline(syntax::ExprId id) const {
    const syntax::Expr& expr = syntax_.exprs[id];
    if (const auto* binary = std::get_if<syntax::BinaryExpr>(&expr.node))
        return mentions_baseline(binary->left) || mentions_baseline(binary->right);
    return is_baseline(expr);
}

std::optional<Comparison> TestResolver::of_baseline(const syntax::Comparison& comparison,
                                                    const FieldInfo& subject,
                                                    const ExprScope& scope) {
    const auto factor =
        comparison.high ? std::optional<double>() : factor_of(comparison.value, scope);
    if (!factor) {
        context_.sink
            .report(diag::unfit_baseline, comparison.span,
                    "it stands alone or with a factor above 0")
            .help("write `<= 1.2 * baseline`");
        return std::nullopt;
    }
    if (!subject.known) return std::nullopt;
    Comparison lowered;
    lowered.op = compare_op(sema::lowered(comparison.op));
    lowered.display = subject.type.display;
    lowered.of_baseline = factor;
    return lowered;
}

std::optional<double> TestResolver::factor_of(syntax::ExprId id, const ExprScope& scope) {
    const syntax::Expr& expr = syntax_.exprs[id];
    if (is_baseline(expr)) return 1;
    const auto* product = std::get_if<syntax::BinaryExpr>(&expr.node);
    if (product == nullptr || product->op != syntax::BinaryOperator::multiply) return std::nullopt;
    const bool is_last = is_baseline(syntax_.exprs[product->right]);
    if (!is_last && !is_baseline(syntax_.exprs[product->left])) return std::nullopt;
    const syntax::ExprId factor = is_last ? product->left : product->right;
    if (mentions_baseline(factor)) return std::nullopt;
    if (const auto* number = std::get_if<syntax::DecimalLiteral>(&syntax_.exprs[factor].node))
        return number->value > 0 ? std::optional(number->value) : std::nullopt;
    const Value value = expressions_.constant(scope, factor);
    if (!value.known()) return 1; // reported
    if (!value.is_integer() || value.is_duration() || value.range.low <= 0) return std::nullopt;
    return static_cast<double>(value.range.low);
}

bool TestResolver::fits_baseline(const Expectation& expectation) {
    const Comparison* comparison = comparison_of(expectation);
    if (comparison == nullptr || !comparison->of_baseline) return true;
    const bool is_keyed = std::visit(
        [](const auto& e) {
            if constexpr (requires { e.comparison; }) return !e.key.empty();
            return false;
        },
        expectation.node);
    using Kind = Scope::Kind;
    const bool has_parts = expectation.scope && (expectation.scope->kind == Kind::between ||
                                                 expectation.scope->kind == Kind::after_until);
    if (!is_keyed && !has_parts) return true;
    context_.sink.report(diag::unfit_baseline, expectation.span,
                         is_keyed ? "it is one number, and `by` measures each key"
                                  : "it is one number, and each part of a run is measured");
    return false;
}

const Comparison* comparison_of(const Expectation& expectation) {
    return std::visit(
        [](const auto& e) -> const Comparison* {
            if constexpr (requires { e.comparison; }) return &e.comparison;
            return nullptr;
        },
        expectation.node);
}

} // namespace kps::sema
