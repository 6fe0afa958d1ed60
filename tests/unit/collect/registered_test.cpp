#include "runtime/collect/registered.hpp"

#include <gmock/gmock.h>

namespace kps::collect {
namespace {

using testing::ElementsAre;

std::vector<std::string> shown(std::string_view text) {
    std::vector<std::string> lines;
    for (const RegisteredEvent& event : parse_events(text))
        lines.push_back(event.type + "|" + event.group + "|" + event.name + "|" + event.place);
    return lines;
}

TEST(Registered, EventsOfAllKinds) {
    EXPECT_THAT(
        shown("p:kprobes/a vfs_read\n"
              "p:kps_1_2_3/b ext4:ext4_file_open+16 arg1=%di s=+0($arg2):string\n"
              "r:g/c do_sys_openat2 $retval\n"
              "r100:g/d _text+2166784\n"
              "p:uprobes/e /bin/bash:0x00000000000012a0 a=%ax\n"
              "r:uprobes/f /lib/x y:0x10\n"
              "f:g/h vfs_read%return ret=$retval\n"
              "t:g/i sched_switch prev\n"
              "e:g/j syscalls.sys_enter_openat file=+0($filename):ustring\n"
              "s:synthetic/k\tu64 lat; pid_t pid;\n"
              "x:g/l m\n"),
        ElementsAre("kprobe|kprobes|a|vfs_read", "kprobe|kps_1_2_3|b|ext4:ext4_file_open+16",
                    "kretprobe|g|c|do_sys_openat2", "kretprobe|g|d|_text+2166784",
                    "uprobe|uprobes|e|/bin/bash:0x00000000000012a0", "uretprobe|uprobes|f|/lib/x",
                    "fprobe|g|h|vfs_read%return", "tracepoint|g|i|sched_switch",
                    "event probe|g|j|syscalls.sys_enter_openat", "synthetic|synthetic|k|",
                    "x|g|l|m"));
}

TEST(Registered, WhatIsNoEventIsLeftOut) {
    EXPECT_THAT(shown("\n \np\np:\np:a vfs_read\n:g/a x\n# comment\n"), ElementsAre());
}

TEST(Registered, ArmedProbes) {
    const auto armed = parse_armed("ffffffff81442060  k  do_sys_openat2+0x0    [FTRACE]\n"
                                   "ffffffff81445484  r  vfs_read+0x4    [DISABLED][FTRACE]\n"
                                   "ffffffffc0123000  k  ext4_file_open+0x10  ext4 [GONE]\n"
                                   "0000000000000000  k  vfs_write+0x7    [OPTIMIZED]\n"
                                   "ffffffffc0999000  k  0xffffffffc0999000 [GONE]\n"
                                   "nonsense\nffffffff81442060 k\nffffffff81442060 k sym\n");
    ASSERT_EQ(armed.size(), 5u);
    EXPECT_EQ(armed[0].address, 0xffffffff81442060);
    EXPECT_EQ(armed[0].symbol, "do_sys_openat2");
    EXPECT_TRUE(armed[0].ftrace);
    EXPECT_FALSE(armed[0].returns || armed[0].gone || armed[0].optimised);
    EXPECT_TRUE(armed[1].returns && armed[1].ftrace);
    EXPECT_EQ(armed[1].offset, 4u);
    EXPECT_EQ(armed[2].module, "ext4");
    EXPECT_TRUE(armed[2].gone);
    EXPECT_TRUE(armed[3].optimised);
    EXPECT_TRUE(armed[4].gone && armed[4].symbol.empty());
}

TEST(Registered, StateIsThatOfTheProbeAtThePlace) {
    KernelTexts kernel;
    kernel.text_address = 0xffffffff81000000;
    kernel.modules = {"ext4"};
    kernel.armed = parse_armed("ffffffff81442060  k  do_sys_openat2+0x0    [FTRACE]\n"
                               "ffffffff81445484  r  vfs_read+0x4    [FTRACE]\n"
                               "ffffffff81445490  k  vfs_read+0x10    [OPTIMIZED]\n"
                               "ffffffffc0123010  k  ext4_file_open+0x10  ext4 [FTRACE]\n");
    struct Case {
        std::string type, place, state;
    };
    const std::vector<Case> cases = {
        {"kprobe", "do_sys_openat2", "ftrace"},  {"kretprobe", "do_sys_openat2", ""},
        {"kretprobe", "vfs_read", "ftrace"}, // behind the ENDBR
        {"kprobe", "vfs_read+16", "optimised"},  {"kprobe", "vfs_read+17", ""},
        {"kprobe", "_text+4464736", "ftrace"}, // 0x442060
        {"kprobe", "_text+4464735", ""},         {"kprobe", "ext4:ext4_file_open+16", "ftrace"},
        {"kprobe", "ext4_file_open+16", ""}, // that would be the kernel's own
        {"kprobe", "xfs:xfs_file_open", "gone"}, {"uprobe", "/bin/sh:0x10", ""},
    };
    for (const Case& test : cases) {
        const ProbeState state = state_of({test.type, "g", "e", test.place}, kernel);
        const std::string found = std::string(state.gone ? "gone" : "") +
                                  (state.ftrace ? "ftrace" : "") +
                                  (state.optimised ? "optimised" : "");
        EXPECT_EQ(found, test.state) << test.type << " " << test.place;
    }
}

} // namespace
} // namespace kps::collect
