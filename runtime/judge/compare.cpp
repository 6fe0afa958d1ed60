#include "runtime/judge/compare.hpp"

#include "compiler/semantics/spelling.hpp"
#include "runtime/hits/print.hpp"

#include <compare>
#include <fmt/core.h>
#include <utility>

namespace kps::judge {

namespace {

std::strong_ordering order(const Ratio& ratio, std::int64_t value) {
    const Wide scaled = Wide{value} * ratio.denominator;
    if (ratio.numerator < scaled) return std::strong_ordering::less;
    return ratio.numerator > scaled ? std::strong_ordering::greater : std::strong_ordering::equal;
}

Truth inverse(Truth truth) {
    if (truth == Truth::unknown) return truth;
    return truth == Truth::yes ? Truth::no : Truth::yes;
}

Truth within(const Range& range, std::int64_t low, std::int64_t high) {
    return decide(order(range.low, low) >= 0 && order(range.high, high) <= 0,
                  order(range.high, low) < 0 || order(range.low, high) > 0 || low > high);
}

} // namespace

Truth satisfies(const Range& range, const sema::Comparison& comparison) {
    if (comparison.of_baseline) return Truth::yes;
    const std::int64_t value = comparison.value;
    const auto low = order(range.low, value);
    const auto high = order(range.high, value);
    switch (comparison.op) {
    case sema::CompareOp::equal: return within(range, value, value);
    case sema::CompareOp::not_equal: return inverse(within(range, value, value));
    case sema::CompareOp::less: return decide(high < 0, low >= 0);
    case sema::CompareOp::less_equal: return decide(high <= 0, low > 0);
    case sema::CompareOp::greater: return decide(low > 0, high <= 0);
    case sema::CompareOp::greater_equal: return decide(low >= 0, high < 0);
    case sema::CompareOp::in: return within(range, value, comparison.high);
    }
    std::unreachable();
}

Measured measured_of(const Range& range) {
    const auto quotient = [](const Ratio& ratio) {
        return static_cast<double>(ratio.numerator) / static_cast<double>(ratio.denominator);
    };
    return {quotient(range.low), quotient(range.high)};
}

Range range_of(const sema::ValueType& type) {
    const unsigned width = type.size * 8U;
    const Wide half = Wide{1} << (width - 1);
    if (type.is_signed) return {{-half}, {half - 1}};
    return {{0}, {2 * half - 1}};
}

std::string print_bound(std::uint64_t bits, const sema::ValueType& type, const hits::Names& names) {
    return type.display == sema::Display::duration ? hits::print_duration(bits, true)
                                                   : hits::print_integer(bits, type, names);
}

std::string print_beside(std::uint64_t bits, std::uint64_t bound, const sema::ValueType& type,
                         const hits::Names& names) {
    std::string text = hits::print_integer(bits, type, names);
    const bool alike = bits != bound && text == print_bound(bound, type, names);
    return alike ? print_bound(bits, type, names) : text;
}

std::string print(const sema::Comparison& comparison, const sema::ValueType& type,
                  const hits::Names& names) {
    if (comparison.of_baseline == 1.0)
        return fmt::format("{} baseline", sema::spelling(comparison.op));
    if (comparison.of_baseline)
        return fmt::format("{} {} * baseline", sema::spelling(comparison.op),
                           *comparison.of_baseline);
    sema::ValueType shown = type;
    if (comparison.display != sema::Display::decimal) shown.display = comparison.display;
    const auto bound = [&](std::int64_t value) {
        if (value < 0) shown.is_signed = true; // below anything that the type has
        return print_bound(static_cast<std::uint64_t>(value), shown, names);
    };
    if (comparison.op == sema::CompareOp::in)
        return fmt::format("in {}..{}", bound(comparison.value), bound(comparison.high));
    return fmt::format("{} {}", sema::spelling(comparison.op), bound(comparison.value));
}

} // namespace kps::judge
