#include <kps/gtest.hpp>

KPS_REGISTER_SPECS(EXAMPLE_SPECS "/0[1-2]-*.kps", EXAMPLE_KERNEL);

// Stands for what else the project tests.
TEST(Arithmetic, Adds) {
    EXPECT_EQ(1 + 1, 2);
}
