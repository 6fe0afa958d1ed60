#include "runtime/hits/order.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace kps::hits {
namespace {

/// `parts` ordered parts of `size` hits, whose times occur in several; `tid` tells where one was.
std::vector<Hit> in_parts(std::uint32_t parts, std::uint32_t size) {
    std::vector<Hit> hits;
    for (std::uint32_t part = 0; part < parts; ++part)
        for (std::uint32_t i = 0; i < size; ++i) {
            Hit& hit = hits.emplace_back();
            hit.time_ns = 10 + i * (1 + part % 3);
            hit.tid = static_cast<std::uint32_t>(hits.size());
        }
    return hits;
}

TEST(Order, IsThatOfTimeAndKeepsWhatIsOfTheSameTime) {
    for (const std::uint32_t parts : {0U, 1U, 2U, 3U, 4U, 5U, 63U, 64U, 65U, 200U})
        for (const std::uint32_t size : {1U, 2U, 7U, 100U}) {
            std::vector<Hit> hits = in_parts(parts, size);
            std::vector<Hit> expected = hits;
            std::ranges::stable_sort(expected, {}, &Hit::time_ns);
            sort_by_time(hits);
            EXPECT_TRUE(std::ranges::equal(hits, expected, {}, &Hit::tid, &Hit::tid))
                << parts << " of " << size;
        }
}

} // namespace
} // namespace kps::hits
