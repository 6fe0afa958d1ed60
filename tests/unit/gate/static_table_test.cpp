#include "runtime/gate/static_table.hpp"

#include <gmock/gmock.h>

namespace kps::gate {
namespace {

using ::testing::ElementsAre;

/// What an `OnKernel` refers to.
struct Resolved {
    sema::ResolvedSpec spec;
    std::vector<diag::Diagnostic> errors;

    operator OnKernel() const { return {spec, errors}; }
};

/// `probe open on entry NAME { ret = a else b }`, written by hand.
struct World {
    SourceSet sources;
    SourceId file = sources.add("a.kps", "probe open on entry old else new { ret = a else b }\n");
    Span name{file, 6, 10}, point{file, 14, 32}, field{file, 35, 38}, first{file, 41, 42},
        second{file, 48, 49};

    [[nodiscard]] Resolved on(const std::string& symbol, Span source, sema::ValueType type) const {
        Resolved on;
        on.spec.path = "a.kps";
        sema::Expr expr;
        expr.span = source;
        sema::Probe probe;
        probe.name = "open";
        probe.symbol = symbol;
        probe.span = name;
        probe.point_span = point;
        probe.fields.push_back({"ret", type, on.spec.exprs.add(expr), field});
        on.spec.probes.add(probe);
        return on;
    }
    [[nodiscard]] Resolved refused(Span span) const {
        Resolved on;
        on.spec.path = "a.kps";
        diag::Diagnostic error;
        error.message = "no such thing";
        error.span = span;
        on.errors.push_back(error);
        return on;
    }
    [[nodiscard]] std::vector<std::string> rows(const Resolved& old, const Resolved& now) const {
        std::vector<std::string> texts;
        for (const StaticRow& row : static_rows(old, now, 1, sources))
            texts.push_back(fmt::format("{}: {}: {} / {}", row.subject, to_string(row.state),
                                        row.old_text, row.new_text));
        return texts;
    }
};

const sema::ValueType s32{.size = 4, .is_signed = true};
const sema::ValueType s64{.size = 8, .is_signed = true};

TEST(StaticTableTest, SaysWhatIsTheSame) {
    const World w;
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.on("old", w.first, s32)),
                ElementsAre("probe open: same: entry old / entry old",
                            "field open.ret: same: s32 a / s32 a"));
}

TEST(StaticTableTest, SaysWhichAlternativeIsUsed) {
    const World w;
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.on("new", w.second, s32)),
                ElementsAre("probe open: adapted: entry old / entry new",
                            "field open.ret: adapted: s32 a / s32 b"));
}

TEST(StaticTableTest, AnotherTypeIsAShift) {
    const World w;
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.on("old", w.second, s64)),
                ElementsAre("probe open: same: entry old / entry old",
                            "field open.ret: type shifted: s32 a / s64 b"));
}

TEST(StaticTableTest, WhatAnErrorPointsAtIsGone) {
    const World w;
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.refused(w.point)),
                ElementsAre("probe open: gone: entry old / no such thing",
                            "field open.ret: same: s32 a / s32 a"));
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.refused(w.first)),
                ElementsAre("probe open: same: entry old / entry old",
                            "field open.ret: gone: s32 a / no such thing"));
    const Span elsewhere{w.file, 0, 5};
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), w.refused(elsewhere)),
                ElementsAre("probe open: same: entry old / entry old",
                            "field open.ret: same: s32 a / s32 a", "spec: gone:  / no such thing"));
}

TEST(StaticTableTest, WhatOnlyTheNewKernelHasIsGained) {
    const World w;
    EXPECT_THAT(w.rows(w.refused(w.point), w.on("new", w.first, s32)),
                ElementsAre("probe open: gained: no such thing / entry new",
                            "field open.ret: same: s32 a / s32 a"));
}

TEST(StaticTableTest, AnOptionalProbeIsAbsentForAReason) {
    const World w;
    Resolved without;
    without.spec.path = "a.kps";
    sema::Stream stream;
    stream.name = "open";
    stream.absent = "no function `old`";
    without.spec.streams.add(stream);
    EXPECT_THAT(w.rows(w.on("old", w.first, s32), without),
                ElementsAre("probe open: absent: entry old / no function `old`"));
    EXPECT_THAT(w.rows(without, w.on("old", w.first, s32)),
                ElementsAre("probe open: gained: no function `old` / entry old"));
}

TEST(StaticTableTest, PlacesAreThoseOfTheSpec) {
    const World w;
    const auto rows =
        static_rows(w.on("old", w.first, s32), w.on("old", w.first, s32), 3, w.sources);
    EXPECT_EQ(rows[0].kernel, 3U);
    EXPECT_EQ(rows[0].place, (Place{"a.kps", 1, 7}));
    EXPECT_EQ(rows[1].place, (Place{"a.kps", 1, 36}));
}

} // namespace
} // namespace kps::gate
