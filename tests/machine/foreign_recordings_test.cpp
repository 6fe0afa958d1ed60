// What trace-cmd, ftrace and perf record in the machine gets the verdicts that the live run gets.

#include "compiler/kernel/file_io.hpp"
#include "tests/machine/guest.hpp"
#include "tests/machine/kernels.hpp"
#include "tests/machine/paths.hpp"
#include "tests/shell.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;

const std::string workload = (source / "tests/machine/foreign.sh").string() + ":/foreign.sh";

const std::vector<std::string> recordings = {"/seven.dat",  "/plain.dat", "/six.dat",
                                             "/report.txt", "/trace.txt", "/trace_pipe.txt",
                                             "/perf.txt"};

const std::string maps = " --map kps:open_enter=open.enter --map kps:open_exit=open.exit"
                         " --map kps:write_enter=write.enter --map kps:write_exit=write.exit"
                         " --map kps:opened=opened --map kps:released=released";

struct ForeignTest : testing::TestWithParam<std::string> {
    fs::path directory = fs::path(testing::TempDir()) / ("kps-foreign-" + std::to_string(getpid()));
    std::string spec = (source / "tests/machine/foreign.kps").string();
    std::string on = " --kernel " + GetParam() + " ";

    void SetUp() override { fs::create_directories(directory); }
    void TearDown() override { fs::remove_all(directory); }

    /// Of the tests and of what they expect, with reasons and what was seen.
    std::map<std::string, std::string> verdicts(const std::string& command) {
        const std::string report = (directory / "report.json").string();
        const Ran ran = shell(command + " --report json=" + report + " " + spec);
        EXPECT_EQ(ran.status, 1) << ran.output;
        output = ran.output;
        std::map<std::string, std::string> verdicts;
        std::ifstream file(report);
        if (!file) return verdicts;
        const nlohmann::json json = nlohmann::json::parse(file);
        for (const auto& test : json["specs"][0]["tests"]) {
            const std::string name = test["name"];
            verdicts[name] = test["verdict"];
            EXPECT_EQ(verdicts[name], name.substr(0, name.find(':')));
            for (const auto& finding : test["findings"])
                take_finding(name, finding, verdicts);
        }
        fs::remove(report);
        return verdicts;
    }

    /// Of times only the verdict is the same; how commands ended recordings do not hold.
    static void take_finding(const std::string& test, const nlohmann::json& finding,
                             std::map<std::string, std::string>& verdicts) {
        const std::string text = finding["text"];
        if (!text.starts_with("expect")) return;
        std::string& verdict = verdicts[test + ": " + text];
        verdict = finding["verdict"].get<std::string>() + " " + finding.value("reason", "");
        if (text.find("duration") == std::string::npos) verdict += " " + finding.value("seen", "");
    }

    std::string output;
};

TEST_P(ForeignTest, RecordingsOfOtherToolsGetTheVerdictsOfTheLiveRun) {
    const auto live = verdicts(kps + " run --backend tracefs" + on + "--add " + workload);
    EXPECT_GE(live.size(), 30U) << output;
    const std::string probes = (directory / "probes.sh").string();
    ASSERT_EQ(shell(kps + " compile" + on + spec + " -o " + probes).status, 0);
    const auto script = kernel::read_text(source / "tests/machine/foreign_record.sh");
    ASSERT_TRUE(script);
    const Guest guest =
        run_in_guest(GetParam(), {workload, probes + ":/probes.sh"}, *script, recordings);
    EXPECT_THAT(guest.printed, testing::EndsWith("recorded\n"));
    for (const std::string& path : recordings) {
        const auto found = guest.files.find(path);
        ASSERT_NE(found, guest.files.end()) << path << "\n" << guest.printed;
        const std::string file = directory.string() + path;
        std::ofstream(file, std::ios::binary) << found->second;
        EXPECT_EQ(verdicts(kps + " judge" + on + "--hits " + file + maps), live) << path << "\n"
                                                                                 << output;
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ForeignTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
