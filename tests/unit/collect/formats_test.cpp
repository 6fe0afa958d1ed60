#include "runtime/collect/cpu_reader.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/probe_group.hpp"
#include "runtime/collect/tracefs.hpp"
#include "runtime/collect/user.hpp"

#include <gmock/gmock.h>

#include <cerrno>

namespace kps::collect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Tracefs, IsFoundByItsType) {
    struct Case {
        std::string mounts;
        std::string found;
    };
    const std::vector<Case> cases = {
        {"proc /proc proc rw 0 0\n", ""},
        {"", ""},
        {"t /sys/kernel/tracing tracefs rw 0 0\n", "/sys/kernel/tracing"},
        {"d /sys/kernel/debug debugfs rw 0 0\n", "/sys/kernel/debug/tracing"},
        {"d /dbg debugfs rw 0 0\nt /my/trace tracefs rw 0 0\n", "/my/trace"},
        {"tracefs /mnt/tracefs ext4 rw 0 0\nd /with\\040blank\\134 debugfs rw 0 0\n",
         "/with blank\\/tracing"},
        {"broken\n x\n", ""},
    };
    for (const Case& test : cases)
        EXPECT_EQ(tracefs_mount_point(test.mounts), test.found) << test.mounts;
}

TEST(Tracefs, OnlyRefusalsForLackOfPrivilegeHaveAHint) {
    EXPECT_EQ(access_hint(ENOENT), "");
    EXPECT_THAT(access_hint(EPERM), HasSubstr("--kernel"));
    EXPECT_THAT(access_hint(EACCES), HasSubstr("--kernel"));
}

TEST(Files, ErrnosAreNamed) {
    EXPECT_EQ(describe_errno(ENOENT), "no such file or directory (ENOENT)");
    EXPECT_EQ(describe_errno(EIO), "input/output error (EIO)");
    EXPECT_EQ(describe_errno(99999), "error 99999");
}

TEST(Files, Split) {
    EXPECT_THAT(split("a\n\nb\n", '\n'), ElementsAre("a", "", "b"));
    EXPECT_THAT(split("a:b:", ':'), ElementsAre("a", "b"));
    EXPECT_THAT(split("", ':'), IsEmpty());
    EXPECT_THAT(words("  a\t b  "), ElementsAre("a", "b"));
    EXPECT_THAT(words(" \t"), IsEmpty());
}

// As 6.1 and 6.12 print them.
constexpr const char* events = "p:kps_1/open do_sys_openat2 name=+0(%si):ustring\n"
                               "r8:kps_1/open__ret do_sys_openat2 arg1=$retval\n"
                               "p:kprobes/open vfs_open\n"
                               "p:kps_1/multi vfs_read+0\n"
                               "p:kps_1/multi vfs_write+0\n"
                               "p:kps_11/open vfs_open\n";
constexpr const char* counters =
    "  open                                                       3               0\n"
    "  open__ret                                                  3               2\n"
    "  open                                                     900              90\n"
    "  multi                                                     10               1\n"
    "  multi                                                     20               2\n"
    "  open                                                     700              70\n";

TEST(ProbeGroup, EventsAreThoseOfTheGroupAndNoOther) {
    EXPECT_THAT(events_of_group(events, "kps_1"),
                ElementsAre("open", "open__ret", "multi", "multi"));
    EXPECT_THAT(events_of_group("nonsense\n:\n/:x\np:y\n", "kps_1"), IsEmpty());
}

TEST(ProbeGroup, ProfileIsThatOfTheGroupAlthoughItDoesNotNameIt) {
    const auto profile = parse_profile(events, counters, "kps_1");
    ASSERT_TRUE(profile);
    ASSERT_EQ(profile->size(), 3u);
    EXPECT_EQ((*profile)[0].event, "open");
    EXPECT_EQ((*profile)[0].hits, 3u);
    EXPECT_EQ((*profile)[1].missed, 2u);
    EXPECT_EQ((*profile)[2].event, "multi");
    EXPECT_EQ((*profile)[2].hits, 30u);
    EXPECT_EQ((*profile)[2].missed, 3u);
}

TEST(ProbeGroup, ProfileOfAnotherMomentIsNotBelieved) {
    const std::string without_first =
        std::string(counters).substr(std::string(counters).find('\n') + 1);
    EXPECT_FALSE(parse_profile(events, without_first, "kps_1"));
    EXPECT_FALSE(parse_profile("p:g/a f\n", "  b   1   0\n", "g"));
    EXPECT_FALSE(parse_profile("p:g/a f\n", "  a   1\n", "g"));
    EXPECT_FALSE(parse_profile("p:g/a f\n", "  a   1   -\n", "g"));
    EXPECT_TRUE(parse_profile("", "", "g"));
}

TEST(ProbeGroup, LastError) {
    const std::string first = "[  1.0] trace_kprobe: error: A\n  Command: p:g/a [x]\n   ^\n";
    const std::string second = "[ 12.0] trace_kprobe: error: B\n  Command: p:g/b y\n     ^\n";
    EXPECT_EQ(last_error(first + second), second);
    EXPECT_EQ(last_error(first), first);
    EXPECT_EQ(last_error(""), "");
}

TEST(CpuReader, StatsNeedAllTheirCounters) {
    const std::string text = "entries: 12\noverrun: 3\ncommit overrun: 4\nbytes: 99\n"
                             "oldest event ts:  2719.123456\nnow ts:  2720.5\n"
                             "dropped events: 5\nread events: 678901234567\n";
    const auto stats = parse_stats(text, 3);
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->cpu, 3u);
    EXPECT_EQ(stats->entries, 12u);
    EXPECT_EQ(stats->overrun, 3u);
    EXPECT_EQ(stats->commit_overrun, 4u);
    EXPECT_EQ(stats->dropped, 5u);
    EXPECT_EQ(stats->read, 678901234567u);
    EXPECT_FALSE(parse_stats("entries: 12\noverrun: 3\n", 0));
    EXPECT_FALSE(parse_stats("", 0));
    EXPECT_FALSE(parse_stats("entries: x\noverrun: \n:\n", 0));
}

TEST(User, IsReadFromTheFiles) {
    const std::string passwd = "root:x:0:0:root:/root:/bin/sh\n"
                               "\n"
                               "ann:x:1000:100:Ann,,,:/home/ann:/bin/bash\n"
                               "annb:x:1001:100::/home/annb:/bin/bash\n"
                               "bad:x:one:1:::\n"
                               "short:x:1\n";
    const std::string group = "users:x:100:ann\naudio:x:29:bob,ann\nvideo:x:44:annb\nempty:x:5:\n";
    const auto ann = find_user("ann", passwd, group);
    ASSERT_TRUE(ann);
    EXPECT_EQ(ann->uid, 1000u);
    EXPECT_EQ(ann->gid, 100u);
    EXPECT_EQ(ann->home, "/home/ann");
    EXPECT_THAT(ann->groups, ElementsAre(100, 29));
    for (const char* const name : {"an", "bob", "bad", "short", "", "x"})
        EXPECT_FALSE(find_user(name, passwd, group)) << name;
}

} // namespace
} // namespace kps::collect
