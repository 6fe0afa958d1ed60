#include "compiler/plan/kernel_work.hpp"

#include <gmock/gmock.h>

namespace kps::plan {
namespace {

using sema::BinaryOp;
using sema::Builtin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr sema::ValueType number{.is_signed = true};
constexpr sema::ValueType text{.kind = sema::TypeKind::string, .display = sema::Display::text};
constexpr sema::ValueType short_text{
    .kind = sema::TypeKind::string, .count = 64, .display = sema::Display::text};
constexpr sema::ValueType raw{.kind = sema::TypeKind::bytes, .count = 16};

/// Streams over the probes 0 to 3 of the same fields; only how they are used matters.
class DivideTest : public testing::Test {
protected:
    DivideTest() {
        hits = add("enter", sema::HitStream{{{0}}});
        any = add("any", sema::HitStream{{{2}, {3}}});
        call = add("open", sema::CallStream{{0}, {1}});
        span = add("wait",
                   sema::SpanStream{use(hits), use(any, {is(tid, BinaryOp::less, 3)}), {}, {}});
        test.name = "t";
    }

    static constexpr std::uint32_t tid = 0, func = 1, path = 2, name = 3, mac = 4, ret = 5;

    sema::StreamId add(std::string stream, decltype(sema::Stream::node) node) {
        using OfProbe = sema::StreamField::OfProbe;
        return spec.streams.add({std::move(stream),
                                 std::move(node),
                                 {{"tid", {.size = 4}, Builtin::tid},
                                  {"func", text, Builtin::func},
                                  {"path", text, OfProbe{0, 0}},
                                  {"name", short_text, OfProbe{0, 1}},
                                  {"mac", raw, OfProbe{0, 2}},
                                  {"ret", number, OfProbe{0, 3}}},
                                 std::nullopt,
                                 {}});
    }
    sema::ExprId field(std::uint32_t index) {
        return spec.exprs.add({sema::FieldRef{index}, spec.streams[hits].fields[index].type, {}});
    }
    sema::ExprId literal(std::string value) {
        return spec.exprs.add({sema::StringConstant{std::move(value)}, text, {}});
    }
    sema::ExprId binary(sema::ExprId left, BinaryOp op, sema::ExprId right) {
        return spec.exprs.add({sema::Binary{op, left, right}, number, {}});
    }
    sema::ExprId is(std::uint32_t index, BinaryOp op, std::uint64_t value) {
        return binary(field(index), op, spec.exprs.add({sema::Constant{value}, number, {}}));
    }
    sema::StreamUse use(sema::StreamId stream, std::vector<sema::ExprId> where = {}) {
        return {stream, std::move(where), spec.streams[stream].name, {}};
    }
    void expect(decltype(sema::Expectation::node) node) {
        test.expectations.push_back({std::move(node), "expectation", {}, std::nullopt});
    }
    KernelWork divided(bool pushdown = true) { return divide(spec, test, pushdown); }
    /// What becomes of `no USE`: why it is sent, empty if it is not.
    std::string obstacle(sema::StreamUse what) {
        test.expectations.clear();
        expect(sema::ExpectExists{false, std::move(what)});
        const KernelWork work = divided();
        EXPECT_EQ(work.tallies.size() + work.sent.size(), 1U);
        return work.sent.empty() ? "" : work.sent.front().why;
    }
    std::string obstacle_to_key(sema::StreamId stream, std::vector<std::uint32_t> key) {
        test.expectations.clear();
        expect(sema::ExpectCount{use(stream), {}, std::move(key)});
        const KernelWork work = divided();
        return work.sent.empty() ? "" : work.sent.front().why;
    }

