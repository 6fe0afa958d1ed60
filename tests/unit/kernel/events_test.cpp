#include "compiler/kernel/events.hpp"

#include <gmock/gmock.h>

namespace kps::kernel {
namespace {

using testing::ElementsAre;

const TraceEvent open_event{
    "syscalls",
    "sys_enter_openat",
    {{"int", "__syscall_nr", 8, 4, true}, {"const char *", "filename", 24, 8, false}}};

TEST(Events, AreReadAsTheyAreWritten) {
    const std::vector<TraceEvent> events{open_event, {"sched", "sched_idle", {}}};
    EXPECT_EQ(parse_events(print_events(events)), events);
    const std::string text = print_events(events);
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_LE(parse_events(text.substr(0, size)).size(), events.size());
    EXPECT_THAT(parse_events(" 8 4 s early int\nno colon\na:b\n x\n 8 4 s name\n"),
                ElementsAre(TraceEvent{"a", "b", {}}));
}

TEST(EventFormat, IsReadAsTheKernelShowsIt) {
    const TraceEvent event =
        parse_format("sched", "name: sched_switch\n"
                              "ID: 316\n"
                              "format:\n"
                              "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
                              "\n"
                              "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
                              "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
                              "\tfield:__data_loc char[] name;\toffset:28;\tsize:4;\tsigned:0;\n"
                              "\tfield:const char * path;\toffset:32;\tsize:8;\tsigned:0;\n"
                              "\tfield:broken;\toffset:x;\tsize:8;\tsigned:0;\n"
                              "\n"
                              "print fmt: \"field:int x;\toffset:1;\tsize:1;\tsigned:0;\"\n");
    EXPECT_EQ(event.group, "sched");
    EXPECT_EQ(event.name, "sched_switch");
    EXPECT_THAT(event.fields, ElementsAre(EventField{"char[16]", "prev_comm", 8, 16, false},
                                          EventField{"pid_t", "prev_pid", 24, 4, true},
                                          EventField{"__data_loc char[]", "name", 28, 4, false},
                                          EventField{"const char *", "path", 32, 8, false}));
    EXPECT_EQ(parse_format("sched", "").name, "");
}

} // namespace
} // namespace kps::kernel
