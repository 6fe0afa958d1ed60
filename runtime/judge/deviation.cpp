#include "runtime/judge/deviation.hpp"

#include <boost/multiprecision/cpp_int.hpp>

namespace kps::judge {

namespace {

using Big = boost::multiprecision::cpp_int;

constexpr std::uint64_t millionth = 1'000'000;

Big big(Squares::Part value) {
    return (Big{static_cast<std::uint64_t>(value >> 64)} << 64) + static_cast<std::uint64_t>(value);
}

} // namespace

void Squares::add(Wide value) {
    const Part distance = static_cast<Part>(value < 0 ? -value : value);
    const Part square = distance * distance;
    low += static_cast<std::uint64_t>(square);
    high += square >> 64;
}

Ratio deviation_of(const Squares& squares, Wide sum, std::uint64_t count, std::uint64_t at_mean) {
    const Big all = (big(squares.high) << 64) + big(squares.low);
    const Big total = big(static_cast<Squares::Part>(sum < 0 ? -sum : sum));
    const Big scaled = (all * count - total * total) * millionth * millionth;
    const Big divisor = Big{count} * (Big{count} + at_mean);
    const Big root = boost::multiprecision::sqrt(Big{scaled / divisor});
    const Wide whole = static_cast<Wide>(root);
    if (root * root * divisor == scaled) return {whole, millionth};
    return {2 * whole + 1, 2 * millionth};
}

} // namespace kps::judge
