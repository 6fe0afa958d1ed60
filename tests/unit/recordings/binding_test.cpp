#include "runtime/recordings/binding.hpp"

#include "tests/unit/recordings/sample.hpp"

#include <gmock/gmock.h>

namespace kps::recordings {
namespace {

using hits::Unreadable;
using hits::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// `mine` at a function, `switched` at the tracepoint sched:sched_switch with a field that reads
/// `prev_pid`.
sema::ResolvedSpec spec() {
    sema::ResolvedSpec spec;
    const sema::EnumId colours = spec.enums.add({"colour", {{"RED", 5}, {"BLUE", 6}}});
    sema::Probe mine;
    mine.name = "mine";
    mine.symbol = "f";
    const sema::ExprId none{99};
    mine.fields = {{"path", type_of(sema::TypeKind::string, 1, false, 4), none, {}},
                   {"number", type_of(sema::TypeKind::integer, 2, true), none, {}},
                   {"colour", type_of(sema::TypeKind::integer, 4), none, {}}};
    mine.fields[2].type.enumeration = colours;
    spec.probes.add(mine);
    sema::Probe switched;
    switched.name = "switched";
    switched.kind = sema::PointKind::tracepoint;
    switched.module = "sched";
    switched.symbol = "sched_switch";
    const sema::ExprId source = spec.exprs.add({sema::EventField{"prev_pid"}, {}, {}});
    switched.fields = {{"before", type_of(sema::TypeKind::integer, 4, true), source, {}}};
    spec.probes.add(switched);
    return spec;
}

const std::vector<sema::ProbeId> both = {{0}, {1}};

/// One hit of the source `group:name` with these fields.
struct One {
    Sources sources;
    hits::Trace trace;

