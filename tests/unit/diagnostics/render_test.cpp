#include "compiler/diagnostics/messages.hpp"
#include "compiler/diagnostics/render.hpp"

#include <gmock/gmock.h>
#include <set>

namespace kps::diag {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Message<std::string_view> missing{Code{9001}, Severity::error, "nothing is named `{}`"};
constexpr Message<int> odd{Code{9002}, Severity::warning, "{} is odd"};

struct Fixture : ::testing::Test {
    SourceSet sources;
    SourceId file = sources.add("a.kps", "first\n\tprobe x on entry vfs_raed\n");
    Sink sink;

    Span word() const { return {file, 24, 32}; }
};
using Render = Fixture;

TEST_F(Render, ShowsPlaceCaretsNotesAndHelp) {
    sink.report(missing, word(), "vfs_raed")
        .label("not a symbol")
        .note({file, 0, 5}, "declared here")
        .remark("looked in 6.12")
        .did_you_mean({"vfs_read"})
        .fix(word(), "vfs_read");
    EXPECT_EQ(render_text(sink.sorted().front(), sources, Colour::never),
              "error[KPS9001]: nothing is named `vfs_raed`\n"
              "   --> a.kps:2:19\n"
              "    |\n"
              "  2 | \tprobe x on entry vfs_raed\n"
              "    | \t                 ^^^^^^^^ not a symbol\n"
              "note: declared here\n"
              "   --> a.kps:1:1\n"
              "    |\n"
              "  1 | first\n"
              "    | ^^^^^\n"
              "    = note: looked in 6.12\n"
              "    = help: a similar name exists: `vfs_read`\n"
              "    = help: write `vfs_read`\n");
}

TEST_F(Render, ASpanOfSeveralLinesIsMarkedToTheEndOfItsFirst) {
    sink.report(odd, Span{file, 2, 20}, 3);
    EXPECT_THAT(render_text(sink.sorted().front(), sources, Colour::never),
                HasSubstr("\n    |   ^^^\n"));
}

TEST_F(Render, ShowsWhatIsNearToThePlaceInALongLine) {
    const SourceId id =
        sources.add("b.kps", std::string(300, 'x') + "\u00e4y" + std::string(300, 'z'));
    sink.report(odd, Span{id, 300, 303}, 3);
    EXPECT_THAT(render_text(sink.sorted().front(), sources, Colour::never),
                HasSubstr("   --> b.kps:1:301\n"
                          "    |\n"
                          "  1 | ..." +
                          std::string(80, 'x') + "\u00e4y" + std::string(117, 'z') +
                          "...\n"
                          "    |    " +
                          std::string(80, ' ') + "^^\n"));
}

TEST_F(Render, SendsNoControlCharacterToTheTerminal) {
    const SourceId id = sources.add("b.kps", "a\x1b[31m\tb\x7f\u009bc");
    sink.report(odd, Span{id, 7, 8}, 3);
    EXPECT_THAT(render_text(sink.sorted().front(), sources, Colour::never),
                HasSubstr("  1 | a\uFFFD[31m\tb\uFFFD\uFFFDc\n"
                          "    |       \t^\n"));
}

TEST_F(Render, SumsUpAndShowsTwentyAtMost) {
    for (std::uint32_t i = 0; i < 25; ++i)
        sink.report(odd, Span{file, i, i + 1}, 3);
    sink.report(missing, word(), "x");
    const std::string text = render_text(sink.sorted(), sources, Colour::never);
    EXPECT_THAT(text, HasSubstr("... and 6 more\n\n1 error, 25 warnings\n"));
}

TEST_F(Render, JsonHasEverything) {
    sink.report(missing, word(), "vfs_raed").fix(word(), "vfs_read");
    const std::string json = render_json(sink.sorted(), sources);
    EXPECT_THAT(json, HasSubstr(R"("code": "KPS9001")"));
    EXPECT_THAT(json, HasSubstr(R"("line": 2)"));
    EXPECT_THAT(json, HasSubstr(R"("end_column": 27)"));
    EXPECT_THAT(json, HasSubstr(R"("replacement": "vfs_read")"));
}

using SinkTest = Fixture;

TEST_F(SinkTest, SortsByPlaceAndDropsRepetitions) {
    sink.report(odd, Span{file, 5, 6}, 1);
    sink.report(odd, Span{file, 1, 2}, 3);
    sink.report(odd, Span{file, 5, 6}, 1);
    EXPECT_FALSE(sink.has_errors());
    ASSERT_THAT(sink.sorted(), SizeIs(2));
    EXPECT_EQ(sink.sorted().front().message, "3 is odd");
}

TEST(Catalogue, MessagesAreShownWithDotsForWhatTheyName) {
    EXPECT_EQ(with_dots("expected {}, found {:#x}"), "expected ..., found ...");
    EXPECT_EQ(with_dots("this `{{` is not closed before {}"), "this `{` is not closed before ...");
}

TEST(Catalogue, CodesRiseAndAreNeverReused) {
    std::set<Code> seen;
    for (const CatalogueRow& row : catalogue())
        EXPECT_TRUE(seen.insert(row.code).second) << row.name;
}

} // namespace
} // namespace kps::diag
