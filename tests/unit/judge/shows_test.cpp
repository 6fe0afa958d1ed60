#include "world.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Shown histogram(World& w, sema::StreamId stream, const std::string& field,
                std::vector<sema::ExprId> where = {}) {
    w.test.shows = {
        {sema::ShowHistogram{w.use(stream, std::move(where)), w.field(stream, field)}, "show", {}}};
    return w.run().shows.at(0);
}

Shown top(World& w, std::uint32_t most, sema::StreamId stream, const std::string& key) {
    w.test.shows = {{sema::ShowTop{most, w.use(stream), {w.field(stream, key)}}, "show", {}}};
    return w.run().shows.at(0);
}

std::vector<std::pair<std::string, std::uint64_t>> buckets(const Shown& shown) {
    std::vector<std::pair<std::string, std::uint64_t>> all;
    for (const Histogram::Bucket& bucket : std::get<Histogram>(shown.node).buckets)
        all.emplace_back(bucket.text, bucket.count);
    return all;
}

std::vector<std::pair<std::string, std::uint64_t>> rows(const Shown& shown) {
    std::vector<std::pair<std::string, std::uint64_t>> all;
    for (const Top::Row& row : std::get<Top>(shown.node).rows)
        all.emplace_back(row.key, row.count);
    return all;
}

TEST(Shows, CountsByPowersOfTwo) {
    World w;
    for (const std::int64_t value : {-7, -1, 0, 1, 2, 3, 8, 15, 16})
        w.ticked(1000, 1, bits(value));
    const Shown shown = histogram(w, w.tick, "value");
    EXPECT_THAT(buckets(shown),
                ElementsAre(Pair("below 0", 2), Pair("0", 1), Pair("1", 1), Pair("2..3", 2),
                            Pair("4..7", 0), Pair("8..15", 2), Pair("16..31", 1)));
    EXPECT_EQ(std::get<Histogram>(shown.node).values, 9U);
    EXPECT_TRUE(std::get<Histogram>(shown.node).buckets[0].negative);
    EXPECT_EQ(std::get<Histogram>(shown.node).buckets[5].low, 8U);
    EXPECT_EQ(std::get<Histogram>(shown.node).buckets[5].high, 15U);
    EXPECT_EQ(shown.text, "show");
    EXPECT_THAT(shown.remarks, IsEmpty());
}

TEST(Shows, HasABucketForTheLargest) {
    World w;
    w.ticked(1000, 1, 0UL, UINT64_MAX);
    const Shown shown = histogram(w, w.tick, "id");
    EXPECT_EQ(std::get<Histogram>(shown.node).buckets.at(0).high, UINT64_MAX);
    EXPECT_THAT(buckets(shown), ElementsAre(Pair("9223372036854775808..18446744073709551615", 1)));
}

TEST(Shows, PrintsUnits) {
    World w;
    w.entered(1000, 1).returned(4000, 1, 0);
    EXPECT_THAT(buckets(histogram(w, w.open, "duration")), ElementsAre(Pair("2.05 us..4.1 us", 1)));
    EXPECT_THAT(buckets(histogram(w, w.enter, "flags")), ElementsAre(Pair("0x0", 1)));
}

TEST(Shows, ListsTheKeysWithTheMostHits) {
    World w;
    for (const std::uint32_t tid : {7U, 7U, 5U, 5U, 6U, 9U, 9U, 9U, 8U})
        w.entered(1000, tid);
    const Shown shown = top(w, 3, w.enter, "tid");
    EXPECT_THAT(rows(shown), ElementsAre(Pair("tid 9", 3), Pair("tid 5", 2), Pair("tid 7", 2)));
    EXPECT_EQ(std::get<Top>(shown.node).more_keys, 2U);
    EXPECT_EQ(std::get<Top>(shown.node).more_hits, 2U);
    const Shown all = top(w, 10, w.enter, "tid");
    EXPECT_EQ(rows(all).size(), 5U);
    EXPECT_EQ(std::get<Top>(all.node).more_keys, 0U);
}

