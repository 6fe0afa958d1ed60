#include "tests/unit/changes/two_kernels.hpp"

#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using kernel::EventField;
using kernel::TraceEvent;
using test::differences;
using test::SmallKernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SmallKernel with_events(std::vector<TraceEvent> events) {
    SmallKernel kernel;
    events.push_back({"sched", "always", {}});
    kernel.facts.image.events = std::move(events);
    return kernel;
}

SmallKernel with_config(const std::string& text) {
    SmallKernel kernel;
    kernel.facts.image.config = text;
    return kernel;
}

const EventField pid{"pid_t", "pid", 24, 4, true};

TEST(Events, ComeAndGo) {
    EXPECT_THAT(differences(with_events({{"a", "gone", {pid}}}), with_events({{"b", "fresh", {}}})),
                ElementsAre("tracepoint_removed a:gone (error): pid_t pid -> none",
                            "tracepoint_added b:fresh (harmless): none -> "));
}

struct FieldsRow {
    std::vector<EventField> was, now;
    std::string expected; ///< severity and details; empty: no change
};

class Fields : public testing::TestWithParam<FieldsRow> {};

TEST_P(Fields, AreCompared) {
    const SmallKernel was = with_events({{"sched", "stat", GetParam().was}});
    const SmallKernel now = with_events({{"sched", "stat", GetParam().now}});
    std::string found;
    for (const Change& change : diff(*was.make(), *now.make())) {
        EXPECT_EQ(change.kind, Kind::tracepoint_fields);
        EXPECT_EQ(change.name, "sched:stat");
        found = to_string(change.severity);
        for (const std::string& detail : change.details)
            found += "; " + detail;
    }
    EXPECT_EQ(found, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Events, Fields,
    testing::Values(
        FieldsRow{{pid}, {pid}, ""},
        FieldsRow{{pid}, {{"pid_t", "pid", 8, 4, true}}, ""}, // the record's layout is read
        FieldsRow{{pid}, {}, "error; removed `pid_t pid`"},
        FieldsRow{{}, {pid}, "harmless; added `pid_t pid`"},
        FieldsRow{{pid}, {{"int", "pid", 24, 4, true}}, "harmless; `pid_t pid` is `int pid`"},
        FieldsRow{
            {pid}, {{"u64", "pid", 24, 8, false}}, "silent wrong data; `pid_t pid` is `u64 pid`"},
        FieldsRow{{{"char[16]", "comm", 8, 16, true}}, {{"char[16]", "comm", 8, 16, false}}, ""},
        FieldsRow{{{"char[16]", "comm", 8, 16, true}},
                  {{"char[32]", "comm", 8, 32, true}},
                  "silent wrong data; `char comm[16]` is `char comm[32]`"}));

TEST(Events, ThatAreNotKnownAreNotGone) {
    EXPECT_THAT(differences(with_events({}), SmallKernel()), IsEmpty());
}

TEST(Config, IsCompared) {
    EXPECT_THAT(
        differences(with_config("CONFIG_A=y\nCONFIG_B=y\nCONFIG_S=\"x\"\n# CONFIG_C is not set\n"),
                    with_config("CONFIG_A=m\nCONFIG_C=y\nCONFIG_S=\"x\"\n")),
        ElementsAre("config CONFIG_B (error): y -> none", "config CONFIG_A (harmless): y -> m",
                    "config CONFIG_C (harmless): none -> y"));
}

TEST(Config, ThatIsNotKnownIsNotCompared) {
    EXPECT_THAT(differences(with_config("CONFIG_A=y\n"), SmallKernel()), IsEmpty());
}

TEST(Used, EventsAndOptions) {
    SmallKernel was = with_events({{"a", "x", {}}, {"a", "y", {}}});
    was.facts.image.config = "CONFIG_A=y\nCONFIG_B=y\n";
    SmallKernel now = with_events({});
    now.facts.image.config = "CONFIG_C=y\n";
    Used used;
    used.events = {"a:y"};
    used.options = {"CONFIG_A"};
    EXPECT_THAT(differences(was, now, {.used = &used}),
                ElementsAre("tracepoint_removed a:y (error):  -> none",
                            "config CONFIG_A (error): y -> none"));
}

} // namespace
} // namespace kps::changes
