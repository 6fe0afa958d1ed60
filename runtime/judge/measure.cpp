#include "runtime/judge/measure.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::judge {

namespace {

using sema::Aggregate;

/// More unknown values than this are as good as any number: keeps products within a `Wide`.
constexpr std::uint64_t countable = std::uint64_t{1} << 60;

/// The quantile in thousandths, 0 for what is none.
unsigned per_mille(Aggregate function) {
    switch (function) {
    case Aggregate::p50: return 500;
    case Aggregate::p90: return 900;
    case Aggregate::p99: return 990;
    case Aggregate::p99_9: return 999;
    case Aggregate::min:
    case Aggregate::max:
    case Aggregate::mean:
    case Aggregate::sum:
    case Aggregate::stddev: return 0;
    }
    std::unreachable();
}

Range total(const Samples& samples, const Range& type) {
    const Wide more{std::min(samples.unknown, countable)};
    return {{samples.sum + more * std::min(type.low.numerator, Wide{0})},
            {samples.sum + more * std::max(type.high.numerator, Wide{0})}};
}

Range mean(const Samples& samples, const Range& type) {
    if (samples.unknown > countable) return type;
    const Wide more{samples.unknown};
    const Wide count = Wide{samples.known} + more;
    return {{samples.sum + more * type.low.numerator, count},
            {samples.sum + more * type.high.numerator, count}};
}

/// The unknown values push the quantile farthest if all are there, at one end or at the other.
Range quantile(unsigned thousandths, const Samples& samples, const Range& type) {
    if (samples.unknown > countable) return type;
    const Wide known{samples.known};
    const Wide unknown{samples.unknown};
    const Wide rank = ((known + unknown) * thousandths + 999) / 1000;
    const auto at = [&](Wide place) {
        return samples.quantiles.at(static_cast<std::uint64_t>(place));
    };
    const Ratio low = rank - unknown >= 1 ? at(rank - unknown).low : type.low;
    const Ratio high = rank <= known ? at(rank).high : type.high;
    return {low, high};
}

Range deviation(const Samples& samples, const Range& type) {
    const bool open = samples.unknown > 0;
    const Ratio widest{type.high.numerator - type.low.numerator, 2};
    if (samples.known == 0 || samples.unknown > countable) return {{0}, widest};
    const Ratio low = deviation_of(samples.squares, samples.sum, samples.known, samples.unknown);
    return {low, open ? widest : low};
}

Range extreme(Aggregate function, const Samples& samples, const Range& type) {
    const bool open = samples.unknown > 0;
    if (function == Aggregate::min) return {open ? type.low : Ratio{samples.low}, {samples.low}};
    return {{samples.high}, open ? type.high : Ratio{samples.high}};
}

} // namespace

Wide wide(sema::Integer value) {
    return value.is_signed ? Wide{static_cast<std::int64_t>(value.bits)} : Wide{value.bits};
}

void Samples::add(Wide value) {
    low = known == 0 ? value : std::min(low, value);
    high = known == 0 ? value : std::max(high, value);
    sum += value;
    ++known;
    if (has_squares) squares.add(value);
}

Range measure(Aggregate function, const Samples& samples, const sema::ValueType& type) {
    const Range possible = range_of(type);
    const bool needs_values = function != Aggregate::sum && function != Aggregate::stddev;
    if (samples.known == 0 && needs_values) return possible;
    switch (function) {
    case Aggregate::min:
    case Aggregate::max: return extreme(function, samples, possible);
    case Aggregate::mean: return mean(samples, possible);
    case Aggregate::sum: return total(samples, possible);
    case Aggregate::stddev: return deviation(samples, possible);
    case Aggregate::p50:
    case Aggregate::p90:
    case Aggregate::p99:
    case Aggregate::p99_9: return quantile(per_mille(function), samples, possible);
    }
    std::unreachable();
}

std::size_t samples_needed(Aggregate function) {
    if (function == Aggregate::stddev) return 2;
    const unsigned thousandths = per_mille(function);
    return thousandths == 0 ? 1 : (1000 + 999 - thousandths) / (1000 - thousandths);
}

std::string print_fraction(const Ratio& value) {
    const double quotient =
        static_cast<double>(value.numerator) / static_cast<double>(value.denominator);
    std::string text = fmt::format("{:.3f}", quotient);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string print_measure(const Ratio& value, const sema::Comparison& comparison,
                          const sema::ValueType& type, const hits::Names& names) {
    sema::ValueType shown = type;
    if (comparison.display != sema::Display::decimal) shown.display = comparison.display;
    const Wide whole = value.numerator / value.denominator;
    const bool fits = whole >= INT64_MIN && whole <= Wide{UINT64_MAX};
    const bool exact = whole * value.denominator == value.numerator;
    if (!fits || (!exact && shown.display != sema::Display::duration)) return print_fraction(value);
    if (whole < 0) shown.is_signed = true;
    return print_beside(static_cast<std::uint64_t>(whole),
                        static_cast<std::uint64_t>(comparison.value), shown, names);
}

std::string print_measure(const Range& range, const sema::Comparison& comparison,
                          const sema::ValueType& type, const hits::Names& names) {
    const std::string low = print_measure(range.low, comparison, type, names);
    const std::string high = print_measure(range.high, comparison, type, names);
    return low == high ? low : fmt::format("{} to {}", low, high);
}

} // namespace kps::judge
