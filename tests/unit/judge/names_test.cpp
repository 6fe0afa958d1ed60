#include "runtime/judge/screen.hpp"
#include "tests/unit/judge/world.hpp"

#include <gtest/gtest.h>

namespace kps::judge {
namespace {

constexpr std::uint64_t in_vfs_open = 0x7fff'ffff'8100'0010; // that a comparison's bound can reach

/// One tick whose `id` is an address that has a name.
World with_an_address() {
    World w;
    w.spec.probes[World::tick_probe].fields[1].type.display = sema::Display::symbol;
    w.spec.streams[w.tick].fields[w.field(w.tick, "id")].type.display = sema::Display::symbol;
    w.ticked(10'000, 7, 1UL, in_vfs_open);
    w.trace.symbols = {{in_vfs_open, "vfs_open+0x10"}};
    return w;
}

TEST(Names, AreOfTheValuesThatViolateACondition) {
    World w = with_an_address();
    const Finding finding = w.judge(sema::ExpectEvery{
        w.use(w.tick), false, w.compare(w.tick, "id", sema::BinaryOp::equal, 16)});
    EXPECT_EQ(finding.seen, "vfs_open+0x10");
    EXPECT_EQ(finding.expected, "== 0x10");
    EXPECT_EQ(finding.evidence.at(0).note, "id is vfs_open+0x10, not 0x10");
}

TEST(Names, AreOfKeys) {
    World w = with_an_address();
    const Finding finding = w.judge(
        sema::ExpectCount{w.use(w.tick), {sema::CompareOp::equal, 0}, {w.field(w.tick, "id")}});
    EXPECT_EQ(finding.key, "id vfs_open+0x10");
}

TEST(Names, AreOfKeysThatTheKernelSummedUp) {
    World w = with_an_address();
    w.trace.hits.clear();
    const sema::ExpectCount count{
        w.use(w.tick), {sema::CompareOp::equal, 0}, {w.field(w.tick, "id")}};
    w.test.expectations = {{count, "expect it", {}, std::nullopt}};
    hits::Summed& summed = w.trace.summed.emplace();
    summed.work = plan::divide(w.spec, w.test, true);
    ASSERT_EQ(summed.work.tallies.size(), 1U);
    summed.tallies = {{{0, 0}, {{{hits::Value(in_vfs_open)}, {1, 0}}}, {}}};
    EXPECT_EQ(w.run().findings.back().key, "id vfs_open+0x10");
}

TEST(Names, AreOfMeasuresAlsoWhereHitsPass) {
    World w = with_an_address();
    w.trace.end_ns = 50'000;
    const sema::ExpectAggregate largest{sema::Aggregate::max,
                                        w.use(w.tick),
                                        w.field(w.tick, "id"),
                                        {sema::CompareOp::greater, 16},
                                        {}};
    EXPECT_EQ(w.judge(largest).seen, "vfs_open+0x10");
    const auto screen = Screen::make(w.spec, w.test);
    ASSERT_TRUE(screen);
    for (const hits::Hit& hit : w.trace.hits)
        screen->take(hit);
    const auto screened = screen->finish(w.trace.without_hits());
    ASSERT_TRUE(screened);
    EXPECT_EQ(screened->findings.back().seen, "vfs_open+0x10");
}

} // namespace
} // namespace kps::judge
