#include "runtime/gate/compare.hpp"
#include "runtime/gate/reports.hpp"
#include "tests/unit/gate/sample.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <random>

namespace kps::gate {
namespace {

using ::testing::HasSubstr;

/// The shards of a gate with eight tests, of which the last regressed.
std::vector<Record> shards(std::uint32_t count) {
    std::vector<Record> all(count, sample::record());
    std::vector<TestName> tests;
    for (std::uint32_t i = 0; i < 8; ++i) {
        Record& shard = all[i % count];
        sample::add(shard, fmt::format("test {}", i), {{"PASS"}, {i == 7 ? "FAIL" : "PASS"}});
        shard.tests.back().shard = i % count + 1;
        tests.push_back(shard.tests.back());
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        all[i].tests = tests;
        all[i].shard = {i + 1, count};
    }
    return all;
}

/// As a file holds it.
Record stored(const Record& record) {
    const Outcome outcome = compare(record, {}, "2026-11-21");
    const auto read = read_record(json_report({record, outcome}));
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
    return *read;
}

TEST(MergeTest, JoinsAllShardsInAnyOrder) {
    std::vector<Record> all = shards(3);
    std::ranges::reverse(all);
    for (Record& shard : all)
        shard = stored(shard);
    const auto whole = merge(all);
    ASSERT_TRUE(whole.has_value()) << whole.error().error.message;
    const Outcome outcome = compare(*whole, {}, "2026-11-21");
    EXPECT_EQ(outcome.tests.size(), 8U);
    EXPECT_EQ(count(outcome, 1, Delta::same), 7U);
    EXPECT_EQ(count(outcome, 1, Delta::regressed), 1U);
    EXPECT_EQ(outcome.exit_status, 1);
}

TEST(MergeTest, NamesTheShardsThatAreMissing) {
    std::vector<Record> all = shards(4);
    all.erase(all.begin() + 3);
    all.erase(all.begin() + 1);
    const auto whole = merge(all);
    ASSERT_FALSE(whole.has_value());
    EXPECT_TRUE(whole.error().incomplete);
    EXPECT_THAT(whole.error().error.message, HasSubstr("2 are missing: 2, 4"));
    EXPECT_THAT(whole.error().error.hint, HasSubstr("--shard 2/4"));
}

TEST(MergeTest, RefusesAShardThatIsThereTwice) {
    std::vector<Record> all = shards(2);
    all.push_back(all[0]);
    const auto whole = merge(all);
    ASSERT_FALSE(whole.has_value());
    EXPECT_FALSE(whole.error().incomplete);
    EXPECT_THAT(whole.error().error.message, HasSubstr("twice"));
}

TEST(MergeTest, RefusesShardsOfDifferentGates) {
    const std::pair<const char*, void (*)(Record&)> table[] = {
        {"version", [](Record& r) { r.version = "0.2.0"; }},
        {"specs", [](Record& r) { r.set = "f"; }},
        {"number of shards", [](Record& r) { r.shard.count = 3; }},
        {"kernel", [](Record& r) { r.kernels[1].release = "6.12.2"; }},
        {"tests", [](Record& r) { r.tests[0].name = "other"; }},
        {"repeats", [](Record& r) { r.tests[0].repeats = 2; }},
        {"table", [](Record& r) { r.table.push_back({}); }},
        {"static only", [](Record& r) { r.static_only = true; }},
    };
    for (const auto& [what, change] : table) {
        std::vector<Record> all = shards(2);
        change(all[1]);
        const auto whole = merge(all);
        ASSERT_FALSE(whole.has_value()) << what;
        EXPECT_FALSE(whole.error().incomplete) << what;
    }
}

TEST(MergeTest, AnythingLessThanAllNeverPasses) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<Record> all = shards(4);
        std::ranges::shuffle(all, random);
        all.resize(random() % 4);
        EXPECT_FALSE(merge(all).has_value());
    }
}

TEST(RecordTest, IsReadAsItWasWritten) {
    Record record = shards(2)[1];
    record.table.push_back(
        {1, "a.kps", "field open.ret", {"a.kps", 3, 4}, State::shifted, "s32", "s64"});
    record.changes.push_back({1, "member_moved", "inode.i_ino", "64", "72", "harmless"});
    record.runs.push_back({1, "no boot", ""});
    record.tolerance = 2.5;
    const Record read = stored(record);
    EXPECT_EQ(read.shard, record.shard);
    EXPECT_EQ(read.kernels, record.kernels);
    EXPECT_EQ(read.tests, record.tests);
    EXPECT_EQ(read.table, record.table);
    EXPECT_EQ(read.changes, record.changes);
    EXPECT_EQ(read.tolerance, 2.5);
    EXPECT_EQ(read.runs.size(), record.runs.size());
    EXPECT_EQ(read.runs.back().error, "no boot");
}

TEST(RecordTest, EveryCutIsRefused) {
    const Record record = shards(2)[0];
    const std::string whole = json_report({record, compare(record, {}, "2026-11-21")});
    for (std::size_t size = 0; size + 1 < whole.size(); size += 101)
        EXPECT_FALSE(read_record(whole.substr(0, size)).has_value()) << size;
}

TEST(RecordTest, WhatIsNoRecordIsRefused) {
    for (const char* text : {"", "{}", "[]", "7", R"({"format": "kps-report"})",
                             R"({"format": "kps-gate", "format_version": 2})",
                             R"({"format": "kps-gate", "format_version": 1})"})
        EXPECT_FALSE(read_record(text).has_value()) << text;
}

} // namespace
} // namespace kps::gate
