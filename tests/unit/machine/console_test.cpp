#include "runtime/machine/console.hpp"

#include <gmock/gmock.h>

namespace kps::machine {
namespace {

constexpr std::string_view dying = "[    0.9] booting\r\n"
                                   "[    1.038298] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\r\n"
                                   "[    1.04][  T18] BUG: kernel NULL pointer dereference\r\n"
                                   "a line about BUG: not one\n"
                                   "WARNING: CPU: 0 PID: 1 at x.c:1\n"
                                   "[    1.05] Kernel panic - not syncing: Fatal exception\r\n"
                                   "[    1.06] Kernel panic - not syncing: a second\r\n"
                                   "unfinished";

TEST(ConsoleTest, FindsTroubleInChunksOfAnySize) {
    for (std::size_t size = 1; size <= dying.size(); ++size) {
        Console console;
        for (std::size_t at = 0; at < dying.size(); at += size)
            console.append(dying.substr(at, size));
        EXPECT_EQ(console.panic(), "Kernel panic - not syncing: Fatal exception") << size;
        EXPECT_THAT(console.splats(),
                    testing::ElementsAre("Oops: int3: 0000 [#1] PREEMPT SMP NOPTI",
                                         "BUG: kernel NULL pointer dereference",
                                         "WARNING: CPU: 0 PID: 1 at x.c:1"));
        EXPECT_TRUE(console.text().ends_with("a second\nunfinished")) << size;
    }
}

TEST(ConsoleTest, IsQuietWhenAllIsWell) {
    Console console;
    console.append("[    0.0] Linux version 6.1\n[    0.1] BUGS are checked\n");
    EXPECT_EQ(console.panic(), "");
    EXPECT_TRUE(console.splats().empty());
}

TEST(ConsoleTest, KeepsTheLastMiB) {
    const std::string filler(200, '.');
    Console console;
    for (int i = 0; i < 20000; ++i)
        console.append("line " + std::to_string(i) + filler + "\n");
    const std::string text = console.text();
    EXPECT_LE(text.size(), Console::kept);
    EXPECT_GE(text.size(), Console::kept - 256);
    EXPECT_TRUE(text.starts_with("line "));
    EXPECT_TRUE(text.ends_with("line 19999" + filler + "\n"));
}

TEST(ConsoleTest, EndlessLinesAndSplatsAreBounded) {
    Console console;
    console.append(std::string(3 * Console::kept, 'x'));
    EXPECT_EQ(console.text().size(), Console::kept);
    for (int i = 0; i < 1000; ++i)
        console.append("\nBUG: again");
    EXPECT_EQ(console.splats().size(), Console::most_splats);
}

} // namespace
} // namespace kps::machine
