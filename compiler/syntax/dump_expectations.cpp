#include "compiler/syntax/dump_parts.hpp"

#include <fmt/core.h>

namespace kps::syntax {

namespace {

struct ExpectationDumper {
    const File& file;

    std::string sub(const Stream& stream) const { return dump(file, stream); }
    std::string bound(const Comparison& comparison) const {
        if (!comparison.high)
            return fmt::format(" {} {}", spelling(comparison.op), dump(file, comparison.value));
        return fmt::format(" (in {} {})", dump(file, comparison.value),
                           dump(file, *comparison.high));
    }

    std::string operator()(const ExpectExists& e) const {
        return fmt::format("{} {}{}{}", e.some ? "some" : "no", sub(e.stream),
                           e.during ? fmt::format(" (during {})", sub(*e.during)) : "",
                           dump_key(e.by));
    }
    std::string operator()(const ExpectCount& e) const {
        return fmt::format("count {}{}{}", sub(e.stream), bound(e.comparison), dump_key(e.by));
    }
    std::string operator()(const ExpectEvery& e) const {
        return fmt::format("every{} {} {}", e.if_any ? "-if-any" : "", sub(e.stream),
                           dump(file, e.condition));
    }
    std::string operator()(const ExpectThen& e) const {
        std::string text = "then";
        for (const Stream& step : e.steps)
            text += " " + sub(step);
        return text + dump_key(e.by) + dump_optional(file, "within", e.within);
    }
    std::string operator()(const ExpectOnlyAfter& e) const {
        return fmt::format("only-after {} {}{}{}", sub(e.stream), sub(e.earlier), dump_key(e.by),
                           dump_optional(file, "within", e.within));
    }
    std::string operator()(const ExpectPaired& e) const {
        return fmt::format("paired {} {}{}", sub(e.opener), sub(e.closer), dump_key(e.by));
    }
    std::string operator()(const ExpectNoOverlap& e) const {
        return fmt::format("no-overlap {}{}", sub(e.span), dump_key(e.by));
    }
    std::string operator()(const ExpectNoGap& e) const {
        return fmt::format("no-gap {} {}", sub(e.stream), dump(file, e.over));
    }
    std::string operator()(const ExpectAggregate& e) const {
        return fmt::format("{} {}{}{}", e.function.text, sub(e.stream), bound(e.comparison),
                           dump_key(e.by));
    }
    std::string operator()(const ExpectFollows& e) const {
        return fmt::format("follows {} {}", sub(e.stream), dump(e.machine));
    }
};

std::string dump(const File& file, const ScopeClause& scope) {
    constexpr std::string_view kinds[] = {"after", "before", "between", "after-until"};
    return fmt::format(" ({} {}{})", kinds[static_cast<unsigned>(scope.kind)],
                       syntax::dump(file, scope.first),
                       scope.second ? " " + syntax::dump(file, *scope.second) : "");
}

} // namespace

std::string dump(const File& file, const Expectation& expectation) {
    return fmt::format("(expect {}{}{})", std::visit(ExpectationDumper{file}, expectation.node),
                       expectation.scope ? dump(file, *expectation.scope) : "",
                       dump_optional(file, "allow-tainted", expectation.allow_tainted));
}

} // namespace kps::syntax
