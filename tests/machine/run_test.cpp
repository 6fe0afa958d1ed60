// The whole way, as a user goes it: the program, a spec, a kernel, a verdict.

#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/machine/paths.hpp"
#include "tests/shell.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <ranges>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// Ways to observe the same: options of `kps run`.
const std::vector<std::string> ways = {"--backend tracefs", "--backend bpf",
                                       "--backend bpf --no-pushdown"};

struct RunTest : testing::TestWithParam<std::string> {
    fs::path directory = fs::path(testing::TempDir()) / ("kps-run-" + std::to_string(getpid()));

    void SetUp() override { fs::create_directories(directory); }
    void TearDown() override { fs::remove_all(directory); }

    /// Verdicts by test, from the JSON report of one run of `specs` on the kernel.
    std::map<std::string, std::string> verdicts(const std::string& specs, int expected_status,
                                                const std::string& way = "") {
        const std::string report = (directory / "report").string();
        fs::remove(report + ".json");
        const Ran ran = shell("cd " + source.string() + " && " + kps + " run --kernel " +
                              GetParam() + " " + way + " --report text --report json=" + report +
                              ".json --report junit=" + report + ".xml --report tap=" + report +
                              ".tap " + specs);
        EXPECT_EQ(ran.status, expected_status) << ran.output;
        output = ran.output;
        return verdicts_in(report + ".json");
    }

    /// The same. Where all hits cross, they are recorded, and what is judged of that without the
    /// kernel must say it again; elsewhere a recording would keep the kernel from summing up.
    std::map<std::string, std::string> verdicts_twice(const std::string& specs,
                                                      const std::string& way) {
        if (way == "--backend bpf") return verdicts(specs, 1, way);
        const std::string file = (directory / "run.kpsr").string();
        const std::string report = (directory / "judged.json").string();
        const auto of_run = verdicts(specs, 1, way + " --record " + file);
        const auto values_of_run = values;
        const Ran judged =
            shell("cd " + source.string() + " && KPS_CACHE=/nonexistent " + kps +
                  " judge --report json=" + report + " --hits " + file + " " + specs);
        EXPECT_EQ(judged.status, 1) << way << judged.output;
        EXPECT_EQ(verdicts_in(report), of_run) << way << judged.output << output;
        EXPECT_EQ(values, values_of_run) << way;
        return of_run;
    }

    std::map<std::string, std::string> verdicts_in(const std::string& report) {
        std::map<std::string, std::string> verdicts;
        std::ifstream file(report);
        if (!file) return verdicts;
        const nlohmann::json json = nlohmann::json::parse(file);
        values.clear();
        for (const auto& spec : json["specs"])
            for (const auto& test : spec["tests"]) {
                verdicts[test["name"]] = test["verdict"];
                take_values(spec["path"], test);
            }
        return verdicts;
    }

    /// What every run of the workload must give again: no times and no processes.
    void take_values(const std::string& spec, const nlohmann::json& test) {
        for (const auto& finding : test["findings"])
            values[fmt::format("{}: {}: {}", spec, test["name"].get<std::string>(),
                               finding["text"].get<std::string>())] =
                finding["verdict"].get<std::string>() + " " + finding.value("seen", "") + " " +
                finding.value("reason", "");
    }

    [[nodiscard]] std::map<std::string, std::string> values_of(const std::string& spec) const {
        std::map<std::string, std::string> chosen = values;
        std::erase_if(chosen, [&](const auto& value) { return !value.first.starts_with(spec); });
        return chosen;
    }

    std::string output;
    std::map<std::string, std::string> values; ///< by spec, test and expectation
};

TEST_P(RunTest, ExamplesHoldAndTheDeliberateFailureFails) {
    const auto found = verdicts("examples/*.kps", 1);
    EXPECT_GE(found.size(), 9U);
    for (const auto& [name, verdict] : found) {
        const char* expected = name.find("it does not") != std::string::npos     ? "FAIL"
                               : name.find("no kernel has") != std::string::npos ? "SKIP"
                                                                                 : "PASS";
        EXPECT_EQ(verdict, expected) << name << "\n" << output;
    }
    EXPECT_THAT(output, HasSubstr("expect every missing: ret == -EACCES"));
    EXPECT_THAT(output, HasSubstr("ret=-ENOENT"));
    const Ran valid =
        shell("xmllint --noout --schema " + (source / "tests/data/junit.xsd").string() + " " +
              (directory / "report.xml").string());
    EXPECT_EQ(valid.status, 0) << valid.output;
    std::ifstream tap(directory / "report.tap");
    std::string first;
    std::getline(tap, first);
    EXPECT_EQ(first, "TAP version 14");
}

