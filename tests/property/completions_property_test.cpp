#include "runtime/judge/judge.hpp"
#include "runtime/judge/observation.hpp"
#include "small_cases.hpp"

#include <algorithm>
#include <map>

/// docs/verdicts.md begins with what a verdict means: it says what holds in every run that is
/// consistent with what was seen. Here all of these are tried.
namespace kps {
namespace {

using namespace cases;
using judge::Verdict;
using judge::World;
using reference::Form;
using reference::Use;
using Kind = Form::Kind;

struct Case {
    Form form;
    hits::Trace seen;
    sema::HitScope scope = sema::HitScope::workload;
};

judge::Finding judged(const Case& of) {
    World world;
    world.trace = of.seen;
    world.test.scope = of.scope;
    world.test.expectations = {expectation(world, of.form)};
    return world.run().findings.at(0);
}

/// What came of the completions: none if there are too many of them to try.
struct Tried {
    std::map<Verdict, std::string> completions; ///< by verdict, the first
    bool all = true;
};

/// Whether a trace without loss may be INCONCLUSIVE though it FAILs in whatever order and whatever
/// was before: with a B too many after an A, or one of two B that are too close to each other.
bool leaves_open(const Case& of) {
    return of.form.kind == Kind::paired;
}

Tried try_all(const Case& of, Verdict judged) {
    constexpr std::size_t limit = 3000;
    Tried tried;
    std::size_t count = 0;
    completions::each_of(of.form, of.seen, of.scope, [&](const hits::Trace& trace) {
        if (++count > limit) return tried.all = false;
        const Verdict verdict = reference::judge(of.form, trace, of.scope);
        const bool decided = judged != Verdict::inconclusive;
        if (decided && verdict == Verdict::inconclusive && leaves_open(of)) return true;
        if (!tried.completions.contains(verdict)) tried.completions[verdict] = describe(trace);
        return decided ? verdict == judged : tried.completions.size() < 2;
    });
    return tried;
}

/// Of the stream without which nothing is exercised.
bool shows_nothing(const Case& of) {
    const bool lasts = of.form.kind == Kind::during_some || of.form.kind == Kind::during_no;
    Form some;
    some.uses = {of.form.uses[lasts ? 1 : 0]};
    hits::Trace trace = of.seen;
    trace.losses.clear();
    return reference::judge(some, trace, of.scope) != Verdict::pass;
}

/// Whether hits of calls or spans that the form is about were lost.
bool has_torn_calls(const Case& of) {
    const auto was_lost = [&](std::uint32_t probe) {
        return std::ranges::any_of(of.seen.losses, [&](const hits::Loss& loss) {
            return !loss.probe || loss.probe->value == probe;
        });
    };
    return std::ranges::any_of(of.form.uses, [&](const Use& use) {
        return !reference::is_of_hits(use.stream) &&
               std::ranges::any_of(reference::probes_of(use.stream), was_lost);
    });
}

bool is_of_returns(const Use& use) {
    return use.stream == reference::StreamName::exit;
}

bool satisfies(std::int64_t value, const Use& use) {
    return std::ranges::all_of(use.where, [&](const reference::Condition& condition) {
        using enum sema::BinaryOp;
        if (condition.op == less) return value < condition.bound;
        if (condition.op == greater) return value > condition.bound;
        return (value == condition.bound) == (condition.op == equal);
    });
}

/// Whether one hit may be of both.
bool overlap(const Use& a, const Use& b) {
    if (a.stream != b.stream) return false;
    const bool of_one_field =
        !a.where.empty() && !b.where.empty() && a.where[0].field == b.where[0].field;
    if (!of_one_field) return true;
    for (std::int64_t value = 0; value <= 3; ++value)
        if (satisfies(value, a) && satisfies(value, b)) return true;
    return false;
}

bool any_overlap(const std::vector<Use>& uses) {
    for (std::size_t i = 0; i < uses.size(); ++i)
        for (std::size_t j = i + 1; j < uses.size(); ++j)
            if (overlap(uses[i], uses[j])) return true;
    return false;
}

/// Whether a loss begins or ends so close to a hit, or to where its window does.
bool is_lost_near(const Case& of, std::uint64_t least_ns, std::uint64_t most_ns) {
    const auto apart = [](std::uint64_t a, std::uint64_t b) {
        return std::max(a, b) - std::min(a, b);
    };
    const std::uint64_t within = of.form.within.value_or(0);
    for (const hits::Loss& loss : of.seen.losses)
        for (const hits::Hit& hit : of.seen.hits)
            for (const std::uint64_t time : {hit.time_ns, hit.time_ns + within})
                for (const std::uint64_t bound :
                     {loss.begin_ns, loss.end_ns, loss.begin_ns + within, loss.end_ns + within})
                    if (apart(time, bound) >= least_ns && apart(time, bound) <= most_ns)
                        return true;
    return false;
}

/// Where the judge is INCONCLUSIVE although all completions agree.
struct Coarser {
    const char* what;
    bool (*is_it)(const Case&);
};
const Coarser coarser[] = {
    // Whether a lost hit could have been met by others is not asked.
    {"an order of which nothing was seen, but may have been lost",
     [](const Case& of) { return of.form.kind >= Kind::then && shows_nothing(of); }},
    // It would have needed another itself.
    {"a lost hit that is on both sides of an order",
     [](const Case& of) { return any_overlap(of.form.uses); }},
    // Each lost hit may be of whatever step is lacking.
    {"a chain that lacks more than one step",
     [](const Case& of) { return of.form.kind == Kind::then && of.form.uses.size() > 2; }},
    // One hit alone makes no call, and few calls can have been torn by it.
    {"hits of calls or spans", has_torn_calls},
    // A return that was lost was that of an entry which is there, and of the innermost.
    {"what entries and returns tell of each other",
     [](const Case& of) {
         return of.form.kind >= Kind::then && std::ranges::any_of(of.form.uses, is_of_returns);
     }},
    // How many steps so many hits can make, and which of them are possible when.
    {"a state machine", [](const Case& of) { return of.form.kind == Kind::follows; }},
    // The skew counts for any hit, also for one that would be of the same thread.
    {"a loss that is close to a hit of its thread",
     [](const Case& of) {
         return of.form.kind >= Kind::then && of.form.key == std::vector<std::string>{"tid"} &&
                is_lost_near(of, 1, judge::clock_skew_ns);
     }},
    {"a loss as far from a hit as clocks may be apart",
     [](const Case& of) {
         return of.form.kind >= Kind::then &&
                is_lost_near(of, judge::clock_skew_ns, judge::clock_skew_ns);
     }},
    // One that was lost cannot be both.
    {"pairs that lack hits of both sides, of which the same were lost",
     [](const Case& of) {
         const auto is_of_any = [](const hits::Loss& loss) { return !loss.probe; };
         return of.form.kind == Kind::paired && (of.form.uses[0].stream == of.form.uses[1].stream ||
                                                 std::ranges::any_of(of.seen.losses, is_of_any));
     }},
    // As many as were lost at all may have been lost at any of the times.
    {"losses at different times, taken together",
     [](const Case& of) { return of.form.kind >= Kind::then && of.seen.losses.size() > 1; }},
};

bool may_be_coarser(const Case& of) {
    return std::ranges::any_of(coarser, [&](const Coarser& one) { return one.is_it(of); });
}

void check_all(Kind kind) {
    check("the verdict is that of all completions", [kind](Choices& c) {
        Case of;
        of.form = small_form(c, kind);
        of.scope = small_scope(c, of.form);
        of.seen = small_trace(c, of.form, of.scope);
        const judge::Finding finding = judged(of);
        const bool decided = finding.verdict != Verdict::inconclusive;
        RC_CLASSIFY(decided, "decided");
        if (!decided && may_be_coarser(of)) return;
        const Tried tried = try_all(of, finding.verdict);
        RC_CLASSIFY(!tried.all, "too many completions");
        RC_PRE(!tried.completions.empty());
        RC_LOG() << describe(of.form) << (of.scope == sema::HitScope::system ? " system" : "")
                 << "\n seen:" << describe(of.seen) << "\n  judged " << to_string(finding.verdict)
                 << ": " << finding.reason << '\n';
        for (const auto& [verdict, completion] : tried.completions)
            RC_LOG() << " but " << to_string(verdict) << " if:" << completion << '\n';
        const bool differ =
            tried.completions.size() > 1 || tried.completions.contains(Verdict::inconclusive);
        if (decided)
            RC_ASSERT(!differ && tried.completions.contains(finding.verdict));
        else
            RC_ASSERT(differ || !tried.all);
    });
}

TEST(Completions, Some) {
    check_all(Kind::some);
}
TEST(Completions, No) {
    check_all(Kind::no);
}
TEST(Completions, Count) {
    check_all(Kind::count);
}
TEST(Completions, Every) {
    check_all(Kind::every);
}
TEST(Completions, Aggregate) {
    check_all(Kind::aggregate);
}
TEST(Completions, Distinct) {
    check_all(Kind::distinct);
}
TEST(Completions, Then) {
    check_all(Kind::then);
}
TEST(Completions, OnlyAfter) {
    check_all(Kind::only_after);
}
TEST(Completions, Paired) {
    check_all(Kind::paired);
}
TEST(Completions, SomeDuring) {
    check_all(Kind::during_some);
}
TEST(Completions, NoDuring) {
    check_all(Kind::during_no);
}
TEST(Completions, NoOverlap) {
    check_all(Kind::no_overlap);
}
TEST(Completions, Follows) {
    check_all(Kind::follows);
}
TEST(Completions, NoGap) {
    check_all(Kind::no_gap);
}

} // namespace
} // namespace kps
