#pragma once

#include "compiler/semantics/context.hpp"
#include "compiler/semantics/stream_info.hpp"

namespace kps::sema {

/// Where an expression stands.
struct ExprScope {
    std::size_t file = 0;
    const StreamInfo* stream = nullptr; ///< whose fields have names; none: constants only
    /// Whether there is a kernel to ask; if not, what it would tell is unknown rather than wrong.
    bool live = true;
};

/// A comparison that holds whatever is hit.
struct AlwaysTrue {
    Span span;
    std::string why;
};

/// Lowers conditions and constants.
class Expressions {
public:
    Expressions(Context& context, const Names& names)
        : context_(context), names_(names), build_(context.out) {}

    Value lower(const ExprScope& scope, syntax::ExprId id);

    /// A boolean. Comparisons that can never hold are reported; those that always do are put into
    /// `always`, for the caller to judge.
    Value condition(const ExprScope& scope, syntax::ExprId id, std::vector<AlwaysTrue>& always);

    /// A constant, else reported.
    Value constant(const ExprScope& scope, syntax::ExprId id);
    /// A constant integer within `range`; none if reported or unknown.
    std::optional<std::int64_t> integer(const ExprScope& scope, syntax::ExprId id,
                                        std::string_view what, std::int64_t low, std::int64_t high);
    /// Nanoseconds; a number without a unit is refused.
    std::optional<std::uint64_t> duration(const ExprScope& scope, syntax::ExprId id);

    /// A name that is no field: `const`, error, signal or enumerator (of `hint`'s enum first). None
    /// if there is none; unknown if that is reported or needs the kernel.
    std::optional<Value> named(const ExprScope& scope, const syntax::Name& name,
                               const ValueType* hint);
    /// `x.NAME` where x is an import; none if `member` is something else.
    std::optional<Value> imported(const ExprScope& scope, const syntax::MemberExpr& member);

    /// Whether two values can be compared by `op`; if not, it is reported.
    bool comparable(BinaryOp op, const Value& left, const Value& right, Span span);
    /// What a comparison of these values always gives.
    static std::optional<bool> outcome(BinaryOp op, const Value& left, const Value& right);

    Value literal(const syntax::Expr& expr);
    Value unary(UnaryOp op, const Value& operand, Span span);
    Value binary(BinaryOp op, const Value& left, const Value& right, Span span);

    ExprBuilder& builder() { return build_; }

private:
    Value lower(const ExprScope& scope, syntax::ExprId id, const ValueType* hint);
    Value name(const ExprScope& scope, const syntax::Name& name, const ValueType* hint);
    Value field(const ExprScope& scope, std::uint32_t index, Span span);
    Value swapped(const Value& port, Span span);
    Value member(const ExprScope& scope, const syntax::MemberExpr& member, Span span);
    Value of_unary(const ExprScope& scope, const syntax::UnaryExpr& unary, Span span);
    Value of_binary(const ExprScope& scope, const syntax::BinaryExpr& binary, Span span);
    Value in_range(const ExprScope& scope, const syntax::InRangeExpr& range, Span span);
    Value ternary(const ExprScope& scope, const syntax::TernaryExpr& ternary, Span span);
    Value comparison(BinaryOp op, const Value& left, const Value& right, Span span);
    Value truth(const Value& operand, Span span);
    bool waits_for_hint(const ExprScope& scope, syntax::ExprId id) const;
    bool integers_fit(BinaryOp op, const Value& left, const Value& right, Span span);
    void warn_of_bare_enumerator(const Value& left, const Value& right);
    void warn_of_positive_errno(const Value& left, const Value& right);
    void report_unknown(const ExprScope& scope, const syntax::Name& name);
    Value only_inside_fields(std::string_view what, Span span);

    Value of_constant(const Entity& entity, bool live);
    std::optional<Value> enumerator(const ExprScope& scope, const syntax::Name& name);
    Value enumerator_of(EnumId id, std::int64_t number, const syntax::Name& name);

    struct ConstantState {
        bool done = false;
        Value value;
    };
    Context& context_;
    const Names& names_;
    ExprBuilder build_;
    std::map<std::tuple<std::size_t, syntax::DeclarationId, bool>, ConstantState> constants_;
    std::vector<Entity> open_constants_; ///< being evaluated, the outermost first
    std::vector<AlwaysTrue>* always_ = nullptr;
    std::size_t depth_ = 0; ///< of `lower` in itself, through constants too
};

BinaryOp lowered(syntax::BinaryOperator op);

/// `-5`, `18446744073709551615`
std::string to_string(Wide value);
/// `` `ret` is within 0..255 ``
std::string range_text(std::string_view what, const Range& range);

} // namespace kps::sema
