#include "compiler/base/nearest.hpp"

#include <gmock/gmock.h>

namespace kps {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EditDistance, CountsEdits) {
    struct Row {
        std::string_view a, b;
        std::size_t distance;
    };
    for (const Row& row : {Row{"", "", 0}, Row{"a", "", 1}, Row{"vfs_read", "vfs_read", 0},
                           Row{"vfs_raed", "vfs_read", 1}, Row{"vfs_red", "vfs_read", 1},
                           Row{"kitten", "sitting", 3}, Row{"ca", "abc", 3}}) {
        EXPECT_EQ(edit_distance(row.a, row.b, 9), row.distance) << row.a << " " << row.b;
        EXPECT_EQ(edit_distance(row.b, row.a, 9), row.distance) << row.b << " " << row.a;
    }
}

TEST(EditDistance, StopsAtItsLimit) {
    EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3U);
    EXPECT_EQ(edit_distance("abcdefgh", "zzzzzzzz", 1), 2U);
}

TEST(NearestNames, BestFirstAndNoFarOnes) {
    const std::string_view names[] = {"vfs_write", "vfs_read", "vfs_readv", "ksys_read",
                                      "vfs_read"};
    EXPECT_THAT(nearest_names("vfs_raed", names), ElementsAre("vfs_read", "vfs_readv"));
    EXPECT_THAT(nearest_names("vfs_read", names, 1), ElementsAre("vfs_readv"));
    EXPECT_THAT(nearest_names("tcp_connect", names), IsEmpty());
}

} // namespace
} // namespace kps
