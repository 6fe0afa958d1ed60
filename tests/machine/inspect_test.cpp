// kps on the kernel of a guest: what it says of probes, of the machine and of a run cut short.

#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace kps::machine {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

struct InspectTest : testing::TestWithParam<std::string> {
    [[nodiscard]] std::string printed(const std::string& script) const {
        return printed_in_guest(GetParam(), {KPS_IN_GUESTS}, script);
    }
};

TEST_P(InspectTest, ProbesAreListedWithTypePlaceStateAndOwner) {
    const std::string text =
        printed("cd /sys/kernel/tracing\n"
                "echo 'p:theirs/entry vfs_read' >> kprobe_events\n"
                "echo 'p:theirs/inside do_sys_openat2+0' >> kprobe_events\n"
                "echo 'r:theirs/returns vfs_read ret=$retval' >> kprobe_events\n"
                "echo 'p:theirs/later no_such_module:no_such_function' >> kprobe_events\n"
                "echo 'p:theirs/user /bin/busybox:0x1000' >> uprobe_events\n"
                "echo 'p:kps_1_1_1/dead vfs_write' >> kprobe_events\n"
                "mkdir instances/theirs instances/kps_1_1_1\n"
                "echo 1 > instances/theirs/events/theirs/entry/enable\n"
                "echo 1 > events/theirs/entry/enable\n"
                "kps probes --json; kps probes > /text; kps probes list | cmp - /text\n"
                "kps probes clean; kps probes clean; ls instances; cat dynamic_events");
    const std::size_t end = text.find("\n}\n");
    ASSERT_NE(end, std::string::npos) << text;
    const json listed = json::parse(text.substr(0, end + 2));
    std::map<std::string, json> probes;
    for (const json& probe : listed["probes"])
        probes[probe["event"]] = probe;
    EXPECT_EQ(probes["entry"]["type"], "kprobe");
    EXPECT_EQ(probes["entry"]["place"], "vfs_read");
    EXPECT_EQ(probes["entry"]["enabled_in"], json({".", "theirs"}));
    EXPECT_EQ(probes["entry"]["ftrace"], true);
    EXPECT_EQ(probes["entry"]["owner"]["kind"], "foreign");
    EXPECT_EQ(probes["returns"]["type"], "kretprobe");
    EXPECT_EQ(probes["returns"]["enabled_in"], json::array());
    EXPECT_EQ(probes["later"]["gone"], true);
    EXPECT_EQ(probes["user"]["type"], "uprobe");
    EXPECT_THAT(probes["user"]["place"].get<std::string>(), HasSubstr("/bin/busybox:0x"));
    EXPECT_EQ(probes["dead"]["owner"], json({{"kind", "kps"}, {"pid", 1}, {"process", "ended"}}));
    EXPECT_EQ(listed["instances"].size(), 3U) << text; // and the agent's own

    const std::string cleaned = text.substr(end);
    EXPECT_THAT(cleaned, HasSubstr("removed the instance kps_1_1_1 "));
    EXPECT_THAT(cleaned, HasSubstr("removed the probe kps_1_1_1/dead "));
    EXPECT_THAT(cleaned, HasSubstr("there is nothing of a run that has ended\nkps_test\ntheirs\n"));
    EXPECT_THAT(cleaned, HasSubstr("theirs/entry"));
    EXPECT_THAT(cleaned, HasSubstr("theirs/user"));
    EXPECT_THAT(cleaned, Not(HasSubstr("/dead vfs")));
}

