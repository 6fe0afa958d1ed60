#include "runtime/machine/emulator.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <unistd.h>

namespace kps::machine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Wake = Emulator::Wake;

/// Scripts in QEMU's place: descriptor 3 is the initramfs, 4 the link, 5 the console.
class EmulatorTest : public testing::Test {
protected:
    EmulatorTest() {
        std::string pattern = testing::TempDir() + "kpsXXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~EmulatorTest() override { std::filesystem::remove_all(directory_); }

    Emulator start(const std::string& script) {
        const auto program = directory_ / "qemu";
        std::ofstream(program) << "#!/bin/sh\n" << script << '\n';
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        return Emulator::start({program, 7, 2}, {.kernel = "/k"},
                               std::as_bytes(std::span("initramfs", 9)))
            .value();
    }
    static Wake wait_for_end(Emulator& emulator, milliseconds limit = seconds(20)) {
        const auto deadline = Emulator::Clock::now() + limit;
        Wake wake = Wake::activity;
        while (wake == Wake::activity)
            wake = emulator.wait(deadline, -1);
        return wake;
    }

    std::filesystem::path directory_;
};

/// A message as `printf` writes it.
std::string printf_text(const collect::Message& message) {
    std::vector<std::byte> bytes;
    collect::encode(message, bytes);
    std::string text;
    for (const std::byte byte : bytes)
        text += fmt::format("\\{:03o}", static_cast<unsigned>(byte));
    return text;
}

TEST_F(EmulatorTest, TellsAllThatCameBeforeTheEnd) {
    collect::Hello hello;
    hello.release = "6.1.0-test";
    Emulator emulator =
        start(fmt::format("printf '{}' >&4; cat /proc/self/fd/3 >&5; echo ' read' >&5; echo oh >&2",
                          printf_text({0, hello})));
    std::string seen;
    emulator.on_console = [&](std::string_view text) { seen += text; };
    EXPECT_EQ(wait_for_end(emulator), Wake::ended);
    EXPECT_EQ(emulator.console().text(), "initramfs read\n");
    EXPECT_EQ(seen, "initramfs read\n");
    EXPECT_EQ(emulator.complaints(), "oh\n");
    const auto message = emulator.next_message();
    ASSERT_TRUE(message && *message);
    EXPECT_EQ(std::get<collect::Hello>((*message)->body).release, "6.1.0-test");
    const auto none = emulator.next_message();
    EXPECT_TRUE(none && !*none);
}

TEST_F(EmulatorTest, SendsRequests) {
    Emulator emulator = start("head -c 4 <&4 >&5");
    collect::Job large;
    large.setup.emplace_back(std::size_t{4} << 20, 'x');
    emulator.send(large);
    EXPECT_EQ(wait_for_end(emulator), Wake::ended);
    EXPECT_EQ(emulator.console().text(), "KPSq");
}

TEST_F(EmulatorTest, DamageOfTheLinkIsTold) {
    Emulator emulator = start("echo this is not the protocol at all >&4");
    EXPECT_EQ(wait_for_end(emulator), Wake::ended);
    EXPECT_FALSE(emulator.next_message());
}

TEST_F(EmulatorTest, DeadlineHoldsForSilentAndForNoisyGuests) {
    for (const char* const script : {"exec sleep 100", "exec yes >&5", "exec yes >&2"}) {
        Emulator emulator = start(script);
        EXPECT_EQ(wait_for_end(emulator, milliseconds(300)), Wake::time) << script;
        EXPECT_LE(emulator.complaints().size(), 16384U);
    }
}

TEST_F(EmulatorTest, CanBeCancelled) {
    Emulator emulator = start("exec sleep 100");
    const auto cancel = socket_pair();
    ASSERT_EQ(::write(cancel->second.get(), "x", 1), 1);
    EXPECT_EQ(emulator.wait(Emulator::Clock::now() + seconds(20), cancel->first.get()),
              Wake::cancelled);
}

} // namespace
} // namespace kps::machine
