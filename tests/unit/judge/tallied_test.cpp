#include "world.hpp"

#include <gmock/gmock.h>

/// What is judged from sums where evidence is missing or hits were lost. That sums and hits give
/// the same results otherwise is a property (tests/property).
namespace kps::judge {
namespace {

using hits::Summed;
using sema::BinaryOp;
using sema::CompareOp;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A world whose one expectation the kernel tallied: none of its hits crossed but evidence.
class Tallied : public World {
public:
    Tallied& expect(decltype(sema::Expectation::node) node) {
        test.expectations = {{std::move(node), "expect it", {}, std::nullopt}};
        Summed summed;
        summed.work = plan::divide(spec, test, true);
        EXPECT_THAT(summed.work.tallies, SizeIs(1));
        summed.tallies.resize(1);
        summed.calls.resize(summed.work.calls.size());
        trace.summed = std::move(summed);
        return *this;
    }
    Tallied& words(std::vector<std::uint64_t> words) {
        trace.summed->tallies[0].words = std::move(words);
        return *this;
    }
    /// The hits so far are evidence: single hits, or pairs of a call.
    Finding judged(bool of_calls = false) {
        Summed& summed = *trace.summed;
        const auto count = static_cast<std::uint32_t>(trace.hits.size());
        for (std::uint32_t i = 0; i < count; i += of_calls ? 2 : 1)
            summed.tallies[0].evidence.push_back({i, of_calls ? i + 1 : Summed::Occurrence::none});
        summed.sent.assign(count, false);
        return run().findings.at(0);
    }
    /// So many calls by one task on one CPU, of which the first five crossed.
    Tallied& calls(std::uint64_t count) {
        for (std::uint64_t i = 0; i < 5; ++i)
            entered(1000 + 100 * i, 7).returned(1050 + 100 * i, 7, 0);
        trace.summed->calls[0] = {count, count, 0, 0};
        return *this;
    }
};

TEST(Tallied, CountsWhatDidNotCross) {
    Tallied w;
    w.expect(sema::ExpectExists{false, w.use(w.tick)}).words({70, 0});
    for (int i = 0; i < 5; ++i)
        w.ticked(1000, 1, 2UL);
    const Finding finding = w.judged();
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.seen, "70");
    EXPECT_EQ(finding.reason, "70 hits seen");
    EXPECT_THAT(finding.evidence, SizeIs(5));
    EXPECT_EQ(finding.more_evidence, 65U);
}

TEST(Tallied, NamesAKeyOfWhichNothingCrossed) {
    Tallied w;
    w.expect(sema::ExpectCount{w.use(w.enter),
                               {.op = CompareOp::equal, .value = 1},
                               {w.field(w.enter, "tid"), w.field(w.enter, "path")}});
    w.words({0, 0});
    w.trace.summed->tallies[0].cells = {{{5UL, "/etc"}, {2, 0}}, {{6UL, "/"}, {1, 0}}};
    const Finding finding = w.judged();
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.key, "tid 5, path \"/etc\"");
    EXPECT_EQ(finding.seen, "2");
    EXPECT_THAT(finding.evidence, IsEmpty());
    EXPECT_EQ(finding.more_evidence, 2U);
}

TEST(Tallied, SaysThatThereWereTooManyKeys) {
    Tallied w;
    w.expect(sema::ExpectCount{
        w.use(w.tick), {.op = CompareOp::less, .value = 3}, {w.field(w.tick, "id")}});
    w.words({4, 0}).ticked(1000, 1, 2UL, 9UL);
    w.trace.summed->tallies[0].cells = {{{1UL}, {1, 0}}};
    const Finding finding = w.judged();
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_EQ(finding.reason, "there were more keys than the kernel could count");
}

TEST(Tallied, ShowsNoExtremeThatIsNotTheOne) {
    for (const bool crossed : {false, true}) {
        Tallied w;
        w.expect(sema::ExpectAggregate{sema::Aggregate::max,
                                       w.use(w.tick),
                                       w.field(w.tick, "value"),
                                       {.op = CompareOp::less, .value = 9},
                                       {}});
        const auto ordered = [](std::int64_t value) { return bits(value) ^ 1UL << 63; };
        w.words({3, 0, 3, ~ordered(-1), ordered(50), 100, 0, 0}).ticked(1000, 1, 40UL);
        if (crossed) w.ticked(1001, 1, 50UL);
        const Finding finding = w.judged();
        EXPECT_EQ(finding.verdict, Verdict::fail);
        EXPECT_EQ(finding.reason, "max of 3 values is 50");
        ASSERT_THAT(finding.evidence, SizeIs(crossed ? 1 : 0));
        if (crossed) {
            EXPECT_EQ(finding.evidence[0].note, "value is 50");
        }
    }
}

