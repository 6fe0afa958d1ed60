#include "judge_cases.hpp"
#include "runtime/judge/judge.hpp"
#include "runtime/judge/screen.hpp"

namespace kps {
namespace {

using namespace cases;
using judge::World;
using reference::Form;

/// What the screen says of the hits, each of which is gone when the next one comes.
std::optional<judge::TestResult> screened(const World& world) {
    const auto screen = judge::Screen::make(world.spec, world.test);
    if (screen == nullptr) return std::nullopt;
    for (const hits::Hit& hit : world.trace.hits) {
        std::vector<hits::Value> fields(hit.fields.begin(), hit.fields.end());
        std::vector<std::string> texts(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (auto* const text = std::get_if<std::string_view>(&fields[i]))
                *text = texts[i] = *text;
        hits::Hit passing = hit;
        passing.fields = fields;
        screen->take(passing);
    }
    return screen->finish(world.trace.without_hits());
}

std::string text_of(const judge::TestResult& result) {
    std::string text(to_string(result.verdict));
    for (const judge::Finding& finding : result.findings) {
        text += "\n  " + std::string(to_string(finding.verdict)) + ' ' + finding.seen + ' ' +
                finding.expected + ' ' + finding.reason + finding.key;
        if (finding.measured)
            text += " measured " + std::to_string(finding.measured->low) + " to " +
                    std::to_string(finding.measured->high);
        for (const std::string& remark : finding.remarks)
            text += "\n    " + remark;
    }
    for (const std::string& remark : result.remarks)
        text += "\n  " + remark;
    return text;
}

/// Most of its values can be read, and most of its hits are far from each other.
hits::Trace plain_trace(Choices& c) {
    hits::Trace trace = random_trace(c, c.one_of<std::size_t>({4, 8, 24}));
    std::uint64_t late = 0;
    for (hits::Hit& hit : trace.hits) {
        hit.time_ns += late += c.one_of<std::uint64_t>({2'000, 2'000, 300, 0});
        std::vector<hits::Value> fields(hit.fields.begin(), hit.fields.end());
        for (hits::Value& value : fields)
            if (std::holds_alternative<hits::Unreadable>(value) && !c.one_in(20))
                value = std::uint64_t{1};
        hit.fields = judge::keep(trace, fields);
    }
    trace.end_ns += late;
    return trace;
}

reference::Use ticks(std::int64_t value) {
    return {reference::StreamName::tick, {{"value", sema::BinaryOp::equal, value}}};
}

/// An order of ticks of different values, or of ticks and calls.
Form order_of_ticks(Choices& c) {
    using Kind = Form::Kind;
    Form form;
    form.kind = c.one_of<Kind>({Kind::then, Kind::only_after, Kind::paired, Kind::during_some,
                                Kind::during_no, Kind::follows});
    const bool is_during = form.kind == Kind::during_some || form.kind == Kind::during_no;
    form.key = {is_during || c.one_in(2) ? "tid" : "id"};
    form.uses = {ticks(1)};
    if (form.kind == Kind::follows)
        form.machine = {{ticks(1), ticks(2)}, {{0, 1, 0}, {1, 0, 1}}, {true, c.one_in(2)}};
    else if (is_during)
        form.uses.push_back({reference::StreamName::open, {}});
    else
        form.uses.push_back(ticks(2));
    if (form.kind == Kind::then && c.one_in(3)) form.uses.push_back(ticks(3));
    if (!c.one_in(3)) form.within = c.one_of<std::uint64_t>({1'000, 6'000, 20'000});
    return form;
}

/// An expectation that a screen can judge, if chance gives one soon.
Form plain_form(Choices& c) {
    if (c.one_in(2)) return order_of_ticks(c);
    Form form;
    for (int i = 0; i < 4; ++i) {
        form = random_form(c);
        form.scope.reset();
        World world;
        world.test.expectations = {expectation(world, form)};
        if (judge::Screen::make(world.spec, world.test) != nullptr) break;
    }
    return form;
}

TEST(ScreenProperty, WhatItSaysIsWhatIsJudgedOfAllHits) {
    const auto property = [](Choices& c) {
        World world;
        const Form form = plain_form(c);
        world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        world.test.expectations = {expectation(world, form)};
        if (c.one_in(8)) world.test.witnesses = {world.use(world.tick)};
        world.trace = plain_trace(c);
        if (c.one_in(16)) add_random_losses(c, world.trace);
        const auto passed = screened(world);
        const std::string expected = text_of(world.run());
        const std::string found = passed ? text_of(*passed) : expected;
        RC_LOG() << describe(form) << describe(world.trace) << "\njudged " << expected
                 << "\nscreened " << found << '\n';
        RC_ASSERT(found == expected);
    };
    for (int i = 0; i < 10; ++i)
        check("a screen says the same or nothing", property, 400);
}

TEST(ScreenProperty, SaysWhatHoldsOfAPlainTrace) {
    int held = 0;
    int proven = 0;
    check("a screen says nothing else of most that holds", [&](Choices& c) {
        World world;
        world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        world.test.expectations = {expectation(world, plain_form(c))};
        world.trace = plain_trace(c);
        held += world.run().verdict == judge::Verdict::pass;
        proven += screened(world).has_value();
    });
    EXPECT_GT(2 * proven, held);
}

} // namespace
} // namespace kps
