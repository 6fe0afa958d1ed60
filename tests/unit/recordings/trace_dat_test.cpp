#include "runtime/recordings/trace_dat.hpp"

#include "compiler/kernel/file_io.hpp"
#include "runtime/recordings/event_values.hpp"
#include "runtime/recordings/trace_dat_file.hpp"
#include "tests/unit/recordings/noting_sink.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <set>

namespace kps::recordings {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::byte> file(const char* name) {
    return *kernel::read_file(std::string(KPS_TEST_DATA "/recordings/") + name);
}

std::string printed(const Recording& recording) {
    std::string text;
    for (const hits::Hit& hit : recording.tests.front().trace.hits) {
        const Source& source = recording.sources.front().sources[hit.probe.value];
        text += fmt::format("{} {} {}:{}", hit.comm, hit.cpu, source.group, source.name);
        for (std::size_t i = 0; i < hit.fields.size(); ++i) {
            const auto* const string = std::get_if<std::string_view>(&hit.fields[i]);
            const auto* const number = std::get_if<std::uint64_t>(&hit.fields[i]);
            if (string) text += fmt::format(" {}=\"{}\"", source.fields[i].name, *string);
            if (number)
                text += fmt::format(" {}={}", source.fields[i].name,
                                    static_cast<std::int64_t>(*number));
        }
        text += "\n";
    }
    return text;
}

Recording read(Bytes bytes) {
    auto recording = read_trace_dat(bytes, {}, {});
    EXPECT_TRUE(recording) << recording.error().message;
    return std::move(*recording);
}

std::string refusal(Bytes bytes, const Limits& limits = {}) {
    const auto recording = read_trace_dat(bytes, {}, limits);
    return recording ? "" : recording.error().message;
}

TEST(TraceDat, OfBothVersionsHasWhatTheToolPrints) {
    const auto first = file("v6.dat");
    ASSERT_TRUE(is_trace_dat(first));
    const Recording six = read(first);
    const std::string text = printed(six);
    EXPECT_THAT(text, HasSubstr("true 0 sched:sched_process_exec filename=\"/usr/bin/sh\" pid=136 "
                                "old_pid=136\n"));
    EXPECT_THAT(text, HasSubstr("path=\"/nonexistent\" dfd=-100\n"));
    EXPECT_THAT(text, HasSubstr("ret=-2\n"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 5);
    const hits::Trace& trace = six.tests.front().trace;
    EXPECT_EQ(trace.live_ns / 1000, 78'606'028U);
    EXPECT_EQ(trace.end_ns / 1000, 78'823'874U);
    EXPECT_THAT(trace.losses, IsEmpty());
    EXPECT_FALSE(six.cut_short);
    const Recording seven = read(file("v7.dat"));
    EXPECT_EQ(std::ranges::count(printed(seven), '\n'), 5);
    EXPECT_THAT(printed(seven), HasSubstr("path=\"/nonexistent\" dfd=-100\n"));
    EXPECT_THAT(seven.tests.front().trace.losses, IsEmpty());
}

TEST(TraceDat, HasOnlyTheEventsThatAreWanted) {
    const auto bytes = file("v6.dat");
    const auto recording = read_trace_dat(
        bytes, [](std::string_view, std::string_view name) { return name == "opened_ret"; }, {});
    ASSERT_TRUE(recording);
    ASSERT_THAT(recording->sources.front().sources, SizeIs(1));
    EXPECT_THAT(recording->tests.front().trace.hits, SizeIs(1));
}

/// Takes hits and notes their times.
class TimesOfHits : public NotingSink {
public:
    using NotingSink::NotingSink;

    bool take(const hits::Trace& hits) override {
        for (const hits::Hit& hit : hits.hits)
            times.push_back(hit.time_ns);
        return NotingSink::take(hits);
    }

    std::vector<std::uint64_t> times;
};

TEST(TraceDat, GivesASinkTheHitsOfAllCpusInTheOrderOfTime) {
    using Fate = HitSink::Fate;
    for (const char* name : {"v6.dat", "v7.dat"}) {
        const auto bytes = file(name);
        const Recording kept = read(bytes);
        std::vector<std::uint64_t> times;
        std::set<std::uint32_t> cpus;
        for (const hits::Hit& hit : kept.tests.front().trace.hits) {
            times.push_back(hit.time_ns);
            cpus.insert(hit.cpu);
        }
        EXPECT_THAT(cpus, SizeIs(2));
        TimesOfHits passing({Fate::pass});
        const auto recording = read_trace_dat(bytes, {}, {}, &passing);
        ASSERT_TRUE(recording);
        EXPECT_EQ(passing.noted, " begins; 5 hits;  ends with 0 of its hits; ");
        EXPECT_EQ(passing.times, times);
        EXPECT_EQ(recording->tests.front().trace.live_ns, kept.tests.front().trace.live_ns);
        EXPECT_EQ(recording->tests.front().trace.end_ns, kept.tests.front().trace.end_ns);
    }
}

TEST(TraceDat, KeepsOrDropsHitsAsASinkSays) {
    using Fate = HitSink::Fate;
    const auto bytes = file("v6.dat");
    NotingSink keeping({Fate::keep});
    EXPECT_EQ(printed(*read_trace_dat(bytes, {}, {}, &keeping)), printed(read(bytes)));
    EXPECT_EQ(keeping.noted, " begins;  ends with 5 of its hits; ");
    for (const Fate fate : {Fate::drop, Fate::stop}) {
        NotingSink sink({fate});
        EXPECT_TRUE(read_trace_dat(bytes, {}, {}, &sink));
        EXPECT_EQ(sink.noted, " begins; ");
    }
    NotingSink sated({Fate::pass});
    sated.goes_on = false;
    EXPECT_TRUE(read_trace_dat(bytes, {}, {}, &sated));
    EXPECT_EQ(sated.noted, " begins; 5 hits; ");
}

/// The file describes it, but no record is of it: a sink that was told of it before cannot know.
TEST(TraceDat, OfAnEventThatDidNotOccurASinkSeesNoEnd) {
    auto bytes = file("v6.dat");
    const std::string id = "name: opened_ret\nID: ";
    const auto found = std::ranges::search(bytes, std::as_bytes(std::span(id)));
    ASSERT_FALSE(found.empty());
    *found.end() = std::byte{'9'}; // no record has that
    const Recording kept = read(bytes);
    EXPECT_THAT(kept.sources.front().sources,
                SizeIs(read(file("v6.dat")).sources[0].sources.size() - 1));
    EXPECT_THAT(printed(kept), Not(HasSubstr("opened_ret")));
    EXPECT_THAT(printed(kept), HasSubstr(" path=\"/nonexistent\" dfd=-100\n"));
    NotingSink sink({HitSink::Fate::pass});
    EXPECT_TRUE(read_trace_dat(bytes, {}, {}, &sink));
    EXPECT_EQ(sink.noted, " begins; 4 hits; ");
}

TEST(TraceDat, OfDamagedDescriptionsHasNoMoreFieldsThanItSays) {
    constexpr std::pair<std::string_view, std::string_view> damages[] = {
        {"field:pid_t old_pid;", "field:pid_t     pid;"}, {"name: opened_ret", "name: opened    "}};
    for (const auto& [from, to] : damages) {
        auto bytes = file("v6.dat");
        const auto found = std::ranges::search(bytes, std::as_bytes(std::span(from)));
        ASSERT_FALSE(found.empty()) << from;
        std::ranges::copy(std::as_bytes(std::span(to)), found.begin());
        const Recording recording = read(bytes);
        const auto& sources = recording.sources.front().sources;
        for (const hits::Hit& hit : recording.tests.front().trace.hits)
            EXPECT_EQ(hit.fields.size(), sources.at(hit.probe.value).fields.size()) << to;
    }
}

TEST(TraceDat, TellsOfEventsThatTheToolLeftInTheKernel) {
    auto bytes = file("v6.dat");
    const std::string words = "CPU: 1\nentries: 4\n"; // and so many are in the file
    const auto found = std::ranges::search(bytes, std::as_bytes(std::span(words)));
    ASSERT_FALSE(found.empty());
    *(found.end() - 2) = std::byte{'6'};
    const Recording recording = read(bytes);
    const hits::Trace& trace = recording.tests.front().trace;
    ASSERT_THAT(trace.losses, SizeIs(1));
    EXPECT_EQ(trace.losses[0].cpu, 1U);
    EXPECT_EQ(trace.losses[0].count, 2U);
    EXPECT_EQ(trace.losses[0].begin_ns, trace.end_ns);
    EXPECT_EQ(trace.losses[0].end_ns, UINT64_MAX);
}

TEST(TraceDat, ThatIsCutShortSaysSoOrIsRefused) {
    for (const char* name : {"v6.dat", "v7.dat"}) {
        const auto whole = file(name);
        for (std::size_t size = 10; size < whole.size() - 150; size += 97) { // its names are last
            const auto recording = read_trace_dat(Bytes(whole).first(size), {}, {});
            if (recording) {
                EXPECT_TRUE(recording->cut_short) << name << " " << size;
            }
        }
    }
    const auto six = file("v6.dat");
    EXPECT_TRUE(read(Bytes(six).first(six.size() - 4096)).cut_short);
}

TEST(TraceDat, ThatCannotBeReadIsRefused) {
    auto bytes = file("v6.dat");
    EXPECT_THAT(refusal(file("v7.dat"), {.bytes = 1000}), HasSubstr("more than 0 MiB"));
    bytes[10] = std::byte{'9'};
    EXPECT_THAT(refusal(bytes), HasSubstr("version 9"));
    bytes[10] = std::byte{'6'};
    bytes[12] = std::byte{1};
    EXPECT_THAT(refusal(bytes), HasSubstr("big-endian"));
    auto other = file("v7.dat");
    other[18] = std::byte{'x'};
    EXPECT_THAT(refusal(other), HasSubstr("compressed by `xstd`"));
}

TEST(EventValues, AreReadByTheirTypes) {
    const kernel::TraceEvent event{"g",
                                   "n",
                                   {{"char[4]", "name", 0, 4, true},
                                    {"u16", "small", 4, 2, false},
                                    {"int", "number", 8, 4, true},
                                    {"s8[4]", "array", 12, 4, true},
                                    {"__data_loc char[]", "text", 16, 4, true},
                                    {"__rel_loc char[]", "near", 20, 4, true},
                                    {"__data_loc unsigned long[]", "mask", 16, 4, false},
                                    {"struct x", "odd", 0, 12, false},
                                    {"int", "outside", 38, 4, true}}};
    std::vector<std::byte> record(40);
    const auto put = [&](std::size_t at, std::initializer_list<int> bytes) {
        for (const int byte : bytes)
            record[at++] = static_cast<std::byte>(byte);
    };
    put(0, {'a', 'b', 0, 'c', 0xff, 0xff});
    put(8, {0xfe, 0xff, 0xff, 0xff, 1, 0xff, 3, 4});
    put(16, {32, 0, 4, 0, 12, 0, 3, 0});
    put(32, {'x', 'y', 0, 0, 'z', 'z', 'z', 0});
    hits::Storage storage;
    const auto values = EventValues(event).read(record, storage);
    EXPECT_EQ(values[0], hits::Value{std::string_view("ab")});
    EXPECT_EQ(values[1], hits::Value{std::uint64_t{0xffff}});
    EXPECT_EQ(values[2], hits::Value{UINT64_MAX - 1});
    EXPECT_THAT(std::get<hits::Elements>(values[3]), testing::ElementsAre(1U, UINT64_MAX, 3U, 4U));
    EXPECT_EQ(values[4], hits::Value{std::string_view("xy")});
    EXPECT_EQ(values[5], hits::Value{std::string_view("zzz")});
    for (const std::size_t unreadable : {6U, 7U, 8U})
        EXPECT_EQ(values[unreadable], hits::Value{hits::Unreadable{}}) << unreadable;
    put(16, {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff});
    EXPECT_EQ(EventValues(event).read(record, storage)[4], hits::Value{hits::Unreadable{}});
    EXPECT_EQ(EventValues(event).read(record, storage)[5], hits::Value{hits::Unreadable{}});
}

} // namespace
} // namespace kps::recordings
