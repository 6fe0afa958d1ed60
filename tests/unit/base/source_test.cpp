#include "compiler/base/source.hpp"

#include <gtest/gtest.h>

namespace kps {
namespace {

TEST(SourceSet, PositionsCountCodePoints) {
    SourceSet sources;
    const SourceId id = sources.add("a.kps", "one\ntw\xC3\xB6 x\n\nlast");
    struct Row {
        std::uint32_t offset, line, column;
    };
    for (const Row& row : {Row{0, 1, 1}, Row{3, 1, 4}, Row{4, 2, 1}, Row{9, 2, 5}, Row{11, 3, 1},
                           Row{12, 4, 1}, Row{16, 4, 5}}) {
        const LineColumn at = sources.position(id, row.offset);
        EXPECT_EQ(at.line, row.line) << row.offset;
        EXPECT_EQ(at.column, row.column) << row.offset;
    }
}

TEST(SourceSet, LinesComeWithoutTheirEnds) {
    SourceSet sources;
    const SourceId id = sources.add("a.kps", "one\r\ntwo\n");
    EXPECT_EQ(sources.line_text(id, 1), "one");
    EXPECT_EQ(sources.line_text(id, 2), "two");
    EXPECT_EQ(sources.line_text(id, 3), "");
    EXPECT_EQ(sources.text({id, 5, 8}), "two");
}

TEST(SourceSet, TextsStayWhereTheyAre) {
    SourceSet sources;
    const std::string_view first = sources[sources.add("a", "short")].text;
    for (int i = 0; i < 100; ++i)
        sources.add("b", "more");
    EXPECT_EQ(first.data(), sources[SourceId{0}].text.data());
}

} // namespace
} // namespace kps
