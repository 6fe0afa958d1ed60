#include "keyed_cases.hpp"
#include "runtime/judge/screen.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using sema::BinaryOp;
using sema::CompareOp;
using testing::ElementsAre;

using Node = decltype(sema::Expectation::node);

std::optional<TestResult> screened(const World& w) {
    const auto screen = Screen::make(w.spec, w.test);
    if (screen == nullptr) return std::nullopt;
    for (const hits::Hit& hit : w.trace.hits)
        screen->take(hit);
    return screen->finish(w.trace.without_hits());
}

void expect(World& w, Node node) {
    w.test.expectations.push_back({std::move(node), "expect it", {}, std::nullopt});
}

/// A call of which everything is known, with a tick that begins something and one that ends it.
World plain() {
    World w;
    w.entered(10'000, 7, "/etc/hostname");
    w.ticked(20'000, 7, 1UL, 5UL);
    w.ticked(30'000, 7, 2UL, 5UL);
    w.returned(40'000, 7, 3);
    w.trace.end_ns = 50'000;
    return w;
}

std::vector<Node> that_hold(World& w) {
    const std::uint32_t duration = w.field(w.open, "duration");
    const auto tid = [&](sema::StreamId stream) { return w.field(stream, "tid"); };
    const auto taken = ticks(w, 1);
    const auto given = ticks(w, 2);
    const sema::KeyedUse any_tick{w.use(w.tick), {tid(w.tick)}};
    const sema::KeyedUse other_tick{w.use(w.tick, {w.compare(w.tick, "value", BinaryOp::equal, 3)}),
                                    {tid(w.tick)}};
    const sema::KeyedUse call{w.use(w.open), {tid(w.open)}};
    const sema::Comparison few{CompareOp::less, 3};
    return {
        sema::ExpectExists{true, w.use(w.open)},
        sema::ExpectExists{false, other_tick.use},
        sema::ExpectCount{w.use(w.tick), few, {}},
        sema::ExpectCount{w.use(w.tick), few, {tid(w.tick)}},
        sema::ExpectEvery{w.use(w.open), false,
                          w.compare(w.open, "ret", BinaryOp::greater_equal, 0)},
        sema::ExpectEvery{other_tick.use, true, w.compare(w.tick, "value", BinaryOp::equal, 3)},
        sema::ExpectAggregate{
            sema::Aggregate::max, w.use(w.open), duration, {CompareOp::equal, 30'000}, {}},
        sema::ExpectDistinct{w.use(w.tick), w.field(w.tick, "id"), {CompareOp::equal, 1}, {}},
        sema::ExpectThen{{taken.use, given.use}, {taken.key, given.key}, 10'000},
        sema::ExpectOnlyAfter{given, taken, 10'000},
        sema::ExpectPaired{taken, given},
        sema::ExpectDuring{true, any_tick, call},
        sema::ExpectDuring{false, other_tick, call},
        sema::ExpectFollows{
            taken,
            {"held", {"free", "taken"}, 0, {true, false}, {taken, given}, {{0, 1, 0}, {1, 0, 1}}}},
    };
}

TEST(Screen, ShowsWhatHoldsOfAPlainTrace) {
    const std::size_t count = [] {
        World w = plain();
        return that_hold(w).size();
    }();
    for (std::size_t i = 0; i < count; ++i) {
        World w = plain();
        expect(w, that_hold(w).at(i));
        const auto result = screened(w);
        ASSERT_TRUE(result) << i;
        const TestResult judged = w.run();
        EXPECT_EQ(result->verdict, Verdict::pass) << i;
        EXPECT_EQ(judged.verdict, Verdict::pass) << i;
        EXPECT_EQ(result->findings.at(0).seen, judged.findings.at(0).seen) << i;
        EXPECT_EQ(result->findings.at(0).expected, judged.findings.at(0).expected) << i;
        EXPECT_EQ(result->findings.at(0).remarks, judged.findings.at(0).remarks) << i;
    }
}

TEST(Screen, LeavesWhatFailsToTheJudge) {
    World w = plain();
    expect(w, sema::ExpectExists{false, w.use(w.tick)});
    EXPECT_FALSE(screened(w));
}

TEST(Screen, SaysNothingWhereSomethingWasLostOrIsMissing) {
    for (const auto& spoil : std::vector<std::function<void(World&)>>{
             [](World& w) { w.lost(1); }, [](World& w) { w.trace.cut_short = "interrupted"; },
             [](World& w) { w.test.runs.push_back({}); },
             // the call that began first never returned, one that began later did
             [](World& w) { w.entered(60'000, 7).entered(70'000, 7).returned(80'000, 7, 0); },
             [](World& w) { w.ticked(1'000, 7, 1UL); }, // not in the order of time
         }) {
        World w = plain();
        expect(w, sema::ExpectExists{true, w.use(w.tick)});
        ASSERT_TRUE(screened(w));
        spoil(w);
        EXPECT_FALSE(screened(w));
    }
}

TEST(Screen, SaysNothingOfWhatCouldNotBeRead) {
    World w = plain();
    w.ticked(60'000, 7, hits::Unreadable{}, 5UL);
    expect(w, sema::ExpectCount{w.use(w.tick), {CompareOp::equal, 3}, {}});
    EXPECT_TRUE(screened(w)); // which is not looked at
    expect(w, sema::ExpectCount{ticks(w, 1).use, {CompareOp::equal, 1}, {}});
    EXPECT_FALSE(screened(w));
}

TEST(Screen, SaysNothingOfAnOrderThatTheClocksDoNotTell) {
    const auto taken_then_given = std::vector<std::function<Node(World&)>>{
        [](World& w) { return sema::ExpectPaired{ticks(w, 1), ticks(w, 2)}; },
        [](World& w) { return sema::ExpectOnlyAfter{ticks(w, 2), ticks(w, 1), {}}; },
        [](World& w) {
            const auto taken = ticks(w, 1);
            const auto given = ticks(w, 2);
            return sema::ExpectThen{{taken.use, given.use}, {taken.key, given.key}, 10'000};
        },
    };
    for (std::size_t i = 0; i < taken_then_given.size(); ++i)
        for (const auto& [apart, known] : {std::pair{999UL, false}, {1'000UL, true}}) {
            World w;
            w.ticked(20'000, 7, 1UL, 5UL, 0);
            w.ticked(20'000 + apart, 8, 2UL, 5UL, 1);
            w.trace.end_ns = 50'000;
            expect(w, taken_then_given[i](w));
            EXPECT_EQ(screened(w).has_value(), known) << i << ", " << apart;
            EXPECT_EQ(w.run().verdict == Verdict::pass, known) << i << ", " << apart;
        }
}

/// The idle tasks of two CPUs have the same tid.
TEST(Screen, SaysNothingOfWhatMayBeWithinACall) {
    for (const auto& [time, known] :
         {std::pair{9'000UL, true}, {9'001UL, false}, {20'999UL, false}, {21'000UL, true}}) {
        World w;
        if (time < 10'000) w.ticked(time, 0, 1UL, 0UL, 1);
        w.entered(10'000, 0).returned(20'000, 0, 0);
        if (time > 20'000) w.ticked(time, 0, 1UL, 0UL, 1);
        w.trace.end_ns = 50'000;
        const sema::KeyedUse tick{w.use(w.tick), {w.field(w.tick, "tid")}};
        const sema::KeyedUse call{w.use(w.open), {w.field(w.open, "tid")}};
        expect(w, sema::ExpectDuring{false, tick, call});
        EXPECT_EQ(screened(w).has_value(), known) << time;
        EXPECT_EQ(w.run().verdict == Verdict::pass, known) << time;
    }
}

TEST(Screen, LooksAtTheKeysThatAMachineIsAskedAbout) {
    World w = plain();
    const auto taken = ticks(w, 1);
    const auto given = ticks(w, 2);
    w.ticked(45'000, 7, 2UL, 6UL); // is given before it is taken
    const sema::Machine held{"held",        {"free", "taken"}, 0,
                             {true, false}, {taken, given},    {{0, 1, 0}, {1, 0, 1}}};
    expect(w, sema::ExpectFollows{taken, held});
    EXPECT_TRUE(screened(w));
    EXPECT_EQ(w.run().verdict, Verdict::pass);
    w.ticked(49'000, 7, 1UL, 6UL);
    EXPECT_FALSE(screened(w));
    EXPECT_EQ(w.run().verdict, Verdict::fail);
}

/// What is true between two hits that are close is not noticed, as their order is not.
TEST(Screen, NoticesThatAMachineStartsAgainAsTheJudgeDoes) {
    for (const auto& [apart, judged] : {std::pair{2'000UL, false}, {2'001UL, true}}) {
        World w;
        w.test.scope = sema::HitScope::system;
        w.ticked(20'000, 7, 2UL, 5UL);
        w.ticked(20'000 + apart, 7, 1UL, 5UL);
        w.trace.end_ns = 50'000;
        const auto taken = ticks(w, 1);
        const auto given = ticks(w, 2);
        expect(w, sema::ExpectFollows{taken,
                                      {"held",
                                       {"free", "taken"},
                                       0,
                                       {true, false},
                                       {taken, given},
                                       {{0, 1, 0}, {1, 0, 1}}}});
        EXPECT_EQ(screened(w).has_value(), !judged) << apart;
        EXPECT_EQ(w.run().verdict == Verdict::pass, !judged) << apart;
    }
}

TEST(Screen, IsNotForWhatOnlyAllHitsTell) {
    const World w = plain();
    World scoped = w;
    expect(scoped, sema::ExpectExists{true, scoped.use(scoped.tick)});
    scoped.test.expectations[0].scope = {sema::Scope::Kind::after, scoped.use(scoped.enter), {}};
    EXPECT_EQ(Screen::make(scoped.spec, scoped.test), nullptr);
    World spans = w;
    expect(spans, sema::ExpectExists{true, spans.use(spans.wait)});
    EXPECT_EQ(Screen::make(spans.spec, spans.test), nullptr);
    World shows = w;
    shows.test.shows.push_back({sema::ShowTop{10, shows.use(shows.tick), {}}, "", {}});
    EXPECT_EQ(Screen::make(shows.spec, shows.test), nullptr);
}

TEST(Screen, TellsWhatIsNotJudged) {
    World w = plain();
    w.test.scope = sema::HitScope::system;
    w.entered(60'000, 8).returned(70'000, 9, 0);
    expect(w, sema::ExpectExists{true, w.use(w.open)});
    const auto result = screened(w);
    ASSERT_TRUE(result);
    EXPECT_THAT(result->findings.at(0).remarks,
                ElementsAre("open: 1 return without an entry, in flight when the probes went "
                            "live; not judged",
                            "open: 1 call still open at the end; not judged"));
    EXPECT_EQ(result->findings.at(0).remarks, w.run().findings.at(0).remarks);
}

TEST(Screen, KeepsAnEntryUntilItsCallEnds) {
    World w = plain();
    expect(w, sema::ExpectCount{
                  w.use(w.open, {w.is_path(w.open, "/etc/hostname")}), {CompareOp::equal, 1}, {}});
    const auto screen = Screen::make(w.spec, w.test);
    for (const hits::Hit& hit : w.trace.hits) {
        std::string text = "/etc/hostname";
        hits::Hit passing = hit;
        std::vector<hits::Value> fields(hit.fields.begin(), hit.fields.end());
        if (hit.probe == World::enter_probe) fields[0] = std::string_view(text);
        passing.fields = fields;
        screen->take(passing);
        text.assign(text.size(), '?');
    }
    EXPECT_TRUE(screen->finish(w.trace.without_hits()));
}

} // namespace
} // namespace kps::judge
