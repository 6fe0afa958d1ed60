#include "runtime/collect/owner.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kps::collect {
namespace {

TEST(Owner, StandsInTheName) {
    struct Case {
        std::string name;
        std::optional<Owner> owner;
    };
    const std::vector<Case> cases = {
        {"kps_12_345_1", Owner{12, 345}},
        {"kps", std::nullopt},   // what `kps compile` prints uses it
        {"kps_1", std::nullopt}, // in a machine
        {"kps_12_345", std::nullopt},
        {"kps_12_345_", std::nullopt},
        {"kps_12_345_x", std::nullopt},
        {"kps_0_345_1", std::nullopt},
        {"kps_-4_345_1", std::nullopt},
        {"kps_12__1", std::nullopt},
        {"kps_12_345_6_1", std::nullopt},
        {"kps_12_345_n_1", std::nullopt},
        {"kps_12_345_1a", std::nullopt},
        {"kps_99999999999_345_1", std::nullopt},
        {"kprobes_12_345_1", std::nullopt},
        {"Kps_12_345_1", std::nullopt},
        {"", std::nullopt},
    };
    for (const Case& test : cases) {
        EXPECT_EQ(owner_in(test.name), test.owner) << test.name;
        if (!test.owner) continue;
        EXPECT_TRUE(test.name.starts_with(name_prefix(*test.owner) + "_")) << test.name;
    }
}

/// Groups of events take at most 63 characters.
TEST(Owner, NamesAreShortEnough) {
    const Owner longest{4194304, UINT64_MAX};
    EXPECT_LE((name_prefix(longest) + "_4294967295").size(), 63u);
}

TEST(Owner, ThisProcessRuns) {
    const auto owner = this_process();
    ASSERT_TRUE(owner) << owner.error().message;
    EXPECT_EQ(owner->pid, ::getpid());
    EXPECT_EQ(owner_in(name_prefix(*owner) + "_1"), *owner);
    EXPECT_TRUE(is_alive(*owner));
}

TEST(Owner, AnotherProcessWithTheSameNumberIsNotTheOwner) {
    auto owner = this_process().value();
    ++owner.start;
    EXPECT_FALSE(is_alive(owner));
}

TEST(Owner, AZombieHasEnded) {
    std::array<int, 2> told{};
    ASSERT_EQ(::pipe(told.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const Owner own = this_process().value();
        [[maybe_unused]] const ssize_t put = ::write(told[1], &own, sizeof own);
        ::_exit(0);
    }
    Owner owner;
    ASSERT_EQ(::read(told[0], &owner, sizeof owner), static_cast<ssize_t>(sizeof owner));
    siginfo_t news{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &news, WEXITED | WNOWAIT), 0);
    EXPECT_FALSE(is_alive(owner));
    ::waitpid(child, nullptr, 0);
    EXPECT_FALSE(is_alive(owner));
    for (const int fd : told)
        ::close(fd);
}

} // namespace
} // namespace kps::collect
