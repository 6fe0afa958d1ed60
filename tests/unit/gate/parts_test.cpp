#include "runtime/gate/rank_sum.hpp"
#include "runtime/gate/shards.hpp"
#include "runtime/gate/waivers.hpp"
#include "runtime/gate/workers.hpp"

#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <unistd.h>

namespace kps::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ---------------------------------------------------------------- waivers

TEST(WaiversTest, AreReadALineEach) {
    const auto waivers = read_waivers("# until  spec  test  reason\n\n"
                                      "2027-01-31 a.kps \"say \\\"hi\\\"\"  slower disks, #12 \r\n"
                                      "  2028-02-29\tspecs/b.kps \"two\" known",
                                      "w");
    ASSERT_TRUE(waivers.has_value()) << waivers.error().message;
    ASSERT_EQ(waivers->size(), 2U);
    EXPECT_EQ((*waivers)[0].subject, "say \"hi\"");
    EXPECT_EQ((*waivers)[0].reason, "slower disks, #12");
    EXPECT_EQ((*waivers)[0].line, 3U);
    EXPECT_EQ((*waivers)[1].until, "2028-02-29");
    EXPECT_EQ((*waivers)[1].spec, "specs/b.kps");
}

TEST(WaiversTest, SayWhatIsWrong) {
    const std::pair<const char*, const char*> table[] = {
        {"soon a.kps \"one\" why", "w:1: `soon` is no day"},
        {"2027-02-30 a.kps \"one\" why", "`2027-02-30` is no day"},
        {"2027-1-31 a.kps \"one\" why", "is no day"},
        {"2027-01-31 a.kps one why", "the test, in quotes, is missing"},
        {"2027-01-31 a.kps \"one", "the test, in quotes, is missing"},
        {"2027-01-31 a.kps \"one\"", "the reason is missing"},
        {"2027-01-31", "the test, in quotes, is missing"},
    };
    for (const auto& [text, message] : table) {
        const auto waivers = read_waivers(text, "w");
        ASSERT_FALSE(waivers.has_value()) << text;
        EXPECT_THAT(waivers.error().message, HasSubstr(message));
        EXPECT_THAT(waivers.error().hint, HasSubstr("UNTIL SPEC"));
    }
}

TEST(WaiversTest, ApplyToTheEndOfAPath) {
    const Waiver waiver{"2027-01-31", "net/a.kps", "one", "why", "w", 1};
    EXPECT_TRUE(applies(waiver, "net/a.kps", "one"));
    EXPECT_TRUE(applies(waiver, "/ci/specs/net/a.kps", "one"));
    EXPECT_FALSE(applies(waiver, "specs/subnet/a.kps", "one"));
    EXPECT_FALSE(applies(waiver, "a.kps", "one"));
    EXPECT_FALSE(applies(waiver, "net/a.kps", "two"));
}

// ---------------------------------------------------------------- shards

TEST(ShardsTest, AreReadFromTheCommandLine) {
    EXPECT_EQ(*read_shard("2/4"), (Shard{2, 4}));
    EXPECT_EQ(*read_shard("1/1"), (Shard{1, 1}));
    for (const char* text : {"", "2", "0/4", "5/4", "2/0", "/4", "2/", "a/4", "-1/4", "2/4/6"})
        EXPECT_FALSE(read_shard(text).has_value()) << text;
}

TEST(ShardsTest, AreReadFromTheEnvironment) {
    using Variables = std::map<std::string, std::string>;
    const std::pair<Variables, Shard> table[] = {
        {{}, {1, 1}},
        {{{"GTEST_SHARD_INDEX", "0"}, {"GTEST_TOTAL_SHARDS", "3"}}, {1, 3}},
        {{{"TEST_SHARD_INDEX", "2"}, {"TEST_TOTAL_SHARDS", "3"}}, {3, 3}},
        {{{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}}, {2, 3}},
        {{{"CIRCLE_NODE_INDEX", "2"}, {"CIRCLE_NODE_TOTAL", "3"}}, {3, 3}},
        {{{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "2"}}, {1, 2}},
        {{{"JOB_COMPLETION_INDEX", "1"}, {"KPS_SHARDS", "2"}}, {2, 2}},
        {{{"JOB_COMPLETION_INDEX", "1"}}, {1, 1}},
        {{{"SLURM_ARRAY_TASK_ID", "4"},
          {"SLURM_ARRAY_TASK_MIN", "1"},
          {"SLURM_ARRAY_TASK_COUNT", "4"}},
         {4, 4}},
        {{{"SLURM_ARRAY_TASK_ID", "0"},
          {"SLURM_ARRAY_TASK_MIN", "0"},
          {"SLURM_ARRAY_TASK_COUNT", "4"}},
         {1, 4}},
    };
    for (const auto& [variables, shard] : table) {
        const auto found = shard_of([&](const char* name) {
            const auto at = variables.find(name);
            return at == variables.end() ? nullptr : at->second.c_str();
        });
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(*found, shard) << (variables.empty() ? "" : variables.begin()->first);
    }
}