TEST(Shows, SaysWhatIsNotCounted) {
    World w;
    w.ticked(1000, 1, 4UL).ticked(1001, 1, hits::Unreadable{});
    w.ticked(1002, 1, 4UL, hits::Unreadable{}).lost(2, World::tick_probe);
    const Shown shown =
        histogram(w, w.tick, "value", {w.compare(w.tick, "id", sema::BinaryOp::equal, 0)});
    EXPECT_THAT(buckets(shown), ElementsAre(Pair("4..7", 1)));
    EXPECT_THAT(shown.remarks,
                ElementsAre("up to 2 hits were lost (ring buffer overrun on cpu 0)",
                            "not counted: 1 hit that may or may not belong: id could not be read",
                            "not counted: 1 hit without a known value: value could not be read"));
    EXPECT_THAT(top(w, 3, w.tick, "id").remarks,
                testing::Contains("not counted: 1 hit without a known key: id could not be read"));
}

TEST(Shows, AHistogramForEachKey) {
    World w;
    for (std::uint64_t i = 0; i < 12; ++i)
        w.ticked(1000 + i, 1, 4UL, i);
    w.ticked(2000, 1, 9UL, 3UL).ticked(2001, 1, 9UL, 3UL).ticked(2002, 1, 9UL, hits::Unreadable{});
    w.ticked(2003, 1, hits::Unreadable{}, 77UL);
    w.test.shows = {
        {sema::ShowHistogram{w.use(w.tick), w.field(w.tick, "value"), {w.field(w.tick, "id")}},
         "show",
         {}}};
    const Shown shown = w.run().shows.at(0);
    const auto& all = std::get<Histograms>(shown.node);
    ASSERT_EQ(all.rows.size(), max_histograms);
    EXPECT_EQ(all.more_keys, 2U);
    EXPECT_EQ(all.rows[0].key, "id 3");
    EXPECT_EQ(all.rows[0].histogram.values, 3U);
    ASSERT_EQ(all.rows[0].histogram.buckets.size(), 2U);
    EXPECT_EQ(all.rows[0].histogram.buckets[1].text, "8..15");
    EXPECT_EQ(all.rows[0].histogram.buckets[1].count, 2U);
    EXPECT_EQ(all.rows[1].key, "id 0");
    EXPECT_THAT(shown.remarks,
                ElementsAre("not counted: 1 hit without a known value: value could not be read",
                            "not counted: 1 hit without a known key: id could not be read"));
}

TEST(Shows, TheHitsThemselves) {
    World w;
    w.entered(1000, 1).entered(1500, 2).returned(2000, 2, -2).returned(4000, 1, 0);
    w.entered(5000, 3);
    w.test.shows = {{sema::ShowHits{w.use(w.open)}, "show", {}},
                    {sema::ShowHits{w.use(w.enter, {w.is_path(w.enter, "/etc")})}, "show", {}}};
    const TestResult result = w.run();
    EXPECT_THAT(std::get<Hits>(result.shows.at(0).node).items,
                ElementsAre(ElementsAre(0, 3), ElementsAre(1, 2)));
    EXPECT_EQ(std::get<Hits>(result.shows.at(1).node).items.size(), 3U);
    for (std::uint64_t i = 0; i < max_shown_hits; ++i)
        w.entered(6000 + i, 4, i % 2 == 0 ? hits::Value("/etc") : hits::Value(hits::Unreadable{}));
    const Shown many = w.run().shows.at(1);
    EXPECT_EQ(std::get<Hits>(many.node).items.size(), 503U);
    EXPECT_THAT(many.remarks, ElementsAre("not counted: 500 hits that may or may not belong: "
                                          "path could not be read"));
    w.test.shows = {{sema::ShowHits{w.use(w.enter)}, "show", {}}};
    const Shown most = w.run().shows.at(0);
    EXPECT_EQ(std::get<Hits>(most.node).items.size(), max_shown_hits);
    EXPECT_EQ(std::get<Hits>(most.node).more, 3U);
}

TEST(Shows, ChangesNoVerdict) {
    World w;
    w.lost(2, World::tick_probe);
    EXPECT_THAT(buckets(histogram(w, w.tick, "value")), IsEmpty());
    EXPECT_EQ(w.run().verdict, Verdict::pass);
}

} // namespace
} // namespace kps::judge
