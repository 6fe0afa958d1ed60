#pragma once

#include "runtime/judge/compare.hpp"

#include <cstdint>
#include <vector>

namespace kps::judge {

/// Up to so many values are kept as they are.
inline constexpr std::size_t max_exact_values = 65'536;

/// 64-bit values of which quantiles are asked. More than `max_exact_values` are only counted by
/// intervals, so that the memory they take has a limit. An interval's ends differ by less than a
/// thousandth of its value; below 2048 each value has its own.
class Quantiles {
public:
    void add(Wide value);
    /// To be called after the last value.
    void sort();
    [[nodiscard]] bool is_exact() const { return counted_ == 0; }
    /// The `rank`-th smallest (from 1, no more than there are) lies in this range; it is one value
    /// if that is known.
    [[nodiscard]] Range at(std::uint64_t rank) const;

private:
    void count(Wide value);

    std::vector<Wide> values_; ///< none once they are counted
    std::uint64_t counted_ = 0;
    std::vector<std::uint64_t> negative_; ///< by intervals of their distance from 0
    std::vector<std::uint64_t> positive_; ///< 0 too
};

} // namespace kps::judge
