#include "runtime/recordings/text_trace.hpp"

#include "compiler/kernel/file_io.hpp"
#include "runtime/recordings/text_pairs.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

namespace kps::recordings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string printed(std::string_view line) {
    const auto event = read_text_event(line);
    if (!event) return "none";
    return fmt::format("{} {}/{} cpu {} at {} {} | {}", event->comm.data() ? event->comm : "?",
                       event->pid, event->tid, event->cpu, event->time_ns, event->event,
                       event->payload);
}

struct Line {
    const char* text;
    const char* expected;
};

TEST(TextEvent, IsReadAsToolsPrintIt) {
    const Line lines[] = {
        {"              sh-131     [001] .....   103.588791: opened: (f+0x0/0xe0) a=1",
         "sh 0/131 cpu 1 at 103588791000 opened | (f+0x0/0xe0) a=1"},
        {"             cat-146     (    140) [001] d..1.   104.5: opened: a=1",
         "cat 140/146 cpu 1 at 104500000000 opened | a=1"},
        {"             cat-146     (-------) [001] .....   104.026622: e: x",
         "cat 0/146 cpu 1 at 104026622000 e | x"},
        {"           <...>-7       [000] 12: e:", "? 0/7 cpu 0 at 12 e | "},
        {"          <idle>-0       [127] d.h2. 99.000000001: e: b",
         "<idle> 0/0 cpu 127 at 99000000001 e | b"},
        {" my [0] cmd-x-146     [002] ..... 1.000001: e: c",
         "my [0] cmd-x 0/146 cpu 2 at 1000001000 e | c"},
        {"  true-136   [001]    78.823875: sched_process_exec:   filename=/bin/true",
         "true 0/136 cpu 1 at 78823875000 sched_process_exec | filename=/bin/true"},
        {"perf  1234 [003] 12345.678901: sched:sched_switch: prev_comm=perf",
         "perf 0/1234 cpu 3 at 12345678901000 sched:sched_switch | prev_comm=perf"},
        {"web server  12/34 [000]   1.5:          1  probe:mine: (ff) s=\"a: b\"",
         "web server 12/34 cpu 0 at 1500000000 probe:mine | (ff) s=\"a: b\""},
        {"sh 1 [000] 1.5: PERF_RECORD_LOST lost 3", "sh 0/1 cpu 0 at 1500000000  | "},
        {"sh-1 [000] ..... 1.5: vfs_read <-ksys_read", "sh 0/1 cpu 0 at 1500000000  | "},
        {"sh-1 [000] ..... 1.5: f+0x1:x", "sh 0/1 cpu 0 at 1500000000  | "},
        // No lines of a trace.
        {"", "none"},
        {"[000]", "none"},
        {"sh-1 [000]", "none"},
        {"sh-1 [000] ..... 1.", "none"},
        {"sh-1 [000] ..... 1.5 e: x", "none"},
        {"sh-1 [99999999999] ..... 1.5: e: x", "none"},
        {"-1 [000] ..... 1.5: e: x", "none"},
        {"sh-99999999999 [000] ..... 1.5: e: x", "none"},
        {"sh-1 [000] ..... 99999999999999999.5: e: x", "none"},
        {"sh-1 [000] ..... 1.1234567890: e: x", "none"},
    };
    for (const Line& line : lines)
        EXPECT_EQ(printed(line.text), line.expected) << line.text;
}

std::string pairs(std::string_view payload) {
    std::string text;
    read_pairs(payload, [&](std::string_view name, std::string_view value) {
        text += fmt::format("{}<{}>", name, value);
    });
    return text;
}

TEST(TextPairs, AreTakenFromAPayload) {
    const Line lines[] = {
        {"", ""},
        {"a=1", "a<1>"},
        {"a= b=2", "a<>b<2>"},
        {"(f+0x0/0xe0) path=\"/etc\" dfd=-100", "path<\"/etc\">dfd<-100>"},
        {"prev_comm=a b prev_state=R ==> next_comm=c next_prio=120",
         "prev_comm<a b>prev_state<R>next_comm<c>next_prio<120>"},
        {"s=\"a b=c\" t=\"x\"y\" u={1,2}", "s<\"a b=c\">t<\"x\"y\">u<{1,2}>"},
        {"s=\"open end b=1", "s<\"open end>b<1>"},
        {"a=1, b=2,", "a<1>b<2>"},
        {"path=(fault) n=3", "path<(fault)>n<3>"},
        {"dfd: 0xffffff9c, filename: 0x7ffe, flags: 0x0",
         "dfd<0xffffff9c>filename<0x7ffe>flags<0x0>"},
        {"==", ""},
        {"a==b", "a<=b>"},
    };
    for (const Line& line : lines)
        EXPECT_EQ(pairs(line.text), line.expected) << line.text;
}

constexpr const char* head = "# tracer: nop\n#\n";

Recording read(const std::string& text) {
    static std::vector<std::unique_ptr<std::string>> kept;
    kept.push_back(std::make_unique<std::string>(text));
    return read_text_trace(*kept.back(), {});
}