    One(const std::string& group, const std::string& name,
        const std::vector<std::pair<std::string, Value>>& fields) {
        sources.is_typed = false;
        Source& source = sources.sources.emplace_back();
        source.group = group;
        source.name = name;
        std::vector<Value> values;
        for (const auto& [field, value] : fields) {
            source.fields.push_back({field});
            values.push_back(value);
        }
        trace.hits = {hit(trace, 0, 10, values)};
    }
};

TEST(Binding, TakesTheWholeNameOfOneOfSeveralFunctions) {
    auto resolved = spec();
    resolved.probes[{0}].name = "mine:f"; // as `any of` makes it
    const One one("", "mine:f", {{"number", std::uint64_t{7}}});
    const auto bound = Binding(one.sources, resolved, {}).bind(one.trace, both);
    ASSERT_THAT(bound.hits, SizeIs(1));
    EXPECT_EQ(bound.hits[0].probe.value, 0U);
}

TEST(Binding, GoesByNamesAndTracepoints) {
    const auto resolved = spec();
    const std::vector<Value> expected{std::uint64_t{7}};
    for (const char* group : {"sched", ""}) {
        const One one(group, "sched_switch", {{"x", 1U}, {"prev_pid", std::uint64_t{7}}});
        const auto bound = Binding(one.sources, resolved, {}).bind(one.trace, both);
        ASSERT_THAT(bound.hits, SizeIs(1)) << group;
        EXPECT_EQ(bound.hits[0].probe.value, 1U);
        EXPECT_THAT(bound.hits[0].fields, ElementsAre(Value{std::uint64_t{7}}));
    }
    const One other("other", "sched_switch", {});
    EXPECT_THAT(Binding(other.sources, resolved, {}).bind(other.trace, both).hits, IsEmpty());
}

TEST(Binding, TellsBeforehandWhichEventsMayBeHits) {
    const auto resolved = spec();
    const std::vector<EventMap> maps{{"kprobes:p", "mine"}};
    const auto may_be = [&](const char* group, const char* event, std::uint32_t probe,
                            std::span<const EventMap> by = {}) {
        return may_be_of(group, event, resolved.probes[{probe}], by);
    };
    EXPECT_TRUE(may_be("", "mine", 0));
    EXPECT_TRUE(may_be("kps", "mine", 0));
    EXPECT_FALSE(may_be("", "f", 0));
    EXPECT_TRUE(may_be("sched", "sched_switch", 1));
    EXPECT_TRUE(may_be("", "sched_switch", 1));
    EXPECT_FALSE(may_be("other", "sched_switch", 1));
    EXPECT_TRUE(may_be("kprobes", "p", 0, maps));
    EXPECT_FALSE(may_be("", "mine", 0, maps)); // mapped to another one
}

TEST(Binding, LeavesTheFieldsWhereTheyAreIfNothingChanges) {
    auto resolved = spec();
    resolved.probes[{0}].fields.erase(resolved.probes[{0}].fields.begin());
    const auto bound = [&](const One& one) {
        return Binding(one.sources, resolved, {}).bind(one.trace, both).hits.at(0).fields;
    };
    const Value ip{std::uint64_t{1}};
    const Value number{std::uint64_t{7}};
    const One same("", "mine", {{"ip", ip}, {"number", number}, {"colour", number}});
    EXPECT_EQ(bound(same).data(), same.trace.hits[0].fields.data() + 1);
    const One longer("", "mine",
                     {{"ip", ip}, {"number", std::uint64_t{0x1'8007}}, {"colour", number}});
    EXPECT_THAT(bound(longer), ElementsAre(Value{std::uint64_t{0xffff'ffff'ffff'8007}}, number));
    const One apart("", "mine", {{"number", number}, {"ip", ip}, {"colour", number}});
    EXPECT_THAT(bound(apart), ElementsAre(number, number));
    const One shorter("", "mine", {{"number", number}});
    EXPECT_THAT(bound(shorter), ElementsAre(number, Value{Unreadable{}}));
}

TEST(Binding, TakesTheHitsOfAProbeOnATracepointOnce) {
    const auto resolved = spec();
    One one("sched", "sched_switch", {});
    one.sources.sources.push_back({"kps", "switched", {}});
    one.trace.hits.push_back(hit(one.trace, 1, 11, {}));
    const auto bound = Binding(one.sources, resolved, {}).bind(one.trace, both);
    ASSERT_THAT(bound.hits, SizeIs(1));
    EXPECT_EQ(bound.hits[0].time_ns, 11U);
}

TEST(Binding, KeepsTheNamesOfAddresses) {
    const Recording recording = sample();
    const auto same = spec_of(recording.sources[0]);
    const Binding binding(recording.sources[0], same, {});
    const hits::Trace& trace = recording.tests[0].trace;
    EXPECT_EQ(binding.bind(trace, both).symbols, trace.symbols);
}

TEST(Binding, LeavesOutWhatIsNotWanted) {
    const auto resolved = spec();
    One one("", "mine", {});
    one.sources.sources.push_back({"", "switched", {}});
    one.trace.hits.push_back(hit(one.trace, 1, 11, {}));
    const std::vector<sema::ProbeId> second = {{1}};
    const auto bound = Binding(one.sources, resolved, {}).bind(one.trace, second);
    ASSERT_THAT(bound.hits, SizeIs(1));
    EXPECT_EQ(bound.hits[0].probe.value, 1U);
}

TEST(Binding, ByMapReplacesTheNames) {
    const auto resolved = spec();
    const std::vector<EventMap> maps{{"kprobes:p", "mine"}};
    const One mapped("kprobes", "p", {});
    auto bound = Binding(mapped.sources, resolved, maps).bind(mapped.trace, both);
    ASSERT_THAT(bound.hits, SizeIs(1));
    EXPECT_THAT(bound.hits[0].fields,
                ElementsAre(Value{Unreadable{}}, Value{Unreadable{}}, Value{Unreadable{}}));
    const One named("", "mine", {});
    bound = Binding(named.sources, resolved, maps).bind(named.trace, both);
    EXPECT_THAT(bound.hits, IsEmpty());
    ASSERT_THAT(bound.losses, SizeIs(1)); // `mine` is mapped, and so was recorded
    EXPECT_EQ(bound.losses[0].probe->value, 1U);
    EXPECT_THAT(bound.losses[0].cause, HasSubstr("no switched"));
}

TEST(Binding, ByMapTakesAnEventWithoutAGroupByItsName) {
    const auto resolved = spec();
    const std::vector<EventMap> maps{{"kprobes:p", "mine"}};
    for (const auto& [group, hits] : {std::pair("", 1U), {"kprobes", 1U}, {"others", 0U}}) {
        const One one(group, "p", {});
        EXPECT_THAT(Binding(one.sources, resolved, maps).bind(one.trace, both).hits, SizeIs(hits))
            << group;
    }
}

TEST(Binding, OfSeveralOfOneNameEachHasItsOwn) {
    sema::ResolvedSpec several = spec();
    several.probes.add(several.probes[{0}]);
    One one("", "mine", {{"number", std::uint64_t{1}}});
    one.sources.sources.push_back(one.sources.sources.front());
    const std::vector<Value> values = {std::uint64_t{2}};
    one.trace.hits.push_back(hit(one.trace, 1, 20, values));
    const std::vector<sema::ProbeId> mine = {{0}, {2}};
    const hits::Trace bound = Binding(one.sources, several, {}).bind(one.trace, mine);
    ASSERT_THAT(bound.hits, SizeIs(2));
    EXPECT_EQ(bound.hits[0].probe, sema::ProbeId{0});
    EXPECT_EQ(bound.hits[1].probe, sema::ProbeId{2});
    EXPECT_THAT(bound.losses, IsEmpty());
    // what has one name for all of them still is of each
    const One alone("", "mine", {{"number", std::uint64_t{1}}});
    const hits::Trace of_one = Binding(alone.sources, several, {}).bind(alone.trace, mine);
    EXPECT_THAT(of_one.hits, SizeIs(1));
    EXPECT_THAT(of_one.losses, IsEmpty());
}

TEST(Binding, ReadsPrintedValues) {
    const auto resolved = spec();
    One one("", "mine",
            {{"number", std::string_view("-2")},
             {"path", std::string_view("\"/etc/x\"")},
             {"colour", std::string_view("BLUE")}});
    one.sources.as_printed = true;
    const auto bound = Binding(one.sources, resolved, {}).bind(one.trace, both);
    ASSERT_THAT(bound.hits, SizeIs(1));
    EXPECT_THAT(bound.hits[0].fields, ElementsAre(Value{std::string_view("/etc")},
                                                  Value{UINT64_MAX - 1}, Value{std::uint64_t{6}}));
}

TEST(Binding, KeepsTheNamesOfEnumerators) {
    const auto resolved = spec();
    Sources sources = sources_of(resolved);
    sources.enums = {};
    sources.enums.add({"colour", {{"BLUE", 1}, {"RED", 2}, {"GREEN", 3}}});
    hits::Trace trace;
    for (const std::uint64_t value : {1U, 2U, 3U, 4U})
        trace.hits.push_back(hit(trace, 0, value, {std::string_view("a"), 0U, value}));
    const auto bound = Binding(sources, resolved, {}).bind(trace, both);
    std::vector<Value> colours;
    for (const hits::Hit& one : bound.hits)
        colours.push_back(one.fields[2]);
    EXPECT_THAT(colours, ElementsAre(Value{std::uint64_t{6}}, Value{std::uint64_t{5}},
                                     Value{std::uint64_t{3}}, Value{std::uint64_t{4}}));
}

TEST(Binding, GivesLossesToTheProbesConcerned) {
    const auto resolved = spec();
    const Sources sources = sources_of(resolved);
    hits::Trace trace;
    trace.losses = {{std::nullopt, 1, 0, 1, 2, "any"}, {sema::ProbeId{1}, {}, 0, 1, 3, "one"}};
    const auto bound = Binding(sources, resolved, {}).bind(trace, both);
    ASSERT_THAT(bound.losses, SizeIs(2));
    EXPECT_EQ(bound.losses[1].probe->value, 1U);
}

struct Printed {
    const char* text;
    sema::ValueType type;
    Value expected;
};

TEST(PrintedValue, IsReadByItsType) {
    const auto number = [](std::uint8_t size, bool is_signed = false) {
        return type_of(sema::TypeKind::integer, size, is_signed);
    };
    const auto shown = [](sema::Display display, std::uint8_t size) {
        sema::ValueType type = type_of(sema::TypeKind::integer, size);
        type.display = display;
        return type;
    };
    const Printed cases[] = {
        {"12", number(4), std::uint64_t{12}},
        {"003", number(4), std::uint64_t{3}},
        {"-1", number(4, true), UINT64_MAX},
        {"-1", number(4), std::uint64_t{0xffffffff}},
        {"0xffffff9c", number(4, true), std::uint64_t(-100)},
        {"ffff888012345678", number(8), std::uint64_t{0xffff888012345678}},
        {"12ab", number(8), Unreadable{}},
        {"", number(8), Unreadable{}},
        {"-", number(8), Unreadable{}},
        {"99999999999999999999", number(8), Unreadable{}},
        {"(fault)", number(8), Unreadable{}},
        {"(fault)", type_of(sema::TypeKind::string), Unreadable{}},
        {"\"\"", type_of(sema::TypeKind::string), std::string_view("")},
        {"a \"b", type_of(sema::TypeKind::string), std::string_view("a \"b")},
        {"1.2.3.4", shown(sema::Display::ipv4, 4), std::uint64_t{0x04030201}},
        {"1.2.3", shown(sema::Display::ipv4, 4), Unreadable{}},
        {"80", shown(sema::Display::port, 2), std::uint64_t{0x5000}},
        {"true", shown(sema::Display::boolean, 1), std::uint64_t{1}},
        {"'x'", shown(sema::Display::character, 1), std::uint64_t{'x'}},
        {"{1,2", type_of(sema::TypeKind::array, 4), Unreadable{}},
        {"{1,x}", type_of(sema::TypeKind::array, 4), Unreadable{}},
    };
    hits::Storage storage;
    for (const Printed& one : cases)
        EXPECT_EQ(read_printed(one.text, one.type, {}, storage), one.expected) << one.text;
    const Value array =
        read_printed("{1,0xff}", type_of(sema::TypeKind::array, 1, true), {}, storage);
    EXPECT_THAT(std::get<hits::Elements>(array), ElementsAre(1U, UINT64_MAX));
}

} // namespace
} // namespace kps::recordings