/// What symbols.kps gives, by its tests and expectations.
void expect_addresses_by_name(std::map<std::string, std::string>& values) {
    using testing::ContainsRegex;
    const std::string spec = "tests/machine/specs/symbols.kps: ";
    const std::string of_kernel = spec + "FAIL: addresses of the kernel: expect ";
    EXPECT_THAT(values[of_kernel + "every zero where count == 77: ops == 0"],
                HasSubstr("FAIL zero_fops "));
    EXPECT_THAT(values[of_kernel + "every zero where count == 77: caller == 0"],
                ContainsRegex("FAIL ksys_read\\+0x[0-9a-f]+ "));
    EXPECT_THAT(values[of_kernel + "every zero where count == 77: buffer == 0"],
                ContainsRegex("FAIL 0x[0-9a-f]+ "));
    EXPECT_THAT(values[of_kernel + "count(zero where count == 77) == 0 by caller"],
                ContainsRegex(" for caller ksys_read\\+0x[0-9a-f]+"));
    EXPECT_THAT(values[spec + "FAIL: addresses of a module that is gone in the end: "
                              "expect every registered: ops == 0"],
                HasSubstr("FAIL dummy_netdev_ops [dummy] "));
}

TEST_P(RunTest, MachineSpecsGetTheVerdictsInTheirNamesAndTheSameValuesInEveryWay) {
    std::map<std::string, std::map<std::string, std::string>> summed_up; // by way
    for (const std::string& way : ways) {
        const auto found = verdicts_twice("tests/machine/specs/*.kps", way);
        EXPECT_GE(found.size(), 40U);
        for (const auto& [name, verdict] : found)
            EXPECT_EQ(verdict, name.substr(0, name.find(':'))) << name << " " << way << output;
        expect_addresses_by_name(values);
        EXPECT_THAT(output, testing::ContainsRegex(" +table  0x0\n( +0x0\n)? +null_lseek\n"));
    }
}

TEST_P(RunTest, ATestThatHasFailedEndsTheRunEarly) {
    for (const char* backend : {"tracefs", "bpf"}) {
        const auto found = verdicts("tests/machine/fails_early.kps", 1,
                                    std::string("--fail-fast --backend ") + backend);
        EXPECT_EQ(found, (std::map<std::string, std::string>{
                             {"holds", "PASS"},
                             {"fails while its workload goes on", "FAIL"},
                             {"is not run", "INCONCLUSIVE"},
                         }))
            << output;
        EXPECT_EQ(values["tests/machine/fails_early.kps: fails while its workload goes on: "
                         "expect no vfs.open where path == \"/etc/passwd\""],
                  "FAIL 1 1 hit seen")
            << output;
        EXPECT_THAT(output, HasSubstr("was ended: the test had failed for certain"));
        EXPECT_THAT(output, HasSubstr("an earlier test failed"));
    }
}

TEST_P(RunTest, ATestCanBeOfOneControlGroup) {
    const std::string specs = "tests/machine/control_group.kps";
    for (const char* way : {"--backend auto", "--backend bpf --no-pushdown"}) {
        const auto found = verdicts(specs, 4, way);
        EXPECT_EQ(found.size(), 2U);
        for (const auto& [name, verdict] : found)
            EXPECT_EQ(verdict, name.substr(0, name.find(':'))) << name << " " << way << output;
        EXPECT_THAT(output, HasSubstr("cannot open the control group `kps_nowhere`"));
        EXPECT_THAT(output, Not(HasSubstr("the kernel refused")));
        EXPECT_THAT(output, HasSubstr("mkdir /sys/fs/cgroup/kps_nowhere"));
    }
    for (const auto& [name, verdict] : verdicts(specs, 4, "--backend tracefs"))
        EXPECT_EQ(verdict, "ERROR") << name << output;
    EXPECT_THAT(output, HasSubstr("`scope cgroup` needs BPF programs"));
}

