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
    hits::Trace trace = random_trace(c, 24);
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

TEST(ScreenProperty, WhatItSaysIsWhatIsJudgedOfAllHits) {
    int proven = 0;
    check("a screen says the same or nothing", [&](Choices& c) {
        World world;
        const Form form = random_form(c);
        world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        world.test.expectations = {expectation(world, form)};
        if (c.one_in(4)) world.test.expectations.push_back(expectation(world, random_form(c)));
        if (c.one_in(4)) world.test.witnesses = {world.use(world.tick)};
        world.trace = plain_trace(c);
        if (c.one_in(8)) add_random_losses(c, world.trace);
        const auto passed = screened(world);
        const std::string expected = text_of(world.run());
        proven += passed.has_value();
        const std::string found = passed ? text_of(*passed) : expected;
        RC_LOG() << describe(form) << describe(world.trace) << "\njudged " << expected
                 << "\nscreened " << found << '\n';
        RC_ASSERT(found == expected);
    });
    EXPECT_GT(proven, 0);
}

TEST(ScreenProperty, SaysWhatHoldsOfAPlainTrace) {
    int held = 0;
    int proven = 0;
    check("a screen says nothing else of most that holds", [&](Choices& c) {
        World world;
        Form form = random_form(c);
        form.scope.reset();
        world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
        world.test.expectations = {expectation(world, form)};
        world.trace = plain_trace(c);
        const auto passed = screened(world);
        held += world.run().verdict == judge::Verdict::pass;
        proven += passed.has_value();
    });
    RecordProperty("held", held);
    RecordProperty("proven", proven);
    EXPECT_GT(2 * proven, held);
}

} // namespace
} // namespace kps