    sema::ResolvedSpec spec;
    sema::Test test;
    sema::StreamId hits, any, call, span;
};

TEST_F(DivideTest, GivesEachFormItsTally) {
    using sema::Aggregate;
    using sema::CompareOp;
    struct Case {
        decltype(sema::Expectation::node) node;
        Form form;
        Evidence evidence;
    };
    const auto measure = [&](Aggregate function, CompareOp op) {
        return sema::ExpectAggregate{function, use(hits), ret, {.op = op, .value = 7}, {}};
    };
    const Case cases[] = {
        {sema::ExpectExists{true, use(hits)}, Form::hits, Evidence::none},
        {sema::ExpectExists{false, use(hits)}, Form::hits, Evidence::members},
        {sema::ExpectCount{use(hits), {}, {tid}}, Form::hits, Evidence::members},
        {sema::ExpectEvery{use(hits), false, is(ret, BinaryOp::less, 0)}, Form::every,
         Evidence::violating},
        {measure(Aggregate::min, CompareOp::less), Form::values, Evidence::lowest},
        {measure(Aggregate::max, CompareOp::greater), Form::values, Evidence::highest},
        {measure(Aggregate::mean, CompareOp::less_equal), Form::values, Evidence::highest},
        {measure(Aggregate::sum, CompareOp::greater), Form::values, Evidence::lowest},
        {measure(Aggregate::sum, CompareOp::in), Form::values, Evidence::farthest},
    };
    for (const Case& c : cases)
        expect(c.node);
    const KernelWork work = divided();
    ASSERT_THAT(work.tallies, SizeIs(std::size(cases)));
    EXPECT_THAT(work.sent, IsEmpty());
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(work.tallies[i].subject, (Subject{Subject::Kind::expectation, i})) << i;
        EXPECT_EQ(work.tallies[i].form, cases[i].form) << i;
        EXPECT_EQ(work.tallies[i].evidence, cases[i].evidence) << i;
    }
    EXPECT_THAT(work.tallies[2].key, ElementsAre(tid));
    EXPECT_TRUE(work.tallies[3].condition.has_value());
    EXPECT_EQ(work.tallies[4].field, ret);
    EXPECT_EQ(work.tallies[8].centre, 7);
}

TEST_F(DivideTest, TalliesWitnessesAndShows) {
    test.witnesses = {use(call)};
    test.shows = {{sema::ShowHistogram{use(call), ret}, "show hist", {}},
                  {sema::ShowTop{3, use(hits), {name}}, "show top", {}}};
    const KernelWork work = divided();
    ASSERT_THAT(work.tallies, SizeIs(3));
    EXPECT_EQ(work.tallies[0].subject.kind, Subject::Kind::witness);
    EXPECT_EQ(work.tallies[1].form, Form::histogram);
    EXPECT_EQ(work.tallies[2].subject, (Subject{Subject::Kind::show, 1}));
    EXPECT_THAT(work.tallies[2].key, ElementsAre(name));
    EXPECT_THAT(work.calls, ElementsAre(call)); // once
}

TEST_F(DivideTest, SendsWhatNeedsTheHits) {
    expect(sema::ExpectThen{{use(hits), use(span)}, {{}, {}}, std::nullopt});
    expect(sema::ExpectAggregate{sema::Aggregate::p99, use(call), ret, {}, {}});
    expect(sema::ExpectExists{true, use(span)});
    expect(sema::ExpectAggregate{sema::Aggregate::stddev, use(call), ret, {}, {}});
    test.shows = {{sema::ShowHistogram{use(call), ret, {tid}}, "show hist", {}},
                  {sema::ShowHits{use(hits)}, "show", {}}};
    const KernelWork work = divided();
    EXPECT_THAT(work.tallies, IsEmpty());
    EXPECT_THAT(work.calls, IsEmpty());
    std::vector<std::pair<std::size_t, sema::StreamId>> sent;
    for (const Sent& one : work.sent)
        sent.emplace_back(one.subject.index, one.use.stream);
    EXPECT_THAT(sent,
                ElementsAre(std::pair{0UL, hits}, std::pair{0UL, hits}, std::pair{0UL, any},
                            std::pair{1UL, call}, std::pair{2UL, hits}, std::pair{2UL, any},
                            std::pair{3UL, call}, std::pair{0UL, call}, std::pair{1UL, hits}));
    EXPECT_THAT(work.sent[2].use.where, SizeIs(1)); // as the span narrows it
}

TEST_F(DivideTest, SendsEverythingWithoutPushdown) {
    test.witnesses = {use(hits)};
    expect(sema::ExpectAggregate{sema::Aggregate::p99, use(call), ret, {}, {}});
    const KernelWork work = divided(false);
    EXPECT_THAT(work.tallies, IsEmpty());
    ASSERT_THAT(work.sent, SizeIs(2));
    for (const Sent& sent : work.sent)
        EXPECT_EQ(sent.why, "pushdown is off");
}

TEST_F(DivideTest, KnowsWhatTheKernelCanCompute) {
    const std::string long_literal(65, 'x');
    using enum BinaryOp;
    const auto both = [&](sema::ExprId a, sema::ExprId b) { return binary(a, logical_and, b); };
    EXPECT_EQ(obstacle(use(hits, {is(ret, less, 3)})), "");
    EXPECT_EQ(obstacle(use(hits, {binary(field(path), equal, literal("/etc"))})), "");
    EXPECT_EQ(obstacle(use(hits, {binary(literal("/etc"), not_equal, field(path))})), "");
    EXPECT_EQ(obstacle(use(hits, {binary(field(func), equal, literal("f"))})), "");
    EXPECT_EQ(obstacle(use(call, {binary(field(func), equal, literal("f"))})), "");
    EXPECT_THAT(obstacle(use(any, {binary(field(func), equal, literal("f"))})), HasSubstr("func"));
    EXPECT_THAT(obstacle(use(hits, {binary(field(path), less, literal("/etc"))})),
                HasSubstr("== and !="));
    EXPECT_THAT(obstacle(use(hits, {binary(field(path), equal, field(name))})),
                HasSubstr("literal"));
    EXPECT_THAT(obstacle(use(hits, {binary(field(mac), equal, literal("x"))})),
                HasSubstr("literal"));
    EXPECT_THAT(obstacle(use(hits, {binary(field(path), equal, literal(long_literal))})),
                HasSubstr("64 bytes"));
    EXPECT_THAT(
        obstacle(use(hits, {is(ret, less, 3),
                            both(is(ret, less, 3), binary(field(path), greater, literal("a")))})),
        HasSubstr("== and !="));
    const auto choice =
        spec.exprs.add({sema::Conditional{is(ret, less, 3), field(path), field(path)}, text, {}});
    EXPECT_THAT(obstacle(use(hits, {binary(choice, equal, literal("a"))})), HasSubstr("literal"));
    EXPECT_THAT(obstacle(use(hits, {field(path)})), HasSubstr("path is not a number"));
}

TEST_F(DivideTest, KnowsWhichKeysTheKernelCanHold) {
    EXPECT_EQ(obstacle_to_key(hits, {tid, name, func}), "");
    EXPECT_EQ(obstacle_to_key(hits, {name, name, name, name}), "");
    EXPECT_THAT(obstacle_to_key(hits, {name, name, name, name, tid}), HasSubstr("256 bytes"));
    EXPECT_THAT(obstacle_to_key(hits, {path}), HasSubstr("path may be longer than 64"));
    EXPECT_THAT(obstacle_to_key(hits, {mac}), HasSubstr("mac"));
    EXPECT_THAT(obstacle_to_key(any, {func}), HasSubstr("func"));
}

TEST_F(DivideTest, SendsWhatThereIsNoRoomFor) {
    for (int i = 0; i < 65; ++i)
        expect(sema::ExpectExists{true, use(hits)});
    EXPECT_THAT(divided().tallies, SizeIs(63));
    EXPECT_THAT(divided().sent, SizeIs(2));
    test.expectations.clear();
    for (int i = 0; i < 60; ++i)
        test.shows.push_back({sema::ShowHistogram{use(call), ret}, "show", {}});
    const KernelWork work = divided();
    EXPECT_THAT(work.tallies, SizeIs(57)); // 4 + 57 * 69 = 3937
    EXPECT_THAT(work.sent, SizeIs(3));
    EXPECT_LE(sums_layout(work).words, 4000U);
}

TEST_F(DivideTest, LaysOutTheSums) {
    expect(sema::ExpectExists{true, use(call)});
    expect(sema::ExpectCount{use(hits), {}, {tid}});
    expect(sema::ExpectEvery{use(hits), false, is(ret, BinaryOp::less, 0)});
    const SumsLayout layout = sums_layout(divided());
    EXPECT_THAT(layout.calls, ElementsAre(0U));
    EXPECT_THAT(layout.tallies, ElementsAre(4U, 6U, 8U));
    EXPECT_EQ(layout.words, 12U);
}

TEST_F(DivideTest, TellsWhatIsDoneWhere) {
    expect(sema::ExpectCount{use(call), {}, {tid, name}});
    test.expectations.back().text = "count(open) == 1 by tid, name";
    test.witnesses = {use(hits)};
    expect(sema::ExpectThen{{use(hits), use(call)}, {{}, {}}, std::nullopt});
    test.expectations.back().text = "enter then open";
    EXPECT_EQ(dump(spec, test, divided()), R"(test "t"
  in the kernel: count(open) == 1 by tid, name
    counted by tid, name; the first 5 cross
  in the kernel: witness enter
    counted
  in the kernel: the calls of open are paired
  in user space: enter then open
    what follows what is told by the order of all hits
    crosses: enter
    crosses: open
)");
    EXPECT_EQ(dump(spec, test, divided(false)), R"(test "t"
  in user space: everything
    pushdown is off
)");
}

} // namespace
} // namespace kps::plan