/// A number of 32 bits is computed with as a signed one, though it has no sign.
TEST(Tallied, KnowsHowValuesAreOrdered) {
    Tallied w;
    w.expect(sema::ExpectAggregate{sema::Aggregate::min,
                                   w.use(w.enter),
                                   w.field(w.enter, "flags"),
                                   {.op = CompareOp::equal, .value = 0xffff'fff0},
                                   {}});
    const std::uint64_t ordered = 0xffff'fff0 ^ 1UL << 63;
    w.words({1, 0, 1, ~ordered, ordered, 0xffff'fff0, 0, 0});
    EXPECT_EQ(w.judged().verdict, Verdict::pass);
}

TEST(Tallied, AddsUpHalves) {
    Tallied w;
    w.expect(sema::ExpectAggregate{sema::Aggregate::sum,
                                   w.use(w.tick),
                                   w.field(w.tick, "value"),
                                   {.op = CompareOp::equal, .value = -3},
                                   {}});
    // -1 and -2
    w.words({2, 0, 2, 0, 0, 0x1'ffff'fffd, bits(-2), 0});
    EXPECT_EQ(w.judged().verdict, Verdict::pass);
    Tallied u;
    u.expect(sema::ExpectAggregate{sema::Aggregate::mean,
                                   u.use(u.tick),
                                   u.field(u.tick, "id"),
                                   {.op = CompareOp::greater, .value = INT64_MAX},
                                   {}});
    u.words({2, 0, 2, 0, UINT64_MAX, 0x1'ffff'fffe, 0x1'ffff'fffe, 0}); // twice the largest
    EXPECT_EQ(u.judged().verdict, Verdict::pass);
}

/// The calls that the kernel paired after the loss may be others.
TEST(Tallied, KnowsOnlyTheCallsThatCrossedWhereHitsWereLost) {
    const auto judged = [](bool lost, bool has_condition, CompareOp op, std::int64_t bound) {
        Tallied w;
        std::vector<sema::ExprId> where;
        if (has_condition) where = {w.compare(w.open, "flags", BinaryOp::equal, 0)};
        w.expect(sema::ExpectCount{w.use(w.open, where), {.op = op, .value = bound}, {}});
        w.words({12, 0}).calls(12);
        if (lost) w.lost(1, World::enter_probe, 2000, 3000);
        return w.judged(true).verdict;
    };
    EXPECT_EQ(judged(false, true, CompareOp::greater_equal, 9), Verdict::pass);
    EXPECT_EQ(judged(true, true, CompareOp::greater_equal, 9), Verdict::inconclusive);
    EXPECT_EQ(judged(true, true, CompareOp::less_equal, 9), Verdict::inconclusive);
    EXPECT_EQ(judged(true, true, CompareOp::greater_equal, 5), Verdict::pass);
    EXPECT_EQ(judged(true, true, CompareOp::less_equal, 4), Verdict::fail);
    // They still are calls that happened.
    EXPECT_EQ(judged(true, false, CompareOp::greater_equal, 9), Verdict::pass);
    EXPECT_EQ(judged(true, false, CompareOp::less_equal, 11), Verdict::fail);
}

TEST(Tallied, TellsWhatTheKernelCountedOfCalls) {
    Tallied w;
    w.expect(
        sema::ExpectExists{false, w.use(w.open, {w.compare(w.open, "ret", BinaryOp::less, 0)})});
    w.words({0, 0});
    w.trace.summed->calls[0] = {.entered = 9, .ended = 7, .orphans = 1, .vanished = 1};
    const Finding finding = w.judged();
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_THAT(finding.reason, HasSubstr("not seen to return before its task's next"));
    EXPECT_THAT(finding.remarks, Contains(HasSubstr("1 return without an entry")));
    EXPECT_THAT(finding.remarks, Contains(HasSubstr("2 calls still open")));
}

} // namespace
} // namespace kps::judge
