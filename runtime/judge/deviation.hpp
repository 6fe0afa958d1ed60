#pragma once

#include "runtime/judge/compare.hpp"

#include <cstdint>

/// The standard deviation of integers, exactly.
namespace kps::judge {

/// The sum of the squares of at most 2^64 values of 64 bits.
struct Squares {
    __extension__ using Part = unsigned __int128;

    Part low = 0; ///< of the squares' low halves
    Part high = 0;

    void add(Wide value);
};

/// The standard deviation of `count` values (the root of the mean square of the distances from
/// their mean) and `at_mean` more that lie at the mean. A root that is no multiple of a millionth
/// is given as the middle between the two next to it, so that it compares with every integer as the
/// root itself does.
Ratio deviation_of(const Squares& squares, Wide sum, std::uint64_t count, std::uint64_t at_mean);

} // namespace kps::judge
