#include "runtime/machine/process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::machine {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(CaptureTest, TellsOutputAndStatus) {
    const auto result = capture({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->output, "out\nerr\n");
    EXPECT_EQ(result->exit_status, 3);
    EXPECT_EQ(capture({"/bin/sh", "-c", "kill -9 $$"})->exit_status, 128 + 9);
}

TEST(CaptureTest, EndsWhatTakesTooLong) {
    const auto before = std::chrono::steady_clock::now();
    const auto result = capture({"/bin/sleep", "100"}, milliseconds(50));
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("/bin/sleep did not end within 50 ms"));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(50));
}

TEST(CaptureTest, SaysWhyNothingRan) {
    const auto result = capture({"/no/such/program"});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_status, 127);
    EXPECT_EQ(result->output, "No such file or directory");
}

TEST(CaptureTest, HidesWhatChangesLoading) {
    ::setenv("LD_BIND_NOW", "1", 1);
    const auto result = capture({"/bin/sh", "-c", "echo ${LD_BIND_NOW-none} $LC_ALL"});
    ::unsetenv("LD_BIND_NOW");
    EXPECT_EQ(result->output, "none C\n");
}

TEST(ChildTest, HasOnlyTheDescriptorsItIsGiven) {
    const auto file = memory_file(std::as_bytes(std::span("text", 4)));
    ASSERT_TRUE(file);
    const auto other = memory_file({});
    auto pipe = socket_pair();
    const int keep[] = {file->get(), pipe->second.get()};
    const std::string script = "cat /proc/self/fd/3; echo; "
                               "for i in 3 4 5 6 7 8 9 10 11 12 13 14 15; do "
                               "if [ -e /proc/$$/fd/$i ]; then echo $i; fi; done";
    auto child = Child::start({{"/bin/sh", "-c", script}, keep, pipe->second.get()});
    ASSERT_TRUE(child);
    EXPECT_TRUE(child->wait(std::chrono::seconds(10)));
    pipe->second.reset();
    std::string text;
    for (char c = 0; ::read(pipe->first.get(), &c, 1) == 1;)
        text += c;
    EXPECT_EQ(text, "text\n3\n4\n");
}

TEST(ChildTest, IsKilledWithItsOwner) {
    auto pipe = socket_pair();
    {
        const auto child = Child::start({{"/bin/sleep", "100"}, {}, pipe->second.get()});
        ASSERT_TRUE(child);
        pipe->second.reset();
    }
    char byte = 0;
    EXPECT_EQ(::read(pipe->first.get(), &byte, 1), 0); // nobody holds the other end
}

TEST(ChildTest, IsKilledWhenItsStarterIs) {
    auto pipe = socket_pair();
    const pid_t starter = ::fork();
    ASSERT_GE(starter, 0);
    if (starter == 0) {
        const auto child = Child::start({{"/bin/sleep", "100"}, {}, pipe->second.get()});
        ::kill(::getpid(), SIGKILL);
    }
    pipe->second.reset();
    ::waitpid(starter, nullptr, 0);
    char byte = 0;
    EXPECT_EQ(::read(pipe->first.get(), &byte, 1), 0);
}

TEST(ChildTest, IsWaitedForUpToALimit) {
    auto child = Child::start({{"/bin/sleep", "100"}, {}});
    ASSERT_TRUE(child);
    EXPECT_FALSE(child->wait(milliseconds(10)));
    child->kill();
    child->kill();
}

TEST(FindProgramTest, WantsAnExecutableFile) {
    EXPECT_EQ(find_program("sh", "/nowhere:/bin:/usr/bin"), "/bin/sh");
    EXPECT_EQ(find_program("sh", "/nowhere"), std::nullopt);
    EXPECT_EQ(find_program("passwd", "/etc"), std::nullopt);
    EXPECT_EQ(find_program("bin", "/"), std::nullopt);
    EXPECT_EQ(find_program("../bin/sh", "/bin"), std::nullopt);
    EXPECT_EQ(find_program("", "/bin"), std::nullopt);
}

} // namespace
} // namespace kps::machine
