#include "compiler/tracefs_backend/refusal.hpp"

#include <cerrno>
#include <gmock/gmock.h>

namespace kps::tracefs {
namespace {

constexpr const char* command = "p:kps_1/open do_sys_open path=+0($arg2):ustring flags=$arg9:u64";

struct LogCase {
    std::string entry;
    int error;
    std::string problem;
    std::optional<std::size_t> column;
};

TEST(Refusal, IsReadFromTheErrorLog) {
    const std::string logged = "[  12.345678] trace_kprobe: error: Invalid argument number\n"
                               "  Command: " +
                               std::string(command) + " \n";
    const LogCase cases[] = {
        {logged + "           " + std::string(53, ' ') + "^\n", EINVAL, "Invalid argument number",
         53},
        {logged, EINVAL, "Invalid argument number", std::nullopt},
        {"[ 1.0] trace_kprobe: error: Other's mistake\n  Command: p:x/y z\n           ^\n", ENOENT,
         "there is no such symbol or file", std::nullopt},
        {"", EILSEQ, "no instruction begins at this offset", std::nullopt},
        {"garbage", EADDRNOTAVAIL, "several symbols have this name", std::nullopt},
        {logged + "^", EINVAL, "Invalid argument number", std::nullopt},
    };
    for (const LogCase& c : cases) {
        const Refusal refusal = read_refusal(c.entry, command, c.error);
        EXPECT_EQ(refusal.problem, c.problem) << c.entry;
        EXPECT_EQ(refusal.column, c.column) << c.entry;
    }
}

TEST(Refusal, IsOfThePartOfTheSpecThatTheColumnIsFor) {
    const Span probe{{0}, 0, 4}, point{{0}, 5, 9}, path{{0}, 10, 14}, flags{{0}, 20, 25};
    Commands commands;
    commands.define = {command};
    commands.pieces = {{{0, probe}, {13, point}, {28, path}, {52, flags}}};
    EXPECT_EQ(place_of(commands, 0, std::nullopt), point);
    EXPECT_EQ(place_of(commands, 0, 5), probe);
    EXPECT_EQ(place_of(commands, 0, 16), point);
    EXPECT_EQ(place_of(commands, 0, 28), path);
    EXPECT_EQ(place_of(commands, 0, 47), path);
    EXPECT_EQ(place_of(commands, 0, 53), flags);
}

} // namespace
} // namespace kps::tracefs