TEST_P(RunTest, WhatOnlyBpfProgramsReadIsRead) {
    const std::string specs = "tests/machine/only_bpf.kps";
    for (const char* way : {"--backend bpf", "--backend bpf --no-pushdown"}) {
        const auto found = verdicts_twice(specs, way);
        EXPECT_EQ(found.size(), 5U);
        for (const auto& [name, verdict] : found)
            EXPECT_EQ(verdict, name.substr(0, name.find(':'))) << name << " " << way << output;
        for (const char* frame : {"stack  vfs_read", "back  ksys_read+0x", "stack  __schedule+0x",
                                  "  do_syscall_64+0x"})
            EXPECT_THAT(output, HasSubstr(frame)) << way;
    }
    verdicts(specs, 2, "--backend tracefs");
    EXPECT_THAT(output, HasSubstr("kprobe events cannot read the kernel's stack"));
    EXPECT_THAT(output, HasSubstr("kprobe events cannot read what is of one CPU"));
}

TEST_P(RunTest, ExamplesGetTheSameVerdictsInEveryWay) {
    const auto expected = verdicts_twice("examples/*.kps", ways.front());
    for (const std::string& way : ways | std::views::drop(1))
        EXPECT_EQ(verdicts_twice("examples/*.kps", way), expected) << way << output;
}

TEST_P(RunTest, AnObjectThatWasCompiledForAnotherKernelReadsTheRightValues) {
    for (const std::string& other : test_kernels()) {
        const std::string object = (directory / "portable.bpf.o").string();
        const Ran compiled = shell("cd " + source.string() + " && " + kps +
                                   " compile --backend bpf --portable --kernel " + other + " -o " +
                                   object + " tests/machine/portable.kps");
        ASSERT_EQ(compiled.status, 0) << compiled.output;
        const auto found =
            verdicts("tests/machine/portable.kps", 0, "--backend bpf --object " + object);
        EXPECT_THAT(found, testing::ElementsAre(testing::Pair("portable", "PASS"))) << output;
    }
}

TEST_P(RunTest, AForeignLoaderTakesTheObject) {
    const std::string object = (directory / "spec.bpf.o").string();
    const Ran compiled =
        shell("cd " + source.string() + " && " + kps + " compile --backend bpf --kernel " +
              GetParam() + " -o " + object + " examples/02-library.kps");
    ASSERT_EQ(compiled.status, 0) << compiled.output;
    const Ran skeleton = shell("bpftool gen skeleton " + object + " name spec");
    EXPECT_EQ(skeleton.status, 0) << skeleton.output;
    EXPECT_THAT(skeleton.output, HasSubstr("struct bpf_map *hits;"));
    const std::string printed = printed_in_guest(
        GetParam(), {object + ":/spec.bpf.o"},
        "mount -t bpf bpf /sys/fs/bpf; bpftool prog loadall /spec.bpf.o /sys/fs/bpf/spec 2>&1 && "
        "ls /sys/fs/bpf/spec | wc -l");
    EXPECT_THAT(printed, testing::EndsWith("6\n")) << "three calls have six programs";
}

TEST_P(RunTest, TheEmittedScriptWorksInARootShell) {
    const fs::path script = directory / "script.sh";
    const Ran compiled =
        shell(kps + " compile " + (source / "examples/01-missing-file.kps").string() +
              " --kernel " + GetParam() + " -o " + script.string());
    ASSERT_EQ(compiled.status, 0) << compiled.output;
    const std::string printed =
        printed_in_guest(GetParam(), {script.string() + ":/script.sh"},
                         "sh /script.sh > /hits & pid=$!\n"
                         "while ! grep -q 1 /sys/kernel/tracing/instances/kps/events/kps/enable; "
                         "do sleep 0.1; done\n"
                         "cat /nonexistent\n"
                         "sleep 1; kill $pid; wait $pid\n"
                         "grep nonexistent /hits\n"
                         "echo left: $(grep -c kps /sys/kernel/tracing/kprobe_events) $(ls "
                         "/sys/kernel/tracing/instances)");
    EXPECT_THAT(printed, HasSubstr("path=\"/nonexistent\""));
    EXPECT_THAT(printed, HasSubstr("left: 0 kps_test\n"));
}

INSTANTIATE_TEST_SUITE_P(Kernels, RunTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

TEST(Run, WithoutRootSaysWhatToDo) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become nobody";
    const Ran ran = shell("cd / && setpriv --reuid 65534 --clear-groups " + kps + " run " +
                          (source / "examples/01-missing-file.kps").string());
    EXPECT_EQ(ran.status, 4) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("--kernel debian:6.12"));
}

} // namespace
} // namespace kps::machine