/// Where the kernel's numbers of tasks and the processes of others are not known.
TEST_P(InspectTest, InAContainerRunsAreRefusedAndNothingIsCleaned) {
    const std::string text = printed_in_guest(
        GetParam(), {KPS_IN_GUESTS, KPS_SOURCE_DIR "/tests/machine/leaving.kps:/leaving.kps"},
        "contain='unshare -p -f -m --mount-proc'\n"
        "kps run --backend tracefs /leaving.kps > /out 2>&1 &\n"
        "until ls /sys/kernel/tracing/instances | grep '^kps_[0-9]'; do sleep 0.02; done\n"
        "$contain kps probes | grep '^instance'\n"
        "$contain kps probes clean; echo status $?\n"
        "wait; grep PASS /out\n"
        "$contain kps run /leaving.kps; echo status $?");
    EXPECT_THAT(text, HasSubstr("(unknown)\n"));
    EXPECT_THAT(text, HasSubstr("PASS  leaves processes"));
    EXPECT_THAT(text, testing::ContainsRegex("kps: this process is in a PID namespace .*\n"
                                             "hint: .*--pid=host.*\n"
                                             "status 4\n"
                                             "  PASS  .*\n"
                                             "kps: this process is in a PID namespace .*\n"
                                             "hint: .*--pid=host.*\n"
                                             "status 4\n"))
        << text;
}

TEST_P(InspectTest, ARunThatIsCutShortIsInconclusive) {
    const std::string text = printed_in_guest(
        GetParam(), {KPS_IN_GUESTS, KPS_SOURCE_DIR "/tests/machine/leaving.kps:/leaving.kps"},
        "sed 's/sleep 0.3/sleep 60/' /leaving.kps > /longer.kps\n"
        "(kps run /longer.kps --report text --report json=/report; echo status $?) > /out &\n"
        "until pgrep -f '^/bin/sleep 4712' > /dev/null; do sleep 0.02; done\n"
        "kill -TERM $(pgrep -o -f '^kps run'); wait; cat /out\n"
        "kps run /leaving.kps --report text --report json=/report | head -n 1\n"
        "grep -c PASS /report");
    EXPECT_THAT(text, testing::ContainsRegex("  INCONCLUSIVE  leaves processes .*\n"));
    EXPECT_THAT(text, HasSubstr("was ended: interrupted"));
    EXPECT_THAT(text, testing::ContainsRegex("  INCONCLUSIVE  comes after .*\n +interrupted\n"));
    EXPECT_THAT(text, HasSubstr("status 3\n"));
    // a reader of the output that goes away leaves the rest of the report alone
    EXPECT_THAT(text, testing::ContainsRegex("kps .* on .*\n[2-9]\n$")) << text;
}

TEST_P(InspectTest, DoctorSaysWhatIsMissing) {
    const std::string text = printed("kps doctor; echo status $?\n"
                                     "echo 0 > /sys/kernel/debug/kprobes/enabled\n"
                                     "kps doctor; echo status $?; kps probes; echo status $?\n"
                                     "umount -l /sys/kernel/debug; umount -l /sys/kernel/tracing\n"
                                     "kps doctor; echo status $?; kps probes; echo status $?\n"
                                     "mount -t tracefs tracefs /sys/kernel/tracing");
    const std::size_t second = text.find("status 0\n");
    ASSERT_NE(second, std::string::npos) << text;
    EXPECT_THAT(text.substr(0, second), HasSubstr("the kernel of this machine: works"));
    EXPECT_THAT(text.substr(0, second), HasSubstr("machines (--kernel): does not work"));
    EXPECT_THAT(text.substr(0, second), HasSubstr("apt-get install qemu-system-x86"));
    EXPECT_THAT(text.substr(0, second), HasSubstr("ok       tracefs          /sys/kernel/tracing"));
    const std::size_t third = text.find("status 4\n", text.find("status 4\n") + 1);
    ASSERT_NE(third, std::string::npos) << text;
    EXPECT_THAT(text.substr(second, third - second), HasSubstr("missing  kprobes enabled"));
    EXPECT_THAT(text.substr(second, third - second), HasSubstr("echo 1 > /sys/kernel/debug"));
    EXPECT_THAT(text.substr(third), HasSubstr("missing  tracefs"));
    EXPECT_THAT(text.substr(third), HasSubstr("mount -t tracefs tracefs"));
    EXPECT_THAT(text.substr(third), HasSubstr("kps: tracefs is not mounted"));
    EXPECT_THAT(text, testing::EndsWith("status 4\n"));
}

INSTANTIATE_TEST_SUITE_P(Kernels, InspectTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
