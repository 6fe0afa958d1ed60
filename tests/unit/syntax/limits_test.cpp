#include "tests/unit/syntax/parsed.hpp"

#include <gtest/gtest.h>

namespace kps::syntax {

namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

constexpr std::size_t many = 100'000;

struct HostileRow {
    const char* name;
    std::string text;
    std::string codes;
};

class Hostile : public testing::TestWithParam<HostileRow> {};

TEST_P(Hostile, EndsInADiagnostic) {
    EXPECT_EQ(Parsed(GetParam().text).codes(), GetParam().codes);
}

const HostileRow hostile_rows[] = {
    {"parentheses", "const A = " + repeated("(", many), "KPS0113"},
    {"closed_parentheses", "const A = " + repeated("(", many) + "1" + repeated(")", many),
     "KPS0113"},
    {"brackets", "const A = " + repeated("a[", many), "KPS0113"},
    {"calls", "const A = " + repeated("a(", many), "KPS0113"},
    {"ternaries", "const A = " + repeated("a ? ", many), "KPS0113"},
    {"else_ternaries", "const A = " + repeated("a ? b : ", many), "KPS0113"},
    {"templates", repeated("template t() {", many), "KPS0113"},
    {"conditions", "test \"t\" {" + repeated("on kernel > 1 {", many), "KPS0113"},
    {"failures", "test \"t\" {" + repeated("known failure \"\" {", many), "KPS0113"},
    {"prefixes", "const A = " + repeated("-", 1500) + "1", "KPS0113"},
    {"casts", "const A = " + repeated("(u8)", 1500) + "1", "KPS0113"},
    {"members", "const A = a" + repeated(".b", 1500), "KPS0113"},
    {"sums", "const A = a" + repeated(" + b", 1500), "KPS0113"},
    {"braces", repeated("{", many), "KPS0101"},
    {"closing_braces", repeated("}", many), "KPS0122"},
    {"quote", "\"" + repeated("a", many), "KPS0104"},
    {"null_byte", std::string("const A = 1\0", 12), "KPS0115"},
    {"overlong_utf8", "# \xc0\x80", "KPS0116"},
    {"surrogate", "# \xed\xa0\x80", "KPS0116"},
    {"cut_utf8", "# \xe2\x82", "KPS0116"},
    {"beyond_unicode", "# \xf4\x90\x80\x80", "KPS0116"},
};

INSTANTIATE_TEST_SUITE_P(All, Hostile, testing::ValuesIn(hostile_rows),
                         [](const auto& row) { return row.param.name; });

TEST(Limits, LeaveRoomForHonestSpecs) {
    EXPECT_EQ(Parsed("const A = " + repeated("(", 99) + "1" + repeated(")", 99)).codes(), "");
    EXPECT_EQ(Parsed("const A = a" + repeated(" || b", 900)).codes(), "");
    EXPECT_EQ(Parsed("# \xe2\x82\xac \xf0\x9f\x90\xa7 \xc3\xa9").codes(), "");
}

TEST(Limits, HoldForTheSizeOfAFile) {
    EXPECT_EQ(Parsed(std::string(max_source_bytes, ' ')).codes(), "");
    EXPECT_EQ(Parsed(std::string(max_source_bytes + 1, ' ')).codes(), "KPS0114");
}

TEST(Limits, StopAfterAHundredMistakes) {
    const Parsed parsed(repeated("const = 1\n", many));
    const auto found = parsed.sink.sorted();
    ASSERT_EQ(found.size(), 100U);
    EXPECT_EQ(to_string(found.back().code), "KPS0119");
}

} // namespace

} // namespace kps::syntax
