#include "compiler/tracefs_backend/commands.hpp"

#include "compiler/kernel/facts.hpp"
#include "compiler/plan/lower.hpp"
#include "tests/unit/plan/fixture.hpp"
#include "tests/unit/tracefs_backend/grammar.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <random>

namespace kps::tracefs {
namespace {

using plan::SpecBuilder;
using testing::ElementsAre;

// The parts of the tracefs README that tell features apart.
constexpr const char* readme_510 = "r[maxactive] $arg<N>, +|-[u]<offset>(<fetcharg>), ustring";
constexpr const char* readme_612 = "r[maxactive] $arg<N>, +|-[u]<offset>(<fetcharg>), ustring "
                                   "<argname>[->field[->field|.field...]]"
                                   " kernel return probes support: $retval, $arg<N>, $comm";
constexpr const char* readme_old = "p[:[<group>/]<event>] <place> [<args>]";

std::shared_ptr<const kernel::KernelView> view(std::string readme) {
    kernel::KernelFacts facts;
    facts.image.release = "6.1.0-test";
    facts.image.readme = std::move(readme);
    return *kernel::make_view(std::move(facts));
}

struct Emitted {
    plan::Plan plan;
    Commands commands;
    std::vector<std::uint16_t> codes;
};

Emitted emit_all(const SpecBuilder& builder, const std::string& readme = readme_612) {
    diag::Sink sink;
    Emitted result{plan::lower(builder.spec, sink), {}, {}};
    std::vector<sema::ProbeId> all;
    for (std::uint32_t i = 0; i < builder.spec.probes.size(); ++i)
        all.push_back({i});
    result.commands = emit(result.plan, all, "kps_1", *view(readme), sink);
    for (const auto& diagnostic : sink.sorted())
        result.codes.push_back(diagnostic.code.number);
    return result;
}

struct EmitCase {
    std::function<void(SpecBuilder&)> build;
    std::vector<std::string> define;
};

class Emit : public testing::TestWithParam<EmitCase> {};

void expect_a_piece_for_each_word(const Commands& commands) {
    ASSERT_EQ(commands.pieces.size(), commands.define.size());
    for (std::size_t i = 0; i < commands.define.size(); ++i) {
        std::vector<std::size_t> words{0}, pieces;
        for (std::size_t at = 0; at < commands.define[i].size(); ++at)
            if (commands.define[i][at] == ' ') words.push_back(at + 1);
        for (const Commands::Piece& piece : commands.pieces[i])
            pieces.push_back(piece.begin);
        EXPECT_EQ(pieces, words) << commands.define[i];
    }
}

TEST_P(Emit, GivesTheSameLinesOnEveryKernel) {
    SpecBuilder builder;
    GetParam().build(builder);
    for (const auto* readme : {readme_510, readme_612}) {
        const Emitted emitted = emit_all(builder, readme);
        EXPECT_THAT(emitted.codes, ElementsAre());
        EXPECT_EQ(emitted.commands.define, GetParam().define);
        expect_a_piece_for_each_word(emitted.commands);
    }
}

const EmitCase cases[] = {
    {[](SpecBuilder& b) {
         b.probe("open.enter", "do_sys_openat2");
         b.string_field("path", b.string(b.argument(1), true));
         b.field("dfd", b.add(sema::Convert{b.argument(0), 4, true}, 4, true));
         b.field("flags", b.load(b.argument(2), 0, 8));
     },
     {"p:kps_1/open_enter do_sys_openat2 path=+0($arg2):ustring flags_ok=+0($arg3):string "
      "dfd=$arg1:s32 flags=+0($arg3):u64",
      "p:kps_1/open_enter_all do_sys_openat2"}},
    {[](SpecBuilder& b) {
         auto& probe = b.probe("read.exit", "vfs_read");
         probe.kind = sema::PointKind::function_return;
         probe.maxactive = 100;
         b.field("ret", b.add(sema::ReturnValue{}, 8, true));
     },
     {"r100:kps_1/read_exit vfs_read ret=$retval:s64"}},
    {[](SpecBuilder& b) {
         auto& probe = b.probe("at", "vfs_read");
         probe.kind = sema::PointKind::offset;
         probe.offset = 0x1c;
         b.field("ax", b.add(sema::Register{"ax"}, 4));
         b.field("word", b.add(sema::StackSlot{3}));
     },
     {"p:kps_1/at vfs_read+0x1c ax=%ax:u32 word=$stack3:u64"}},
    {[](SpecBuilder& b) { b.probe("m", "fuse_open").module = "fuse"; },
     {"p:kps_1/m fuse:fuse_open"}},
    {[](SpecBuilder& b) { // that may not be loaded yet, so that the kernel cannot tell `$argN`
         b.probe("m", "fuse_open").module = "fuse";
         b.field("a", b.load(b.argument(1), 8, 4));
     },
     {"p:kps_1/m fuse:fuse_open a_ok=+8(%si):string a=+8(%si):u32"}},
    {[](SpecBuilder& b) {
         auto& probe = b.probe("request", "handle_request");
         probe.program = "/usr/bin/server";
         probe.offset = 0x1020;
         b.field("fd", b.add(sema::Convert{b.argument(0), 4, true}, 4, true));
         b.string_field("path", b.string(b.argument(1), true));
         b.field("sixth", b.load(b.follow(b.argument(5), 8, true), 16, 4));
         b.field("word", b.add(sema::StackSlot{1}));
     },
     {"p:kps_1/request /usr/bin/server:0x1020 path=+0(%si):string sixth_ok=+16(+8(%r9)):string "
      "fd=%di:s32 sixth=+16(+8(%r9)):u32 word=$stack1:u64",
      "p:kps_1/request_all /usr/bin/server:0x1020"}},
    {[](SpecBuilder& b) {
         auto& probe = b.probe("answer", "handle_request");
         probe.program = "/usr/bin/server";
         probe.kind = sema::PointKind::function_return;
         probe.offset = 0x1020;
         b.field("ret", b.add(sema::ReturnValue{}, 8, true));
     },
     {"r:kps_1/answer /usr/bin/server:0x1020 ret=$retval:s64"}},
    {[](SpecBuilder& b) { b.probe("twice", "show_one").text_offset = 0x12345; },
     {"p:kps_1/twice _text+0x12345"}},
    {[](SpecBuilder& b) {
         b.probe("deep", "f");
         const auto inner = b.follow(b.follow(b.argument(0), 24), -16, true);
         b.field("n", b.load(inner, 8, 2, true, true));
         b.field("v", b.load(b.add(sema::SymbolAddress{"jiffies"}), 4, 4));
         b.field("w", b.load(b.follow(b.add(sema::SymbolAddress{"init_net"}), 0), 8, 8));
         b.string_field("task", b.add(sema::CurrentComm{}));
     },
     {"p:kps_1/deep f n_ok=+8(-u16(+24($arg1))):ustring n_ok_2=+8(-u16(+24($arg1))):ustring "
      "n_ok_3=+8(-u16(+24($arg1))):ustring n_ok_4=+8(-u16(+24($arg1))):ustring "
      "w_ok=+8(@init_net):string task=$comm:string n=+u8(-u16(+24($arg1))):s16 v=@jiffies+4:u32 "
      "w=+8(@init_net):u64",
      "p:kps_1/deep_all f"}},
    {[](SpecBuilder& b) {
         b.probe("a", "f");
         b.field("k", b.add(sema::LoadBytes{b.plus(b.argument(0), 8), 4, 65, false}));
         b.field("u", b.add(sema::LoadBytes{b.argument(1), 1, 9, true}));
     },
     {"p:kps_1/a f k_ok=+8($arg1):string k_ok_2=+264($arg1):string u_ok=+0($arg2):ustring "
      "u_ok_2=+0($arg2):ustring u_ok_3=+0($arg2):ustring u_ok_4=+0($arg2):ustring "
      "u_ok_5=+8($arg2):ustring u_ok_6=+8($arg2):ustring u_ok_7=+8($arg2):ustring "
      "u_ok_8=+8($arg2):ustring k=+8($arg1):u32[64] k_2=+264($arg1):u32[1] u=+u0($arg2):u64 "
      "u_2=+u8($arg2):u8",
      "p:kps_1/a_all f"}},
};
INSTANTIATE_TEST_SUITE_P(Cases, Emit, testing::ValuesIn(cases));

TEST(Commands, RemoveExactlyWhatWasDefinedInReverse) {
    SpecBuilder b;
    b.probe("one", "f");
    b.probe("two", "g");
    b.string_field("s", b.string(b.argument(0), false));
    const Commands commands = emit_all(b).commands;
    EXPECT_THAT(commands.events, ElementsAre("one", "two", "two_all"));
    EXPECT_THAT(commands.remove, ElementsAre("-:kps_1/two_all", "-:kps_1/two", "-:kps_1/one"));
}

struct RefusedField {
    std::uint16_t code;
    std::string readme;
    std::function<void(SpecBuilder&)> build;
};

class Refuse : public testing::TestWithParam<RefusedField> {};

TEST_P(Refuse, ReportsWhatTheKernelWouldNotTake) {
    SpecBuilder builder;
    builder.probe("p", "f");
    GetParam().build(builder);
    EXPECT_THAT(emit_all(builder, GetParam().readme).codes, ElementsAre(GetParam().code));
}

sema::ExprId chain(SpecBuilder& b, int length, std::int64_t offset) {
    auto pointer = b.argument(0);
    for (int i = 1; i < length; ++i)
        pointer = b.follow(pointer, offset);
    return b.load(pointer, 0, 8);
}

const RefusedField refusals[] = {
    {603, readme_old, [](SpecBuilder& b) { b.field("x", b.argument(0)); }},
    {604, readme_612, [](SpecBuilder& b) { b.field("x", b.argument(6)); }},
    {605, readme_510,
     [](SpecBuilder& b) {
         b.spec.probes[b.last].kind = sema::PointKind::function_return;
         b.field("x", b.argument(0));
     }},
    {606, "$arg<N>", [](SpecBuilder& b) { b.string_field("x", b.string(b.argument(0), true)); }},
    {607, readme_612, [](SpecBuilder& b) { b.field("x", chain(b, 9, 1000)); }},
    {608, "[(structname $arg<N>", [](SpecBuilder& b) { b.field("x", chain(b, 8, 0)); }},
    {610, readme_612,
     [](SpecBuilder& b) { b.field("x", b.add(sema::LoadBytes{b.argument(0), 8, 400, false})); }},
    {612, readme_612, [](SpecBuilder& b) { b.spec.probes[b.last].maxactive = 5000; }},
    {613, readme_612,
     [](SpecBuilder& b) { b.spec.probes[b.last].kind = sema::PointKind::tracepoint; }},
};
INSTANTIATE_TEST_SUITE_P(Cases, Refuse, testing::ValuesIn(refusals));

TEST(Commands, RefuseTooManyReads) {
    SpecBuilder b;
    b.probe("p", "f");
    for (int i = 0; i < 129; ++i)
        b.field("x" + std::to_string(i), b.load(b.add(sema::SymbolAddress{"s"}), i * 8, 8));
    EXPECT_THAT(emit_all(b).codes, ElementsAre(609));
}

TEST(Commands, RefuseLinesThatAreTooLong) {
    SpecBuilder b;
    b.probe("p", "f");
    for (int i = 0; i < 60; ++i)
        b.field("a_long_name_for_a_field_" + std::to_string(i), chain(b, 5, 1000 + i));
    EXPECT_THAT(emit_all(b).codes, ElementsAre(611));
}

/// An expression of random shape over what a probe can read.
sema::ExprId random_source(SpecBuilder& b, std::mt19937& random) {
    const auto below = [&](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
    auto pointer = below(4) == 0 ? b.add(sema::SymbolAddress{"some_symbol"}) : b.argument(below(6));
    const unsigned depth = below(4);
    for (unsigned i = 0; i < depth; ++i)
        pointer = b.follow(pointer, std::int64_t{below(5000)} - 1000, below(5) == 0);
    const auto size = static_cast<std::uint8_t>(1U << below(4));
    switch (below(4)) {
    case 0: return b.add(sema::LoadString{b.plus(pointer, below(100)), below(2) == 0});
    case 1: return b.add(sema::LoadBytes{pointer, size, 1 + below(70), below(2) == 0});
    default: return b.load(pointer, below(100), size, below(2) == 0, below(3) == 0);
    }
}

TEST(Commands, AreAlwaysLinesTheKernelTakesUnlessReported) {
    std::mt19937 random(1); // NOLINT: the same cases every time
    int accepted = 0;
    for (int round = 0; round < 300; ++round) {
        SpecBuilder b;
        b.probe("p." + std::to_string(round), "f");
        const auto fields = random() % 12;
        for (unsigned i = 0; i < fields; ++i)
            b.field(std::string(1 + random() % 40, 'n'), random_source(b, random));
        const Emitted emitted = emit_all(b);
        if (!emitted.codes.empty()) continue;
        ++accepted;
        for (const std::string& line : emitted.commands.define) {
            std::string why;
            EXPECT_TRUE(parse_line(line, why)) << line << "\n" << why;
        }
    }
    EXPECT_GT(accepted, 150);
}

TEST(Script, DefinesRemovesAndNamesThePlaces) {
    SpecBuilder b;
    b.probe("open.enter", "do_sys_openat2");
    b.string_field("path", b.string(b.argument(1), true));
    const Emitted emitted = emit_all(b);
    SourceSet sources;
    sources.add("dir/a.kps", "probe");
    const std::string text =
        script(emitted.plan, emitted.commands, "kps_1", *view(readme_612), sources);
    EXPECT_THAT(text, testing::StartsWith("#!/bin/sh\n"));
    EXPECT_THAT(
        text,
        testing::HasSubstr(
            "# dir/a.kps:1: probe open.enter\n"
            "kps_define kprobe_events 'p:kps_1/open_enter do_sys_openat2 path=+0($arg2):ustring'"));
    EXPECT_THAT(text,
                testing::HasSubstr(
                    "\nkprobe_events=-:kps_1/open_enter_all\nkprobe_events=-:kps_1/open_enter'"));
    EXPECT_THAT(text, testing::EndsWith("esac\n"));
}

} // namespace
} // namespace kps::tracefs