TEST(TextTrace, HasTheEventsAndFieldsOfARealOne) {
    const auto text = kernel::read_text(KPS_TEST_DATA "/recordings/trace.txt");
    ASSERT_TRUE(text && is_text_trace(*text));
    const Recording recording = read_text_trace(
        *text, [](std::string_view, std::string_view name) { return name != "opened_ret"; });
    EXPECT_FALSE(recording.cut_short);
    const Sources& sources = recording.sources.front();
    EXPECT_TRUE(sources.as_printed);
    ASSERT_THAT(sources.sources, SizeIs(2));
    EXPECT_EQ(sources.sources[0].name, "opened");
    EXPECT_THAT(sources.sources[0].fields, SizeIs(2));
    EXPECT_EQ(sources.sources[1].name, "sched_process_exec");
    const hits::Trace& trace = recording.tests.front().trace;
    EXPECT_THAT(trace.hits, SizeIs(7));
    EXPECT_THAT(trace.losses, IsEmpty());
    EXPECT_EQ(trace.live_ns, 103'588'791'000U);
    EXPECT_EQ(trace.end_ns, 104'235'028'000U);
    EXPECT_EQ(trace.hits[4].comm, "cat");
    EXPECT_EQ(trace.hits[4].fields[0], hits::Value{std::string_view("\"/nonexistent\"")});
    for (const char* other : {"trace_pipe.txt", "report.txt"}) {
        const auto file = kernel::read_text(std::string(KPS_TEST_DATA "/recordings/") + other);
        ASSERT_TRUE(file && is_text_trace(*file)) << other;
        const Recording read = read_text_trace(*file, {});
        EXPECT_GE(read.tests.front().trace.hits.size(), 5U) << other;
        EXPECT_THAT(read.tests.front().trace.losses, IsEmpty()) << other;
    }
}

TEST(TextTrace, SortsByTimeAndSharesFieldsOfAnEvent) {
    const Recording recording = read(std::string(head) + "a-1 [000] .... 2.0: e: x=1 y=2\n"
                                                         "b-2 [001] .... 1.0: e: y=3 z=4\n");
    const hits::Trace& trace = recording.tests.front().trace;
    ASSERT_THAT(trace.hits, SizeIs(2));
    EXPECT_EQ(trace.hits[0].comm, "b");
    EXPECT_THAT(trace.hits[0].fields,
                ElementsAre(hits::Value{hits::Unreadable{}}, hits::Value{std::string_view("3")},
                            hits::Value{std::string_view("4")}));
    EXPECT_THAT(trace.hits[1].fields, SizeIs(2));
    EXPECT_EQ(trace.live_ns, 1'000'000'000U);
}

TEST(TextTrace, MarksOfLostEventsHaveTheirPlace) {
    const Recording recording = read(std::string(head) + "a-1 [001] .... 1.0: e: x=1\n"
                                                         "CPU:1 [LOST 12 EVENTS]\n"
                                                         "a-1 [000] .... 2.0: e: x=1\n"
                                                         "a-1 [001] .... 3.0: e: x=1\n"
                                                         "CPU:0 [LOST EVENTS]\n"
                                                         "a 1 [001] 4.0: PERF_RECORD_LOST lost 7\n"
                                                         "CPU:1 [127 EVENTS DROPPED]\n"
                                                         "CPU:0 [EVENTS DROPPED]\n");
    const auto& losses = recording.tests.front().trace.losses;
    ASSERT_THAT(losses, SizeIs(5));
    EXPECT_EQ(losses[0].cpu, 1U);
    EXPECT_EQ(losses[0].count, 12U);
    EXPECT_EQ(losses[0].begin_ns, 1'000'000'000U);
    EXPECT_EQ(losses[0].end_ns, 3'000'000'000U);
    EXPECT_EQ(losses[1].count, UINT64_MAX);
    EXPECT_EQ(losses[1].begin_ns, 2'000'000'000U);
    EXPECT_EQ(losses[1].end_ns, UINT64_MAX);
    EXPECT_EQ(losses[2].count, 7U);
    EXPECT_EQ(losses[3].cpu, 1U);
    EXPECT_EQ(losses[3].count, 127U);
    EXPECT_EQ(losses[3].begin_ns, 4'000'000'000U);
    EXPECT_EQ(losses[4].count, UINT64_MAX);
}

TEST(TextTrace, TellsWhatIsMissing) {
    Recording recording = read("# tracer: nop\n"
                               "# entries-in-buffer/entries-written: 1/41   #P:2\n"
                               "a-1 [000] .... 5.0: e: x=1\n");
    ASSERT_THAT(recording.tests.front().trace.losses, SizeIs(1));
    EXPECT_EQ(recording.tests.front().trace.losses[0].count, 40U);
    EXPECT_EQ(recording.tests.front().trace.losses[0].end_ns, 5'000'000'000U);
    recording = read(std::string(head) + "a-1 [000] .... 5.0: e: x=1\na-1 [000] .... 6.0: e");
    EXPECT_THAT(*recording.cut_short, HasSubstr("not complete"));
    EXPECT_TRUE(recording.tests.front().trace.cut_short);
    EXPECT_THAT(recording.tests.front().trace.hits, SizeIs(1));
    recording = read(std::string(head) + "nonsense\n\n => vfs_read\n\tffff vfs_read\n");
    ASSERT_THAT(recording.tests.front().trace.losses, SizeIs(1));
    EXPECT_EQ(recording.tests.front().trace.losses[0].count, 1U);
}

TEST(TextTrace, IsToldFromOtherTexts) {
    EXPECT_TRUE(is_text_trace("# tracer: function\n"));
    EXPECT_TRUE(is_text_trace("CPU:1 [LOST 12 EVENTS]\n"));
    EXPECT_TRUE(is_text_trace("CPU:1 [EVENTS DROPPED]\n"));
    EXPECT_TRUE(is_text_trace("\nsh 1 [000] 1.5: e: x\n"));
    EXPECT_FALSE(is_text_trace(""));
    EXPECT_FALSE(is_text_trace("probe p on entry f {}\n"));
    EXPECT_FALSE(is_text_trace("{\"event\": \"a\"}\n"));
}

} // namespace
} // namespace kps::recordings
