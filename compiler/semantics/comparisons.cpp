#include "compiler/semantics/expressions.hpp"

#include "compiler/semantics/errno_names.hpp"
#include "compiler/semantics/spelling.hpp"

#include <algorithm>
#include <utility>

namespace kps::sema {

std::string to_string(Wide value) {
    if (value < 0) return fmt::format("{}", static_cast<std::int64_t>(value));
    return fmt::format("{}", static_cast<std::uint64_t>(value));
}

std::string range_text(std::string_view what, const Range& range) {
    if (range.low == 0 && range.high >= INT64_MAX)
        return fmt::format("`{}` is never below 0", what);
    return fmt::format("`{}` is within {}..{}", what, to_string(range.low), to_string(range.high));
}

namespace {

/// What a number stands for; only numbers of one class, or plain ones, compare.
bool is_plain(const Value& value) {
    const Display display = value.type.display;
    return display == Display::decimal || display == Display::hex ||
           display == Display::character || display == Display::boolean;
}

/// Plain numbers wide enough to count nanoseconds.
bool can_be_nanoseconds(const Value& value) {
    return value.type.size == 8 && value.type.display == Display::decimal;
}

bool enums_fit(const Value& left, const Value& right, const ResolvedSpec& spec) {
    const auto nameless = [&](const Value& value) {
        return !value.type.enumeration || spec.enums[*value.type.enumeration].name.empty();
    };
    return left.type.enumeration == right.type.enumeration || nameless(left) || nameless(right);
}

bool classes_fit(const Value& left, const Value& right, const ResolvedSpec& spec) {
    const Display a = left.type.display;
    const Display b = right.type.display;
    if (a == Display::enumerator && b == Display::enumerator) return enums_fit(left, right, spec);
    if (a == b) return true;
    if (is_plain(left) && is_plain(right)) return true;
    if (left.is_duration()) return can_be_nanoseconds(right);
    if (right.is_duration()) return can_be_nanoseconds(left);
    if (a == Display::ipv4 || b == Display::ipv4) return false;
    return is_plain(left) || is_plain(right);
}

bool is_equality(BinaryOp op) {
    return op == BinaryOp::equal || op == BinaryOp::not_equal;
}

/// The outcome of comparing one of `left` with one of `right`, if all give the same.
std::optional<bool> compare_ranges(BinaryOp op, const Range& left, const Range& right) {
    const bool all_less = left.high < right.low;
    const bool all_greater = left.low > right.high;
    const bool none_greater = left.high <= right.low;
    const bool none_less = left.low >= right.high;
    const auto decide = [](bool yes, bool no) -> std::optional<bool> {
        if (yes) return true;
        return no ? std::optional(false) : std::nullopt;
    };
    const bool apart = all_less || all_greater;
    const bool same = left.low == left.high && right.low == right.high && left.low == right.low;
    if (op == BinaryOp::less) return decide(all_less, none_less);
    if (op == BinaryOp::less_equal) return decide(none_greater, all_greater);
    if (op == BinaryOp::greater) return decide(all_greater, none_greater);
    if (op == BinaryOp::greater_equal) return decide(none_less, all_less);
    if (op == BinaryOp::equal) return decide(same, apart);
    return decide(apart, same);
}

} // namespace

bool Expressions::comparable(BinaryOp op, const Value& left, const Value& right, Span span) {
    const bool same_kind = left.kind == right.kind && left.kind != Value::Kind::array;
    if (!same_kind) {
        context_.sink.report(diag::mismatched_types, span, describe(left, context_.out),
                             describe(right, context_.out));
        return false;
    }
    if (left.is_integer()) return integers_fit(op, left, right, span);
    if (is_equality(op)) return true;
    context_.sink.report(diag::unfit_operand, span, spelling(op), describe(left, context_.out))
        .help("these are only equal (`==`) or different (`!=`)");
    return false;
}

bool Expressions::integers_fit(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (!classes_fit(left, right, context_.out)) {
        auto report =
            context_.sink.report(diag::mismatched_types, span, describe(left, context_.out),
                                 describe(right, context_.out));
        const Value& other = left.type.display == Display::ipv4 ? right : left;
        if (other.is_bare) report.help("write an address as ip\"10.0.0.1\"");
        return false;
    }
    const bool is_address = left.type.display == Display::ipv4;
    if (is_address && !is_equality(op)) {
        context_.sink.report(diag::unfit_operand, span, spelling(op), describe(left, context_.out))
            .help("addresses are only equal (`==`) or different (`!=`)");
        return false;
    }
    warn_of_bare_enumerator(left, right);
    warn_of_bare_enumerator(right, left);
    warn_of_positive_errno(left, right);
    warn_of_positive_errno(right, left);
    return true;
}

void Expressions::warn_of_bare_enumerator(const Value& field, const Value& number) {
    if (field.is_constant || !field.type.enumeration || !number.is_bare) return;
    const EnumType& enumeration = context_.out.enums[*field.type.enumeration];
    auto report = context_.sink.report(diag::bare_enumerator, number.span, enumeration.name);
    for (const EnumType::Enumerator& item : enumeration.enumerators) {
        if (Wide{item.value} != number.range.low) continue;
        report.help("here it means `" + item.name + "`").fix(number.span, item.name);
        return;
    }
}

void Expressions::warn_of_positive_errno(const Value& field, const Value& number) {
    if (field.is_constant || !number.is_constant || number.name.empty()) return;
    if (number.type.display != Display::errno_code || number.range.low <= 0) return;
    if (!field.type.is_signed && field.type.display != Display::errno_code) return;
    context_.sink.report(diag::positive_errno, number.span, number.name)
        .fix(number.span, "-" + std::string(number.name));
}

std::optional<bool> Expressions::outcome(BinaryOp op, const Value& left, const Value& right) {
    if (left.is_integer()) return compare_ranges(op, left.range, right.range);
    if (left.kind != Value::Kind::string || left.is_constant == right.is_constant)
        return std::nullopt;
    const Value& field = left.is_constant ? right : left;
    const Value& text = left.is_constant ? left : right;
    if (field.type.count == 0 || text.text.size() <= field.type.count) return std::nullopt;
    return op == BinaryOp::not_equal;
}

namespace {

std::string why(const Context& context, const Value& left, const Value& right) {
    const Value& field = left.is_constant ? right : left;
    const std::string words = context.words(field.span);
    if (field.kind == Value::Kind::string)
        return fmt::format("`{}` keeps {} characters at most", words, field.type.count);
    return range_text(words, field.range);
}

} // namespace

Value Expressions::comparison(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (!left.known() || !right.known() || !comparable(op, left, right, span)) return {};
    Value value = build_.binary(op, left, right, span);
    if (left.is_constant && right.is_constant) return value;
    value.truth = outcome(op, left, right);
    if (value.truth == false)
        context_.sink.report(diag::never_true, span, why(context_, left, right));
    if (value.truth == true && always_ != nullptr)
        always_->push_back({span, why(context_, left, right)});
    return value;
}

Value Expressions::in_range(const ExprScope& scope, const syntax::InRangeExpr& expr, Span span) {
    const Value value = lower(scope, expr.value);
    const Value low = lower(scope, expr.low, &value.type);
    const Value high = lower(scope, expr.high, &value.type);
    if (!value.known() || !low.known() || !high.known()) return {};
    const BinaryOp at_least = BinaryOp::greater_equal;
    if (!comparable(at_least, value, low, span) ||
        !comparable(BinaryOp::less_equal, value, high, span))
        return {};
    Value result = build_.binary(BinaryOp::logical_and, build_.binary(at_least, value, low, span),
                                 build_.binary(BinaryOp::less_equal, value, high, span), span);
    const std::optional<bool> above = outcome(at_least, value, low);
    const std::optional<bool> below = outcome(BinaryOp::less_equal, value, high);
    const bool empty = low.is_constant && high.is_constant && low.range.low > high.range.high;
    if (empty || above == false || below == false) {
        result.truth = false;
        context_.sink.report(diag::never_true, span,
                             empty ? "the range is empty" : why(context_, value, low));
    } else if (above == true && below == true) {
        result.truth = true;
        if (always_ != nullptr) always_->push_back({span, why(context_, value, low)});
    }
    return result;
}

} // namespace kps::sema
