#pragma once

#include "compiler/semantics/arithmetic.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/deviation.hpp"
#include "runtime/judge/quantiles.hpp"

#include <vector>

/// Aggregates over values of which some may not be known.
namespace kps::judge {

struct Samples {
    std::uint64_t known = 0;
    Wide low = 0; ///< of the known ones; 0 if there are none
    Wide high = 0;
    Wide sum = 0;
    bool has_squares = false; ///< they are asked for
    Squares squares;
    Quantiles quantiles;       ///< of the known ones, if they are asked for
    std::uint64_t unknown = 0; ///< at most so many more, of any value

    /// Without `quantiles`.
    void add(Wide value);
};

Wide wide(sema::Integer value);

/// What the aggregate may be, whatever the unknown values of type `type` are. A quantile q of n
/// values is by nearest rank: the ceil(q * n)-th smallest. `samples.quantiles` is
/// sorted; `samples` is, all told, not empty. A deviation: see `deviation_of`; with a value that is
/// not known nothing but the type bounds it from above.
Range measure(sema::Aggregate function, const Samples& samples, const sema::ValueType& type);

/// How many values it takes: ceil(1 / (1 - q)) for the quantile q, 2 for a deviation, else one.
std::size_t samples_needed(sema::Aggregate function);

std::string print_fraction(const Ratio& value); ///< `5.25`
/// `5.25`, `6.2 ms`; `comparison` is what it is shown beside.
std::string print_measure(const Ratio& value, const sema::Comparison& comparison,
                          const sema::ValueType& type, const hits::Names& names);
/// `6.2 ms`, or `6.2 ms to 6.3 ms`.
std::string print_measure(const Range& range, const sema::Comparison& comparison,
                          const sema::ValueType& type, const hits::Names& names);

} // namespace kps::judge
