// Gates between real kernels: a planted change of behaviour, and shards that are killed.

#include "tests/machine/kernels.hpp"
#include "tests/machine/paths.hpp"
#include "tests/shell.hpp"

#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace kps::machine {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string spec = KPS_SOURCE_DIR "/tests/machine/links.kps";

struct GateTest : testing::Test {
    fs::path directory = fs::path(testing::TempDir()) / ("kps-gate-" + std::to_string(getpid()));
    std::string old_kernel = test_kernels().front();
    std::string new_kernel = test_kernels().back();

    void SetUp() override { fs::create_directories(directory); }
    void TearDown() override { fs::remove_all(directory); }

    /// `operands` as the shell takes them.
    [[nodiscard]] static Ran gate(const std::string& operands) {
        return shell(kps + " gate --shard 1/1 " + operands);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return directory / name; }
    [[nodiscard]] nlohmann::json json(const std::string& name) const {
        std::ifstream stream(file(name));
        return nlohmann::json::parse(stream, nullptr, false);
    }
};

TEST_F(GateTest, APlantedChangeIsARegressionWithTheHitsOfBothSides) {
    const std::string changed = new_kernel + " sysctl.fs.protected_symlinks=0";
    const Ran ran = gate(fmt::format("{} '{}' {} --report text --report json={}", new_kernel,
                                     changed, spec, file("gate.json")));
    EXPECT_EQ(ran.status, 1) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("regressed     PASS → FAIL  a stranger's link"));
    const std::size_t now = ran.output.find("seen     3");
    EXPECT_NE(now, std::string::npos) << ran.output;
    EXPECT_THAT(ran.output.substr(std::min(now, ran.output.size())), HasSubstr("ret=-EACCES"))
        << "the hits of the old side follow";
    EXPECT_THAT(ran.output, HasSubstr("same          PASS → PASS  opening costs the same"));
    EXPECT_THAT(ran.output, HasSubstr("4 tests: 3 same, 1 regressed"));
    const nlohmann::json report = json("gate.json");
    EXPECT_EQ(report["outcome"]["tests"][1]["kernels"][1]["baseline"].size(), 2U);

    std::ofstream(file("waivers")) << "2999-12-31 links.kps \"a stranger's link in a sticky "
                                      "directory is not followed\" wanted\n";
    const Ran waived =
        shell(fmt::format("{} merge {} --waivers {}", kps, file("gate.json"), file("waivers")));
    EXPECT_EQ(waived.status, 0) << waived.output;
    EXPECT_THAT(waived.output, HasSubstr("waived        PASS → FAIL"));
}

TEST_F(GateTest, AKernelThatDoesNotBootIsNoPass) {
    const Ran ran = gate(fmt::format("{} '{} rdinit=/none' {} --limit 60 --test 'a file is opened'",
                                     new_kernel, new_kernel, spec));
    EXPECT_EQ(ran.status, 4) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("not run       PASS → not run  a file is opened"));
}

TEST_F(GateTest, ExamplesAndLibraryHoldFromTheOldKernelToTheNew) {
    const Ran ran =
        gate(fmt::format("{} {} {}/specs {}/examples --report text --report html={}", old_kernel,
                         new_kernel, KPS_SOURCE_DIR, KPS_SOURCE_DIR, file("gate.html")));
    EXPECT_EQ(ran.status, 0) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("9 tests: 9 same"));
    EXPECT_GT(fs::file_size(file("gate.html")), 10'000U);
}

/// One of four shards as a process group of its own.
pid_t start_shard(int index, const std::string& operands, const std::string& report) {
    const pid_t child = fork();
    setpgid(child, child); // here and there, whoever comes first
    if (child != 0) return child;
    const std::string command = fmt::format("exec {} gate --shard {}/4 {} --report json={} "
                                            ">/dev/null 2>&1",
                                            kps, index, operands, report);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
}

/// Processes of a group, without those that have ended and wait for whoever adopted them.
std::size_t processes_of(pid_t group) {
    std::size_t found = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "stat");
        std::string stat;
        if (!std::getline(file, stat)) continue;
        // behind the name in brackets: state, parent, group (proc(5))
        std::istringstream fields(stat.substr(stat.rfind(')') + 1));
        char state = 0;
        pid_t parent = 0;
        pid_t its_group = 0;
        if (fields >> state >> parent >> its_group && its_group == group && state != 'Z') ++found;
    }
    return found;
}

/// Whether a process of that group is still there after a while.
bool is_left(pid_t group) {
    for (int i = 0; i < 100; ++i) {
        if (processes_of(group) == 0) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return true;
}

TEST_F(GateTest, WithoutAKilledShardAMergeNeverPasses) {
    const std::string operands = fmt::format("{} {} {}", old_kernel, new_kernel, spec);
    std::string all;
    for (int index = 1; index <= 4; ++index) {
        const std::string report = file(fmt::format("{}.json", index));
        int status = -1;
        waitpid(start_shard(index, operands, report), &status, 0);
        ASSERT_EQ(status, 0);
        all += " " + report;
    }
    const Ran whole = shell(kps + " merge" + all);
    ASSERT_EQ(whole.status, 0) << whole.output;
    ASSERT_THAT(whole.output, HasSubstr("4 tests: 4 same"));

    std::mt19937 random(20);
    for (int round = 0; round < 20; ++round) {
        const int index = 1 + static_cast<int>(random() % 4);
        const std::string report = file(fmt::format("{}.json", index));
        fs::rename(report, file("kept"));
        const pid_t shard = start_shard(index, operands, report);
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 6000));
        if (round % 2 == 0)
            kill(shard, SIGKILL);
        else
            kill(-shard, SIGTERM); // as a cluster cancels a job
        int status = 0;
        waitpid(shard, &status, 0);
        EXPECT_FALSE(is_left(shard)) << "round " << round;
        const bool is_complete = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        std::string there;
        for (int i = 1; i <= 4; ++i) {
            if (const std::string name = file(fmt::format("{}.json", i)); fs::exists(name))
                there += " " + name;
        }
        const Ran merged = shell(kps + " merge" + there);
        EXPECT_EQ(merged.status, is_complete ? 0 : 3) << "round " << round << merged.output;
        if (!is_complete) {
            EXPECT_THAT(merged.output, HasSubstr(fmt::format("1 is missing: {}", index)));
        }
        fs::rename(file("kept"), report);
    }
}

} // namespace
} // namespace kps::machine
