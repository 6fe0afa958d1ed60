#include "judge_cases.hpp"
#include "kernel_stand_in.hpp"
#include "runtime/judge/judge.hpp"

#include <algorithm>
#include <sstream>

namespace kps {
namespace {

using namespace cases;
using judge::Verdict;
using judge::World;
using reference::Form;

void print(std::ostream& out, const judge::Shown& shown) {
    if (const auto* histogram = std::get_if<judge::Histogram>(&shown.node)) {
        out << "\n  " << histogram->values << " values of " << histogram->field;
        for (const judge::Histogram::Bucket& bucket : histogram->buckets)
            out << "\n    " << bucket.low << ' ' << bucket.text << ": " << bucket.count;
    } else {
        const auto& top = std::get<judge::Top>(shown.node);
        out << "\n  " << top.more_keys << " more keys, hits " << top.more_hits;
        for (const judge::Top::Row& row : top.rows)
            out << "\n    " << row.count << ' ' << row.key;
    }
    for (const std::string& remark : shown.remarks)
        out << "\n    note " << remark;
}

/// Everything that a result says, with hits by their places in the whole trace.
std::string print(const judge::TestResult& result, const std::vector<std::size_t>& origin) {
    std::ostringstream out;
    out << to_string(result.verdict);
    for (const judge::Finding& f : result.findings) {
        out << "\n  " << to_string(f.verdict) << " seen " << f.seen << " expected " << f.expected
            << " reason " << f.reason << " key " << f.key << " more " << f.more_evidence;
        for (const judge::Evidence& evidence : f.evidence) {
            out << "\n    [";
            for (const std::size_t hit : evidence.hits)
                out << ' ' << origin.at(hit);
            out << " ] " << evidence.note;
            for (const std::string& field : evidence.decisive)
                out << ' ' << field;
        }
        for (const std::string& remark : f.remarks)
            out << "\n    note " << remark;
    }
    for (const judge::Shown& shown : result.shows)
        print(out, shown);
    for (const std::string& remark : result.remarks)
        out << "\n  note " << remark;
    return out.str();
}

struct Judged {
    judge::TestResult result;
    std::string text;
};

/// Judged from what crosses if the kernel does its part.
Judged judged(const World& world, bool pushdown) {
    const plan::KernelWork work = plan::divide(world.spec, world.test, pushdown);
    const reference::Reduced reduced = reference::reduce(world.spec, work, world.trace);
    const judge::TestResult result = judge::judge(world.spec, world.test, reduced.trace);
    return {result, print(result, reduced.origin)};
}

void show_something(Choices& c, World& world) {
    // As an expectation has it, so that there is one with conditions and a field or key.
    const auto node = resolve(world, random_form(c));
    if (const auto* measured = std::get_if<sema::ExpectAggregate>(&node))
        world.test.shows.push_back({sema::ShowHistogram{measured->use, measured->field}, "", {}});
    else if (const auto* counted = std::get_if<sema::ExpectCount>(&node))
        if (!counted->key.empty())
            world.test.shows.push_back({sema::ShowTop{2, counted->use, counted->key}, "", {}});
}

void expect_some(Choices& c, World& world, std::ostream& shown) {
    do {
        const Form form = random_form(c);
        world.test.expectations.push_back(expectation(world, form));
        shown << describe(form) << '\n';
    } while (c.one_in(3));
    while (c.one_in(3))
        show_something(c, world);
    if (c.one_in(4))
        world.test.witnesses.push_back(c.one_in(2) ? world.use(world.open) : world.use(world.tick));
}

World random_world(Choices& c, std::ostream& shown) {
    World world;
    expect_some(c, world, shown);
    world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
    world.trace = random_trace(c, 60);
    if (c.one_in(2)) add_random_losses(c, world.trace);
    // What is cut off is after all calls, which the kernel need not be told.
    if (world.trace.cut_short) ++world.trace.end_ns;
    shown << describe(world.trace) << '\n';
    return world;
}

/// Whether something may have been lost of the calls that the kernel paired: then it cannot tell
/// which calls that concerns.
bool lost_calls(const World& world) {
    const plan::KernelWork work = plan::divide(world.spec, world.test, true);
    const reference::Reduced reduced = reference::reduce(world.spec, work, world.trace);
    const auto& losses = world.trace.losses;
    return !work.calls.empty() && (reduced.trace.summed->calls.front().vanished > 0 ||
                                   std::ranges::any_of(losses, [](const hits::Loss& loss) {
                                       return loss.count > 0 && loss.probe != World::tick_probe;
                                   }));
}

/// Neither says the contrary of the other.
bool agree(const judge::Finding& a, const judge::Finding& b) {
    return a.verdict == b.verdict || a.verdict == Verdict::inconclusive ||
           b.verdict == Verdict::inconclusive;
}

TEST(PushdownProperty, JudgesAlikeWhereverItIsSummedUp) {
    check(
        "the kernel's sums give the same results as all hits",
        [](Choices& c) {
            std::ostringstream shown;
            const World world = random_world(c, shown);
            const Judged all = judged(world, false);
            const Judged summed = judged(world, true);
            RC_LOG() << shown.str() << "\nof all hits: " << all.text
                     << "\nof the sums: " << summed.text << '\n';
            if (!lost_calls(world)) RC_ASSERT(summed.text == all.text);
            for (std::size_t i = 0; i < all.result.findings.size(); ++i) {
                RC_ASSERT(agree(summed.result.findings[i], all.result.findings[i]));
            }
        },
        700);
}

/// What no condition selects does not cross, and makes no difference.
TEST(PushdownProperty, JudgesAlikeWhateverDoesNotCross) {
    check(
        "what crosses gives the same results as all hits",
        [](Choices& c) {
            std::ostringstream shown;
            const World world = random_world(c, shown);
            std::vector<std::size_t> same(world.trace.hits.size());
            for (std::size_t i = 0; i < same.size(); ++i)
                same[i] = i;
            const auto whole = print(judge::judge(world.spec, world.test, world.trace), same);
            const Judged crossed = judged(world, false);
            // That returns are missing shows only where entries and returns cross.
            const auto work = plan::divide(world.spec, world.test, false);
            const bool about_calls = std::ranges::any_of(
                work.sent, [&](const auto& sent) { return sent.use.stream == world.open; });
            if (!about_calls && whole.find("not seen to return") != std::string::npos) return;
            RC_LOG() << shown.str() << "\nof the whole trace: " << whole
                     << "\nof what crossed: " << crossed.text << '\n';
            RC_ASSERT(crossed.text == whole);
        },
        700);
}

TEST(PushdownProperty, LossNeverTurnsAVerdict) {
    check(
        "a verdict of the sums despite loss is the verdict of the whole trace",
        [](Choices& c) {
            std::ostringstream shown;
            World world;
            expect_some(c, world, shown);
            world.test.scope = c.one_in(2) ? sema::HitScope::workload : sema::HitScope::system;
            world.trace = random_trace(c);
            if (world.test.scope == sema::HitScope::workload) drop_orphans(world.trace);
            const Judged truth = judged(world, false);
            world.trace = lose_some(c, world.trace);
            const Judged summed = judged(world, true);
            RC_LOG() << shown.str() << describe(world.trace) << "\nin full: " << truth.text
                     << "\nwith loss: " << summed.text << '\n';
            for (std::size_t i = 0; i < truth.result.findings.size(); ++i)
                RC_ASSERT(agree(summed.result.findings[i], truth.result.findings[i]));
        },
        300);
}

} // namespace
} // namespace kps
