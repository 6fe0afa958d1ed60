#include "runtime/collect/control_group.hpp"

#include <gtest/gtest.h>

namespace kps::collect {
namespace {

TEST(ControlGroup, TheFirstMountOfVersionTwoCounts) {
    EXPECT_EQ(cgroup2_mount("proc /proc proc rw 0 0\n"
                            "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
                            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
                            "none /mnt cgroup2 rw 0 0\n"),
              "/sys/fs/cgroup/unified");
    EXPECT_EQ(cgroup2_mount("proc /proc proc rw 0 0\ncut short\n"), std::nullopt);
}

} // namespace
} // namespace kps::collect