TEST(ShardsTest, AnEnvironmentThatNamesNoneIsAnError) {
    for (const char* index : {"3", "x", ""}) {
        const auto found = shard_of([&](const char* name) -> const char* {
            if (name == std::string("GTEST_SHARD_INDEX")) return index;
            return name == std::string("GTEST_TOTAL_SHARDS") ? "3" : nullptr;
        });
        EXPECT_FALSE(found.has_value()) << index;
    }
}

// ---------------------------------------------------------------- rank sums

/// The same by trying every way to deal the values out.
double plain_p(std::vector<double> greater, const std::vector<double>& less) {
    const auto wins = [](const std::vector<double>& a, const std::vector<double>& b) {
        double sum = 0;
        for (const double x : a)
            for (const double y : b)
                sum += x > y ? 1 : x == y ? 0.5 : 0;
        return sum;
    };
    const double observed = wins(greater, less);
    std::vector<double> all = greater;
    all.insert(all.end(), less.begin(), less.end());
    std::vector<bool> chosen(all.size());
    std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(greater.size()), true);
    double ways = 0;
    double as_high = 0;
    do {
        std::vector<double> a, b;
        for (std::size_t i = 0; i < all.size(); ++i)
            (chosen[i] ? a : b).push_back(all[i]);
        ways += 1;
        if (wins(a, b) >= observed) as_high += 1;
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
    return as_high / ways;
}

TEST(RankSumTest, KnowsWhatBooksSay) {
    const std::vector<double> low = {1, 2, 3, 4}, high = {5, 6, 7, 8};
    EXPECT_DOUBLE_EQ(rank_sum_p(high, low), 1.0 / 70);
    EXPECT_DOUBLE_EQ(rank_sum_p(low, high), 1.0);
    EXPECT_DOUBLE_EQ(rank_sum_p(low, low), plain_p(low, low));
    EXPECT_DOUBLE_EQ(rank_sum_p({}, low), 1.0);
}

TEST(RankSumTest, AgreesWithTryingEveryWay) {
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        std::vector<double> a(1 + random() % 5), b(1 + random() % 5);
        for (std::vector<double>* sample : {&a, &b})
            for (double& value : *sample)
                value = static_cast<double>(random() % 6);
        EXPECT_NEAR(rank_sum_p(a, b), plain_p(a, b), 1e-12);
    }
}

// ---------------------------------------------------------------- workers

const auto nothing_shown = [](std::size_t, std::string_view) {};

TEST(WorkersTest, GiveTheirResultsInOrder) {
    std::vector<Task> tasks;
    for (int i = 0; i < 7; ++i)
        tasks.push_back({"task", [i](const auto&) {
                             return std::string(static_cast<std::size_t>(i) * 100'000, 'x');
                         }});
    for (const std::size_t jobs : {0U, 1U, 3U, 20U}) {
        const auto results = run_tasks(tasks, jobs, -1, nothing_shown);
        ASSERT_EQ(results.size(), 7U);
        for (std::size_t i = 0; i < results.size(); ++i)
            EXPECT_EQ(results[i]->size(), i * 100'000);
    }
}

TEST(WorkersTest, TellWhatTheyAreAt) {
    std::vector<std::string> told;
    run_tasks({{"a",
                [](const auto& tell) {
                    tell("booting");
                    tell("running");
                    return std::string();
                }}},
              1, -1, [&](std::size_t, std::string_view what) { told.emplace_back(what); });
    EXPECT_THAT(told, ElementsAre("booting", "running"));
}

TEST(WorkersTest, ADeathIsAnErrorThatNamesTheTask) {
    const auto results = run_tasks({{"debian:6.1",
                                     [](const auto&) -> std::string {
                                         raise(SIGKILL);
                                         return "";
                                     }},
                                    {"debian:6.12", [](const auto&) -> std::string { _exit(7); }},
                                    {"fine", [](const auto&) { return std::string("ok"); }}},
                                   2, -1, nothing_shown);
    EXPECT_THAT(results[0].error().message, HasSubstr("debian:6.1 was ended by signal 9"));
    EXPECT_THAT(results[1].error().message, HasSubstr("exit status 7"));
    EXPECT_EQ(*results[2], "ok");
}

TEST(WorkersTest, EndWhenAsked) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const auto waits = [](const auto& tell) -> std::string {
        tell("here");
        pause();
        return "";
    };
    const auto results =
        run_tasks({{"a", waits}, {"b", waits}, {"c", waits}}, 2, ends[0],
                  [&](std::size_t, std::string_view) { EXPECT_EQ(write(ends[1], "x", 1), 1); });
    EXPECT_THAT(results[0].error().message, HasSubstr("signal 15"));
    EXPECT_FALSE(results[1].has_value());
    EXPECT_EQ(results[2].error().message, "interrupted");
    close(ends[0]);
    close(ends[1]);
}

} // namespace
} // namespace kps::gate
