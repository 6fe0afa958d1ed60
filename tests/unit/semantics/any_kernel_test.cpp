#include "tests/unit/semantics/resolve_fixture.hpp"

#include <gmock/gmock.h>

namespace kps::sema {
namespace {

/// `SYMBOL instead of N` for each probe, and the remarks.
std::string stand_ins(const std::string& text, Kernels kernels = Kernels::any) {
    const Resolution r(text, true, kernels);
    EXPECT_EQ(r.diagnostics(), "") << text;
    std::string found;
    const auto add = [&](const std::string& line) { found += line + "\n"; };
    for (const Probe& probe : r.spec.probes) {
        if (probe.instead_of)
            add(fmt::format("{}{}{}+{} instead of {}", probe.module,
                            probe.module.empty() ? "" : ":", probe.symbol, probe.offset,
                            probe.instead_of->value));
        for (const std::string& remark : probe.remarks)
            if (remark.contains("left out")) add(remark);
    }
    return found;
}

struct Case {
    const char* spec;
    const char* found;
};

TEST(StandIns, AreTheOtherFunctionsThatCanBeTold) {
    const Case cases[] = {
        {"probe p on entry vfs_read { count }", ""},
        {"probe p on entry vfs_read else entry vfs_write { count file }",
         "vfs_write+0 instead of 0\n"},
        {"probe p on entry vfs_raed else entry vfs_read else entry vfs_write { n : u64 = arg3 }",
         "vfs_raed+0 instead of 0\nvfs_write+0 instead of 0\n"},
        {"probe p on entry vfs_read else entry `a-mod`:gone { c : u8 = *(unsigned *)arg2 r = %ax }",
         "a_mod:gone+0 instead of 0\n"},
        {"probe p on at vfs_read+0x10 else at gone+0x20 { r = %ax }", "gone+32 instead of 0\n"},
        {"probe p on entry vfs_read else entry tcp_connect { count }",
         "the alternative `entry tcp_connect` is left out: `tcp_connect` has no parameter "
         "`count`\n"},
        {"probe p on entry vfs_read else entry seven_words { x = arg2 }",
         "the alternative `entry seven_words` is left out: its `x` has another type\n"},
        {"probe p on entry vfs_read else return vfs_write { count }",
         "the alternative `return vfs_write` is left out: `count` is there only at the entry of a "
         "function\n"},
        {"probe p on entry vfs_read else return vfs_write { comm_now = comm }",
         "vfs_write+0 instead of 0\n"},
        {"probe p on entry vfs_read else tracepoint sched:gone {}",
         "the alternative `tracepoint sched:gone` is left out: the kernel has no event "
         "`sched:gone`\n"},
        {"probe p on entry vfs_read else tracepoint sched:sched_wakeup { x : u64 = file }",
         "sched:sched_wakeup+0 instead of 0\n"},
        {"probe p on entry vfs_read else entry all of vfs_write, vfs_open {}",
         "the alternative `entry all of vfs_write, vfs_open` is left out: it is several "
         "functions\n"},
        {"probe p on entry all of vfs_write, vfs_open else entry vfs_read {}",
         "the alternative `entry vfs_read` is left out: it would stand in for several functions\n"},
        {"call p on vfs_open else gone { enter {} exit { r : errno = retval } }",
         "the alternative `gone` is left out: its `r` has another type\n"},
        {"call p on vfs_open else gone { enter { f : u64 = arg2 } exit { r : s32 = retval } }",
         "gone+0 instead of 0\ngone+0 instead of 1\n"},
        {"call p on gone else vfs_open { enter { x : u64 = arg1 } exit { r = retval } }",
         "the alternative `gone` is left out: field `r` needs a type: nothing describes `gone`\n"},
        {"probe p on entry gone else entry also_gone optional { x = arg1 }", ""},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(stand_ins(c.spec), c.found) << c.spec;
        EXPECT_EQ(stand_ins(c.spec, Kernels::given), "") << c.spec;
    }
}

TEST(StandIns, BelongToNoStreamAndNoTest) {
    const Resolution r("call p on vfs_read else vfs_write { enter { count } exit {} }\n"
                       "test \"t\" { run \"true\" expect some p expect some p.exit }",
                       true, Kernels::any);
    EXPECT_EQ(r.spec.probes.size(), 4U);
    EXPECT_EQ(r.dumped("stream p "), "calls 0 to 1");
    EXPECT_EQ(r.dumped("stream p.exit "), "hits of 1");
    EXPECT_EQ(r.dumped("  probes "), "0 1");
    EXPECT_EQ(r.dumped("probe 3 "), "p.exit return vfs_write instead of 1 (of several: vfs_write)");
}

} // namespace
} // namespace kps::sema
