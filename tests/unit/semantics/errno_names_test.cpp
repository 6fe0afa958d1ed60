#include "compiler/semantics/errno_names.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace kps::sema {
namespace {

TEST(ErrnoNames, BothWays) {
    EXPECT_EQ(errno_value("ENOENT"), ENOENT);
    EXPECT_EQ(errno_name(ENOENT), "ENOENT");
    EXPECT_EQ(errno_value("EHWPOISON"), EHWPOISON);
    EXPECT_EQ(errno_value("EWOULDBLOCK"), EAGAIN);
    EXPECT_EQ(errno_name(EAGAIN), "EAGAIN");
    EXPECT_EQ(errno_value("ERESTARTSYS"), 512);
    EXPECT_EQ(errno_name(530), "ERECALLCONFLICT");
    EXPECT_EQ(signal_value("SIGKILL"), SIGKILL);
    EXPECT_EQ(signal_name(SIGSYS), "SIGSYS");
    EXPECT_EQ(signal_value("SIGPOLL"), SIGPOLL);
}

TEST(ErrnoNames, EveryNumberTheLibraryKnowsHasThatName) {
    for (int value = 1; value <= 133; ++value) {
        const char* name = strerrorname_np(value);
        EXPECT_EQ(errno_name(value), name != nullptr ? std::string_view(name) : "") << value;
    }
    for (int value = 1; value <= 31; ++value)
        EXPECT_EQ(signal_value(std::string("SIG") + sigabbrev_np(value)), value);
}

TEST(ErrnoNames, EveryNameHasAValue) {
    for (std::string_view name : errno_and_signal_names())
        EXPECT_TRUE(errno_value(name).has_value() != signal_value(name).has_value()) << name;
}

TEST(ErrnoNames, Unknown) {
    EXPECT_EQ(errno_value("ENOSUCH"), std::nullopt);
    EXPECT_EQ(errno_name(0), "");
    EXPECT_EQ(errno_name(41), "");
    EXPECT_EQ(errno_name(-2), "");
    EXPECT_EQ(errno_name(INT64_MAX), "");
    EXPECT_EQ(signal_name(32), "");
}

} // namespace
} // namespace kps::sema
