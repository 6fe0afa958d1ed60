#pragma once

#include "compiler/semantics/arithmetic.hpp"
#include "runtime/judge/compare.hpp"

#include <vector>

/// Aggregates over values of which some may not be known.
namespace kps::judge {

struct Samples {
    std::vector<Wide> values;
    std::uint64_t unknown = 0; ///< at most so many more, of any value
};

Wide wide(sema::Integer value);

/// Orders the values as `measure` needs them.
void prepare(Samples& samples, sema::Aggregate function);

/// What the aggregate may be, whatever the unknown values of type `type` are. A quantile q of n
/// values is by nearest rank: the ceil(q * n)-th smallest. `samples` is prepared and, all told, not
/// empty.
Range measure(sema::Aggregate function, const Samples& samples, const sema::ValueType& type);

/// How many values it takes: ceil(1 / (1 - q)) for the quantile q, else one.
std::size_t samples_needed(sema::Aggregate function);

std::string_view spell(sema::Aggregate function); ///< `p99.9`

/// `5.25`, `6.2 ms`; `comparison` is what it is shown beside.
std::string print_measure(const Ratio& value, const sema::Comparison& comparison,
                          const sema::ValueType& type, const Table<sema::EnumType>& enums);

} // namespace kps::judge
