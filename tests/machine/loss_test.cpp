// Every way in which the kernel loses hits, provoked: it is noticed, and the verdicts are those
// that hold whatever was lost.

#include "tests/machine/kernels.hpp"
#include "tests/machine/lab.hpp"

#include <gmock/gmock.h>

namespace kps::machine {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

struct LossTest : testing::TestWithParam<std::string> {
    /// Checks the verdicts of the expectations `expected` by their words.
    static void expect_verdicts(const Observed& seen,
                                const std::vector<std::pair<std::string, std::string>>& expected) {
        for (const auto& [words, verdict] : expected)
            EXPECT_THAT(seen.verdicts(), Contains(Pair(HasSubstr(words), StartsWith(verdict))));
    }
    static std::string show(const Observed& seen) {
        std::string text = std::to_string(seen.trace.hits.size()) + " hits";
        for (const hits::Loss& loss : seen.trace.losses)
            text += "\n" + std::to_string(loss.count) + " " + loss.cause;
        for (const auto& [words, verdict] : seen.verdicts())
            text += "\n" + words + ": " + verdict;
        return text;
    }
};

TEST_P(LossTest, OverrunsHaveACountAndAPlace) {
    const Observed seen = Lab::on(GetParam())
                              .run(R"(
probe read on entry vfs_read { count }
test "overrun" {
    run "dd if=/dev/zero of=/dev/null bs=3 count=30000"
    expect some read where count == 3
    expect count(read) >= 100
    expect count(read) <= 100
    expect count(read) <= 1000000
    expect count(read) >= 1000000
    expect count(read where count == 3) == 30000
    expect no read where count == 77
}
)",
                                   4);
    SCOPED_TRACE(show(seen));
    ASSERT_FALSE(seen.trace.losses.empty());
    std::uint64_t lost = 0;
    for (const hits::Loss& loss : seen.trace.losses) {
        EXPECT_TRUE(loss.cpu) << loss.cause;
        EXPECT_THAT(loss.cause, HasSubstr("overrun"));
        EXPECT_LE(loss.begin_ns, loss.end_ns);
        EXPECT_LE(loss.end_ns - loss.begin_ns, 60'000'000'000U);
        lost += loss.count;
    }
    EXPECT_GE(seen.trace.hits.size() + lost, 30'000U);
    EXPECT_LE(seen.trace.hits.size() + lost, 31'000U);
    expect_verdicts(seen, {{"some read where", "PASS"},
                           {"count(read) >= 100", "PASS"},
                           {"count(read) <= 100", "FAIL"},
                           {"count(read) <= 1000000", "PASS"},
                           {"count(read) >= 1000000", "FAIL"},
                           {"== 30000", "INCONCLUSIVE"},
                           {"no read where", "INCONCLUSIVE"}});
}

std::string sleepers(const std::string& maxactive) {
    return "probe slept on return do_nanosleep" + maxactive + R"( { ret : s64 = retval }
test "sleepers" {
    run "for i in 1 2 3 4; do sleep 0.4 & done; wait"
    expect count(slept) >= 1
    expect count(slept) <= 4
    expect count(slept) == 4
    expect no slept where ret != 0
}
)";
}

TEST_P(LossTest, ReturnsBeyondMaxactiveAreMissed) {
    const Observed seen = Lab::on(GetParam()).run(sleepers(" maxactive 1"));
    SCOPED_TRACE(show(seen));
    ASSERT_THAT(seen.trace.losses, SizeIs(1));
    EXPECT_THAT(seen.trace.losses[0].cause, HasSubstr("maxactive"));
    EXPECT_EQ(seen.trace.losses[0].probe, sema::ProbeId{0});
    EXPECT_EQ(seen.trace.losses[0].count + seen.trace.hits.size(), 4U);
    expect_verdicts(seen, {{"count(slept) >= 1", "PASS"},
                           {"count(slept) <= 4", "PASS"},
                           {"count(slept) == 4", "INCONCLUSIVE"},
                           {"no slept where", "INCONCLUSIVE"}});
}

TEST_P(LossTest, MaxactiveIsAsLargeAsAsked) {
    const Observed seen = Lab::on(GetParam()).run(sleepers(" maxactive 64"));
    SCOPED_TRACE(show(seen));
    EXPECT_THAT(seen.trace.losses, SizeIs(0));
    expect_verdicts(seen, {{"count(slept) == 4", "PASS"}, {"no slept where", "PASS"}});
}

TEST_P(LossTest, CallsWithoutReturnsAreNotTrusted) {
    const Observed seen = Lab::on(GetParam()).run(R"(
call nap on do_nanosleep { exit { ret : s64 = retval } }
test "many sleepers" {
    run "for i in $(seq 40); do sleep 1 & done; wait"
    expect some nap
    expect count(nap.enter) == 40
    expect count(nap.exit) == 40
    expect every nap: ret == 0
    expect nap.enter then nap.exit by tid
}
)");
    SCOPED_TRACE(show(seen));
    ASSERT_THAT(seen.trace.losses, SizeIs(1));
    EXPECT_THAT(seen.trace.losses[0].cause, HasSubstr("maxactive"));
    expect_verdicts(seen, {{"some nap", "PASS"},
                           {"count(nap.enter) == 40", "PASS"},
                           {"count(nap.exit) == 40", "INCONCLUSIVE"},
                           {"every nap", "INCONCLUSIVE"},
                           {"then nap.exit", "INCONCLUSIVE"}});
}

TEST_P(LossTest, ARecordLargerThanAPageIsMissed) {
    const Observed seen = Lab::on(GetParam()).run(R"(
probe write on entry ksys_write { count  fd : s32 = fd  text : ustring = buf }
test "a long text" {
    run "perl -e 'open F, q(>/dev/null); syswrite F, q(x) x $_ for 5, 6, 5000, 7'"
    expect count(write where count == 6) == 1
    expect count(write where count == 5000) <= 1
    expect count(write where count == 5000) == 1
    expect no write where fd == 99
}
)");
    SCOPED_TRACE(show(seen));
    ASSERT_THAT(seen.trace.losses, SizeIs(1));
    const hits::Loss& loss = seen.trace.losses[0];
    EXPECT_THAT(loss.cause, HasSubstr("too large"));
    EXPECT_EQ(loss.count, 1U);
    ASSERT_GE(seen.trace.hits.size(), 3U);
    const std::size_t last = seen.trace.hits.size() - 1;
    EXPECT_GE(loss.begin_ns, seen.trace.hits[last - 1].time_ns);
    EXPECT_LE(loss.end_ns, seen.trace.hits[last].time_ns);
    expect_verdicts(seen, {{"count == 6) == 1", "INCONCLUSIVE"},
                           {"count == 5000) <= 1", "PASS"},
                           {"count == 5000) == 1", "INCONCLUSIVE"},
                           {"no write where", "INCONCLUSIVE"}});
}

/// The handler of `outer` reads memory by the very function that `inner` is in.
TEST_P(LossTest, HitsInsideOfOtherProbesAreMissed) {
    const Observed seen = Lab::on(GetParam()).run(R"(
probe outer on entry vfs_read { inode : u64 = file->f_inode->i_ino }
probe inner on entry copy_from_kernel_nofault { size }
test "nested" {
    run "dd if=/dev/zero of=/dev/null bs=3 count=100"
    expect count(outer) >= 100
    expect no inner where size == 77
}
)");
    SCOPED_TRACE(show(seen));
    ASSERT_THAT(seen.trace.losses, SizeIs(1));
    EXPECT_EQ(seen.trace.losses[0].probe, sema::ProbeId{1});
    EXPECT_THAT(seen.trace.losses[0].cause, HasSubstr("inside of other probes"));
    EXPECT_GE(seen.trace.losses[0].count, 100U);
    expect_verdicts(seen, {{"count(outer) >= 100", "PASS"}, {"no inner where", "INCONCLUSIVE"}});
}

INSTANTIATE_TEST_SUITE_P(Kernels, LossTest, testing::ValuesIn(test_kernels()),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

} // namespace
} // namespace kps::machine
