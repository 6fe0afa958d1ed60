#include "tests/cluster/slurm.hpp"
#include "tests/machine/kernels.hpp"

#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace kps::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class OnACluster : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(directory_); }
    void TearDown() override { fs::remove_all(directory_); }

    /// The line that a user gives, again and again.
    [[nodiscard]] static std::string submit() {
        const std::vector<std::string> kernels = machine::test_kernels();
        return fmt::format("KPS_SHARDS=2 {0}/examples/cluster/submit $PWD/results {1} {2} "
                           "{0}/tests/machine/links.kps",
                           KPS_SOURCE_DIR, kernels.front(), kernels.back());
    }
    [[nodiscard]] std::string text(const std::string& name) const {
        std::ifstream file(directory_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    [[nodiscard]] bool exists(const std::string& name) const {
        return fs::exists(directory_ / name);
    }

    fs::path directory_ = fs::path(testing::TempDir()) / fmt::format("kps-slurm-{}", getpid());
};

TEST_F(OnACluster, ALostShardIsNamedAndRunAgainAlone) {
    if (!fs::exists("/usr/sbin/slurmctld")) GTEST_SKIP() << "slurm-wlm is not installed";
    const Slurm slurm(directory_);
    ASSERT_TRUE(slurm.is_up()) << text("slurmctld.log") << text("slurmd.log");

    const Ran submitted = slurm.run(submit());
    ASSERT_EQ(submitted.status, 0) << submitted.output;
    ASSERT_TRUE(comes_true(120, [&] { return exists("results/shards/1.log"); })) << "it has begun";
    std::istringstream ids(submitted.output);
    std::string array;
    std::string merge;
    ids >> array >> merge;
    ASSERT_EQ(slurm.run("scancel " + array + "_1").status, 0);
    ASSERT_TRUE(slurm.is_idle(600));
    EXPECT_FALSE(exists("results/shards/1.json"));
    ASSERT_TRUE(exists("results/shards/2.json")) << text("results/shards/2.log");
    EXPECT_THAT(text("results/merge.log"), HasSubstr("of 2 shards 1 is missing: 1"));
    EXPECT_THAT(slurm.run("scontrol show job " + merge).output, HasSubstr("ExitCode=3:0"));

    const auto kept = fs::last_write_time(directory_ / "results/shards/2.json");
    ASSERT_EQ(slurm.run(submit()).status, 0);
    ASSERT_TRUE(slurm.is_idle(600));
    EXPECT_THAT(text("results/merge.log"),
                AllOf(HasSubstr("4 tests: 4 same"), Not(HasSubstr("missing"))))
        << text("results/shards/1.log");
    EXPECT_EQ(fs::last_write_time(directory_ / "results/shards/2.json"), kept);
    EXPECT_TRUE(exists("results/gate.html"));
}

} // namespace
} // namespace kps::test
