#include "runtime/recordings/export.hpp"

#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/json_lines.hpp"
#include "tests/unit/recordings/sample.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace kps::recordings {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

template <class Write>
std::string written(const Recording& recording, Write write) {
    std::string text;
    write(recording, [&](std::string_view part) { text += part; });
    return text;
}

TEST(JsonLines, AreReadAsTheyWereWritten) {
    Recording whole = sample();
    whole.tests[0].trace.hits.push_back(
        hit(whole.tests[0].trace, 0, UINT64_MAX,
            {std::string_view("not \xff UTF-8\n"), 1U, hits::Unreadable{}, UINT64_MAX}));
    const std::string lines = written(whole, write_json_lines);
    EXPECT_TRUE(is_json_lines(lines));
    EXPECT_THAT(lines, HasSubstr(R"("colour":"RED")"));
    EXPECT_THAT(lines, HasSubstr(R"("ret":-2,"caller":18446744071578845200)"));
    const Recording read = read_json_lines(lines);
    ASSERT_THAT(read.tests, SizeIs(2));
    const auto spec = spec_of(whole.sources[0]);
    const Binding binding(read.sources[0], spec, {});
    const std::vector<sema::ProbeId> all = {{0}, {1}};
    Recording again = whole;
    for (std::size_t i = 0; i < read.tests.size(); ++i) {
        EXPECT_EQ(read.tests[i].test, whole.tests[i].test);
        EXPECT_EQ(read.tests[i].error, whole.tests[i].error);
        again.tests[i].trace = binding.bind(read.tests[i].trace, all);
        std::ranges::stable_sort(whole.tests[i].trace.hits, {}, &hits::Hit::time_ns);
    }
    whole.tests[0].trace.failed_setup.clear(); // not told
    whole.tests[0].trace.symbols.clear();      // likewise
    EXPECT_EQ(print(again), print(whole));
}

TEST(JsonLines, OfOthersNeedAnEventAndATime) {
    const Recording recording = read_json_lines(R"({"event":"g:n","time_ns":7,"fields":{"a":[1,2]}}
{"event":"g:n","time_ns":5,"cpu":1,"tid":2,"comm":"c","fields":{"b":true,"a":1.5}}
{"event":"x"}
nonsense

{"event":"g:n","time_ns":9)");
    const hits::Trace& trace = recording.tests.at(0).trace;
    ASSERT_THAT(trace.hits, SizeIs(2));
    EXPECT_EQ(trace.live_ns, 5U);
    EXPECT_EQ(trace.hits[0].comm, "c");
    EXPECT_EQ(trace.hits[0].fields[1], hits::Value{std::uint64_t{1}});
    EXPECT_EQ(trace.hits[0].fields[0], hits::Value{hits::Unreadable{}});
    EXPECT_EQ(recording.sources[0].sources[0].group, "g");
    ASSERT_THAT(trace.losses, SizeIs(1));
    EXPECT_EQ(trace.losses[0].count, 2U);
    EXPECT_TRUE(recording.cut_short && trace.cut_short);
}

TEST(JsonLines, OfAnyNestingAreRefusedInPeace) {
    const Recording recording = read_json_lines(std::string(200'000, '[') + "\n");
    EXPECT_EQ(recording.tests.at(0).trace.losses.at(0).count, 1U);
}

TEST(Perfetto, HasCallsAsSlicesAndTheRestAsInstants) {
    Recording recording = sample();
    hits::Trace& trace = recording.tests[0].trace;
    trace.hits = {hit(trace, 1, 500, {std::uint64_t{9}}), // returns from what was not seen
                  hit(trace, 0, 1000, {std::string_view("outer")}),
                  hit(trace, 0, 2001, {std::string_view("inner")}),
                  hit(trace, 1, 3500, {std::uint64_t{1}, in_vfs_open}),
                  hit(trace, 1, 4000, {std::uint64_t{2}, std::uint64_t{0x10}}),
                  hit(trace, 0, 5000, {std::string_view("open")})};
    const auto json = nlohmann::json::parse(written(recording, write_perfetto));
    std::map<std::string, std::vector<nlohmann::json>> by_kind;
    for (const auto& event : json["traceEvents"])
        by_kind[event["ph"].get<std::string>()].push_back(event);
    ASSERT_THAT(by_kind["X"], SizeIs(2));
    EXPECT_EQ(by_kind["X"][0]["name"], "open");
    EXPECT_EQ(by_kind["X"][0]["ts"], 2.001);
    EXPECT_EQ(by_kind["X"][0]["dur"], 1.499);
    EXPECT_EQ(by_kind["X"][0]["args"]["path"], "inner");
    EXPECT_EQ(by_kind["X"][0]["args"]["caller"], "vfs_open+0x10");
    EXPECT_EQ(by_kind["X"][1]["args"]["caller"], "0x10");
    EXPECT_EQ(by_kind["X"][1]["args"]["ret"], 2);
    EXPECT_THAT(by_kind["i"], SizeIs(2));
    EXPECT_THAT(by_kind["M"], SizeIs(3)); // two tests and a task
}

} // namespace
} // namespace kps::recordings
