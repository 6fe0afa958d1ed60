#include "runtime/judge/calls.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace kps::judge {
namespace {

/// A letter and a digit a hit: `e1` enters in task 1, `x1` leaves. Calls are told by their hits in
/// the order in which they began (`-`: not seen to return), those that returned by where they are
/// among them, those that vanished by their hit and the next.
std::string paired(std::string_view story) {
    std::vector<hits::Hit> hits;
    std::vector<HitIndex> entries;
    std::vector<HitIndex> exits;
    for (std::size_t at = 0; at < story.size(); at += 3) {
        (story[at] == 'e' ? entries : exits).push_back(static_cast<HitIndex>(hits.size()));
        hits.emplace_back().tid = static_cast<std::uint32_t>(story[at + 1] - '0');
        if (hits.back().tid == 0) hits.back().cpu = static_cast<std::uint32_t>(hits.size() % 2);
    }
    const Calls calls = pair_calls(hits, entries, exits);
    std::string text;
    for (const auto& [entry, exit] : calls.all)
        text += fmt::format("{}{} ", entry, exit ? std::to_string(*exit) : "-");
    text += fmt::format("ended {}", fmt::join(calls.by_end, ""));
    for (const auto& [entry, next] : calls.vanished)
        text += fmt::format(" {} before {}", entry, next);
    return calls.orphans == 0 ? text : fmt::format("{} orphans {}", text, calls.orphans);
}

TEST(Calls, AreAStackPerTask) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "ended "},
        {"e1 x1 e1 x1", "01 23 ended 01"},
        {"e1 e1 x1 x1", "03 12 ended 10"},
        {"e1 e2 x1 x2", "02 13 ended 01"},
        {"x1 e1 x1 x1", "12 ended 0 orphans 2"},
        {"e1 e2 x2", "0- 12 ended 1"},
        {"e0 e0 x0 x0", "02 13 ended 01"}, // the idle tasks of two CPUs
    };
    for (const auto& [story, expected] : cases)
        EXPECT_EQ(paired(story), expected) << story;
}

TEST(Calls, VanishedIfTheirTaskMadeAndEndedALaterOne) {
    const std::pair<const char*, const char*> cases[] = {
        {"e1 e1 x1", "0- 12 ended 1 0 before 1"},
        {"e1 e1 e1 x1", "0- 1- 23 ended 2 0 before 1 1 before 2"},
        {"e1 e1 x1 e1 x1", "0- 12 34 ended 12 0 before 1"},
        {"e1 e1 x1 e1", "0- 12 3- ended 1 0 before 1"},
        {"e1 e2 x2 e1", "0- 12 3- ended 1"},
    };
    for (const auto& [story, expected] : cases)
        EXPECT_EQ(paired(story), expected) << story;
}

} // namespace
} // namespace kps::judge
