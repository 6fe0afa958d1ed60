#include "tests/unit/plan/fixture.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace kps::plan {
namespace {

struct Case {
    std::string what;
    std::function<void(SpecBuilder&)> build;
    std::string dump; ///< without the first two lines
};

std::string without_head(const std::string& dump) {
    const auto second = dump.find('\n', dump.find('\n') + 1);
    return dump.substr(second + 1);
}

class Lower : public testing::TestWithParam<Case> {};

TEST_P(Lower, SplitsFieldsIntoReadsAndExpressions) {
    SpecBuilder builder;
    builder.probe("p", "f");
    GetParam().build(builder);
    diag::Sink sink;
    const Plan plan = lower(builder.spec, sink);
    EXPECT_FALSE(sink.has_errors());
    EXPECT_EQ(without_head(dump(plan)), GetParam().dump) << GetParam().what;
}

const Case cases[] = {
    {"an argument, and its low bytes",
     [](SpecBuilder& b) {
         b.field("a", b.argument(0));
         b.field("low", b.add(sema::Convert{b.argument(0), 4, true}, 4, true));
     },
     "  fetch a : u64 = arg1\n  fetch low : s32 = arg1\n  field a = a\n  field low = low\n"},
    {"a user string needs no guard",
     [](SpecBuilder& b) { b.string_field("path", b.string(b.argument(1), true)); },
     "  fetch path : string = arg2 -> [+0 user]\n  field path = path\n"},
    {"constants fold into offsets, each number gets its guard",
     [](SpecBuilder& b) {
         const auto index = b.add(sema::Binary{sema::BinaryOp::multiply, b.number(3), b.number(8)});
         const auto inner = b.add(sema::Load{b.sum(index, b.argument(0)), 8, false, false});
         const auto back = b.add(sema::Binary{sema::BinaryOp::subtract, inner, b.number(16)});
         b.field("x", b.add(sema::Load{back, 4, true, false}, 4, true));
     },
     "  fetch x : s32 = arg1 -> [+24] -> [-16], guard x_ok\n"
     "  fetch x_ok : string = arg1 -> [+24] -> [-16]\n"
     "  field x = x\n"},
    {"a read is shared, what is computed from it is not",
     [](SpecBuilder& b) {
         const auto word = [&] { return b.load(b.argument(0), 8, 4); };
         b.field("low", b.add(sema::ExtractBits{word(), 0, 3, false}, 4));
         b.field("high", b.add(sema::ExtractBits{word(), 3, 5, true}, 4, true));
     },
     "  fetch f0 : u32 = arg1 -> [+8], guard f0_ok\n"
     "  fetch f0_ok : string = arg1 -> [+8]\n"
     "  field low = bits(f0, 0, 3)\n"
     "  field high = bits(f0, 3, 5, signed)\n"},
    {"members are displaced like sums, as addresses and as values",
     [](SpecBuilder& b) {
         const auto member = [&](std::uint64_t offset) {
             return b.add(sema::MemberAddress{b.argument(0), {}, {}, offset});
         };
         const auto inner = b.add(sema::Load{member(8), 8, false, false});
         const auto deeper = b.add(sema::MemberAddress{inner, {}, {}, 0});
         b.field("x", b.add(sema::Load{deeper, 4, true, false}, 4, true));
         b.field("at", member(16));
         b.field("begin", member(0));
     },
     "  fetch x : s32 = arg1 -> [+8] -> [+0], guard x_ok\n"
     "  fetch x_ok : string = arg1 -> [+8] -> [+0]\n"
     "  fetch begin : u64 = arg1\n"
     "  field x = x\n  field at = (begin + 16)\n  field begin = begin\n"},
    {"two widths at one address share the guard",
     [](SpecBuilder& b) {
         b.field("a", b.load(b.argument(0), 8, 4));
         b.field("b", b.load(b.argument(0), 8, 2));
     },
     "  fetch a : u32 = arg1 -> [+8], guard a_ok\n"
     "  fetch a_ok : string = arg1 -> [+8]\n"
     "  fetch b : u16 = arg1 -> [+8], guard a_ok\n"
     "  field a = a\n  field b = b\n"},
    {"the guard of user memory is read four times",
     [](SpecBuilder& b) { b.field("n", b.load(b.argument(0), 4, 4, false, true)); },
     "  fetch n : u32 = arg1 -> [+4 user], guard n_ok\n"
     "  fetch n_ok : string = arg1 -> [+4 user], 4 parts\n"
     "  field n = n\n"},
    {"a variable cannot fault, what it points to can",
     [](SpecBuilder& b) {
         b.field("n", b.load(b.add(sema::SymbolAddress{"jiffies"}), 0, 8));
         b.field("m", b.load(b.follow(b.add(sema::SymbolAddress{"init_net"}), 16), 4, 4));
     },
     "  fetch n : u64 = @jiffies -> [+0]\n"
     "  fetch m : u32 = @init_net -> [+16] -> [+4], guard m_ok\n"
     "  fetch m_ok : string = @init_net -> [+16] -> [+4]\n"
     "  field n = n\n  field m = m\n"},
    {"what the kernel cannot do is computed afterwards",
     [](SpecBuilder& b) {
         const auto less = b.add(
             sema::Binary{sema::BinaryOp::less, b.add(sema::ReturnValue{}, 8, true), b.number(0)});
         const auto sum = b.sum(b.argument(0), b.add(sema::StackSlot{2}));
         b.field("x", b.add(sema::Conditional{less, b.number(-1), sum}));
     },
     "  fetch f0 : s64 = retval\n  fetch f1 : u64 = arg1\n  fetch f2 : u64 = stack[2]\n"
     "  field x = ((f0 < 0) ? -1 : (f1 + f2))\n"},
    {"names the kernel reserves are changed, repeated ones numbered",
     [](SpecBuilder& b) {
         b.field("common_pid", b.argument(0));
         b.field("a_name_that_is_far_too_long_for_it", b.argument(1));
         b.field("a_name_that_is_far_too_long_for_it2", b.argument(2));
     },
     "  fetch f_common_pid : u64 = arg1\n"
     "  fetch a_name_that_is_far_too_long_for : u64 = arg2\n"
     "  fetch a_name_that_is_far_too_long_f_2 : u64 = arg3\n"
     "  field common_pid = f_common_pid\n"
     "  field a_name_that_is_far_too_long_for_it = a_name_that_is_far_too_long_for\n"
     "  field a_name_that_is_far_too_long_for_it2 = a_name_that_is_far_too_long_f_2\n"},
};
INSTANTIATE_TEST_SUITE_P(Cases, Lower, testing::ValuesIn(cases));

TEST(Lower, NamesEventsOnceAndTalliesWhatMayOutgrowAPage) {
    SpecBuilder b;
    b.probe("open.enter", "f");
    b.string_field("path", b.string(b.argument(0), true));
    b.probe("open_enter", "g");
    b.field("n", b.load(b.argument(0), 8, 4));
    b.probe("bytes", "h");
    b.field("data", b.add(sema::LoadBytes{b.argument(0), 1, 100, false}));
    diag::Sink sink;
    const Plan plan = lower(b.spec, sink);
    EXPECT_EQ(plan.probes[0].event, "open_enter");
    EXPECT_EQ(plan.probes[0].tally, "open_enter_all");
    EXPECT_EQ(plan.probes[1].event, "open_enter_2");
    EXPECT_EQ(plan.probes[1].tally, "");
    EXPECT_EQ(plan.probes[2].tally, "bytes_all");
}

using Pieces = std::vector<std::tuple<std::string, std::uint32_t, int, std::uint32_t>>;

Pieces pieces(bool user, std::uint8_t size, std::uint32_t count) {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("data", b.add(sema::LoadBytes{b.argument(0), size, count, user}));
    diag::Sink sink;
    const Plan plan = lower(b.spec, sink);
    Pieces result;
    for (const Part& part : plan.probes[0].fetches[0].parts)
        result.emplace_back(part.name, part.offset, part.size, part.count);
    return result;
}

TEST(Lower, ReadsArraysInPartsTheKernelAllows) {
    EXPECT_EQ(pieces(false, 2, 64), (Pieces{{"data", 0, 2, 64}}));
    EXPECT_EQ(pieces(false, 1, 100), (Pieces{{"data", 0, 1, 64}, {"data_2", 64, 1, 36}}));
    EXPECT_EQ(
        pieces(true, 1, 15),
        (Pieces{
            {"data", 0, 8, 0}, {"data_2", 8, 4, 0}, {"data_3", 12, 2, 0}, {"data_4", 14, 1, 0}}));
    EXPECT_EQ(pieces(true, 4, 3), (Pieces{{"data", 0, 8, 0}, {"data_2", 8, 4, 0}}));
}

TEST(Lower, GuardsBothEndsOfAnArray) {
    SpecBuilder b;
    b.probe("p", "f");
    b.field("data", b.add(sema::LoadBytes{b.plus(b.argument(0), 8), 4, 10, false}));
    diag::Sink sink;
    EXPECT_EQ(without_head(dump(lower(b.spec, sink))),
              "  fetch data : u32[10] = arg1 -> [+8], guard data_ok, guard data_ok_2\n"
              "  fetch data_ok : string = arg1 -> [+8]\n"
              "  fetch data_ok_2 : string = arg1 -> [+44]\n"
              "  field data = data\n");
}

struct Refusal {
    std::uint16_t code;
    std::function<void(SpecBuilder&)> build;
};

class Refuse : public testing::TestWithParam<Refusal> {};

TEST_P(Refuse, ReportsWhatTheKernelCannotRead) {
    SpecBuilder builder;
    builder.probe("p", "f");
    GetParam().build(builder);
    diag::Sink sink;
    lower(builder.spec, sink);
    ASSERT_EQ(sink.sorted().size(), 1U);
    EXPECT_EQ(sink.sorted().front().code.number, GetParam().code);
}

const Refusal refusals[] = {
    {601, [](SpecBuilder& b) { b.field("x", b.load(b.sum(b.argument(0), b.argument(1)), 0, 4)); }},
    {601, [](SpecBuilder& b) { b.field("x", b.load(b.load(b.argument(0), 8, 4), 0, 4)); }},
    {601,
     [](SpecBuilder& b) {
         const auto narrow = b.add(sema::Convert{b.argument(0), 4, false}, 4);
         b.field("x", b.load(narrow, 0, 4));
     }},
    {601,
     [](SpecBuilder& b) {
         const auto either = b.add(sema::Conditional{b.argument(0), b.argument(1), b.argument(2)});
         b.field("x", b.load(either, 0, 4));
     }},
    {602, [](SpecBuilder& b) { b.field("x", b.add(sema::SymbolAddress{"init_net"})); }},
    {614, [](SpecBuilder& b) { b.field("x", b.add(sema::CallStack{})); }},
    {614, [](SpecBuilder& b) { b.field("x", b.add(sema::OnThisCpu{b.argument(0)})); }},
    {614,
     [](SpecBuilder& b) { b.field("x", b.load(b.add(sema::OnThisCpu{b.argument(0)}), 8, 4)); }},
};
INSTANTIATE_TEST_SUITE_P(Cases, Refuse, testing::ValuesIn(refusals));

} // namespace
} // namespace kps::plan
