#pragma once

#include "compiler/semantics/resolved.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/truth.hpp"
#include "runtime/judge/verdict.hpp"

#include <string>

namespace kps::judge {

/// Holds the sum of any number of 64-bit values that fits in memory.
__extension__ using Wide = __int128;

struct Ratio {
    Wide numerator = 0;
    Wide denominator = 1; ///< positive
};

/// What a measure may be, both ends included.
struct Range {
    Ratio low;
    Ratio high;
};

/// `yes` if the comparison holds for the whole range, `no` if for nothing in it. One with a
/// baseline is not judged here: `yes`.
Truth satisfies(const Range& range, const sema::Comparison& comparison);

Measured measured_of(const Range& range);

/// The least and the greatest value of an integer type.
Range range_of(const sema::ValueType& type);

/// `< 5 ms`, `in 1..3`. `type`: of what is compared.
std::string print(const sema::Comparison& comparison, const sema::ValueType& type,
                  const hits::Names& names);

/// A value that is shown beside a bound: with as many digits as it takes to tell them apart.
std::string print_beside(std::uint64_t bits, std::uint64_t bound, const sema::ValueType& type,
                         const hits::Names& names);
/// A bound: exact.
std::string print_bound(std::uint64_t bits, const sema::ValueType& type, const hits::Names& names);

} // namespace kps::judge
