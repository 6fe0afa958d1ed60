#include "compiler/semantics/exclusion.hpp"

#include "compiler/semantics/resolve.hpp"

#include <map>
#include <set>

namespace kps::sema {

namespace {

__extension__ using Wide = __int128;

/// What is known of the value of an expression.
class Values {
public:
    /// False if no value is left.
    bool restrict(BinaryOp op, Wide bound) {
        if (op == BinaryOp::less) high_ = std::min(high_, bound - 1);
        if (op == BinaryOp::less_equal || op == BinaryOp::equal) high_ = std::min(high_, bound);
        if (op == BinaryOp::greater) low_ = std::max(low_, bound + 1);
        if (op == BinaryOp::greater_equal || op == BinaryOp::equal) low_ = std::max(low_, bound);
        if (op == BinaryOp::not_equal) others_.insert(bound);
        while (low_ <= high_ && others_.contains(low_))
            ++low_;
        while (low_ <= high_ && others_.contains(high_))
            --high_;
        return low_ <= high_;
    }
    bool restrict(BinaryOp op, const std::string& text) {
        if (op == BinaryOp::not_equal) other_texts_.insert(text);
        if (op == BinaryOp::equal && text_ && *text_ != text) return false;
        if (op == BinaryOp::equal) text_ = text;
        return !text_ || !other_texts_.contains(*text_);
    }

private:
    Wide low_ = INT64_MIN;
    Wide high_ = UINT64_MAX;
    std::set<Wide> others_; ///< that it does not have
    std::optional<std::string> text_;
    std::set<std::string> other_texts_;
};

struct Claim {
    ExprId condition;
    bool holds = true;
};

/// Of `!(a OP b)`.
BinaryOp negated(BinaryOp op) {
    if (op == BinaryOp::less) return BinaryOp::greater_equal;
    if (op == BinaryOp::less_equal) return BinaryOp::greater;
    if (op == BinaryOp::greater) return BinaryOp::less_equal;
    if (op == BinaryOp::greater_equal) return BinaryOp::less;
    return op == BinaryOp::equal ? BinaryOp::not_equal : BinaryOp::equal;
}

/// `b OP a` as `a OP b`.
BinaryOp turned(BinaryOp op) {
    if (op == BinaryOp::less) return BinaryOp::greater;
    if (op == BinaryOp::less_equal) return BinaryOp::greater_equal;
    if (op == BinaryOp::greater) return BinaryOp::less;
    return op == BinaryOp::greater_equal ? BinaryOp::less_equal : op;
}

class Search {
public:
    explicit Search(const ResolvedSpec& spec) : spec_(spec) {}

    /// Whether the claims cannot all be true beside what is known.
    bool contradict(std::vector<Claim> claims, std::map<std::string, Values> known) {
        while (!claims.empty()) {
            const Claim claim = claims.back();
            claims.pop_back();
            const auto& node = spec_.exprs[claim.condition].node;
            const auto* unary = std::get_if<Unary>(&node);
            if (unary != nullptr && unary->op == UnaryOp::logical_not) {
                claims.push_back({unary->operand, !claim.holds});
                continue;
            }
            const auto* binary = std::get_if<Binary>(&node);
            const bool joins = binary != nullptr && (binary->op == BinaryOp::logical_and ||
                                                     binary->op == BinaryOp::logical_or);
            if (!joins) {
                if (!add(claim, binary, known)) return true;
                continue;
            }
            if ((binary->op == BinaryOp::logical_or) == claim.holds)
                return both_contradict({binary->left, claim.holds}, {binary->right, claim.holds},
                                       claims, known);
            claims.push_back({binary->left, claim.holds});
            claims.push_back({binary->right, claim.holds});
        }
        return false;
    }

private:
    static constexpr std::size_t most_cases = 1000; ///< beyond which nothing is proved

    bool both_contradict(Claim left, Claim right, const std::vector<Claim>& claims,
                         const std::map<std::string, Values>& known) {
        if (++cases_ > most_cases) return false;
        for (const Claim claim : {left, right}) {
            std::vector<Claim> all = claims;
            all.push_back(claim);
            if (!contradict(std::move(all), known)) return false;
        }
        return true;
    }

    /// False if the claim contradicts what is known.
    bool add(Claim claim, const Binary* comparison, std::map<std::string, Values>& known) const {
        if (comparison != nullptr && comparison->op >= BinaryOp::less &&
            comparison->op <= BinaryOp::not_equal) {
            const BinaryOp op = claim.holds ? comparison->op : negated(comparison->op);
            for (const auto& [subject, bound, asked] :
                 {std::tuple(comparison->left, comparison->right, op),
                  std::tuple(comparison->right, comparison->left, turned(op))}) {
                const auto& node = spec_.exprs[bound].node;
                Values& values = known[dump(spec_, subject)];
                if (const auto* number = std::get_if<Constant>(&node))
                    return values.restrict(asked, value_of(*number));
                if (const auto* text = std::get_if<StringConstant>(&node))
                    return values.restrict(asked, text->value);
            }
        }
        return known[dump(spec_, claim.condition)].restrict(
            claim.holds ? BinaryOp::not_equal : BinaryOp::equal, 0);
    }

    static Wide value_of(const Constant& constant) {
        return constant.is_signed ? Wide{static_cast<std::int64_t>(constant.bits)}
                                  : Wide{constant.bits};
    }

    const ResolvedSpec& spec_;
    std::size_t cases_ = 0;
};

} // namespace

bool exclude_each_other(const ResolvedSpec& spec, const std::vector<ExprId>& a,
                        const std::vector<ExprId>& b) {
    std::vector<Claim> claims;
    for (const auto* conditions : {&a, &b})
        for (const ExprId condition : *conditions)
            claims.push_back({condition});
    return Search(spec).contradict(std::move(claims), {});
}

} // namespace kps::sema
