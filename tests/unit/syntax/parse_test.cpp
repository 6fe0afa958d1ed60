#include "tests/unit/syntax/parsed.hpp"

#include <gtest/gtest.h>

namespace kps::syntax {

namespace {

struct ExpressionRow {
    const char* text;
    const char* dump;
};

class Expression : public testing::TestWithParam<ExpressionRow> {};

TEST_P(Expression, IsRead) {
    const Parsed parsed(std::string("const X = ") + GetParam().text);
    EXPECT_EQ(parsed.diagnostics(), "");
    EXPECT_EQ(dump(parsed.file), std::string("(const X ") + GetParam().dump + ")\n");
}

constexpr ExpressionRow expressions[] = {
    {"0", "0"},
    {"0x1F", "31"},
    {"0o17", "15"},
    {"0b1_01", "5"},
    {"18446744073709551615", "18446744073709551615"},
    {"0s", "0ns"},
    {"7ns", "7ns"},
    {"5us", "5000ns"},
    {"5ms", "5000000ns"},
    {"2min", "120000000000ns"},
    {"1h", "3600000000000ns"},
    {"3B", "3B"},
    {"1GiB", "1073741824B"},
    {"1.25", "1.25"},
    {"\"a\\n\\x41\\\"\\\\\"", "\"a\\x0aA\\\"\\\\\""},
    {"\"\"", "\"\""},
    {"'c'", "(char \"c\")"},
    {"'\\''", "(char \"'\")"},
    {"'\"'", "(char \"\\\"\")"},
    {"ip\"1.2.3.4\"", "(ip \"\\x01\\x02\\x03\\x04\")"},
    {"a.b->c[1]", "([] (-> (. a b) c) 1)"},
    {"a.where", "(. a where)"},
    {"`by`", "by"},
    {"f()", "(call f)"},
    {"f(1, g(2))", "(call f 1 (call g 2))"},
    {"-a.b", "(- (. a b))"},
    {"!a && b", "(&& (! a) b)"},
    {"a - -1", "(- a (- 1))"},
    {"a<<1>>2", "(>> (<< a 1) 2)"},
    {"a<b", "(< a b)"},
    {"a&b==c", "(== (& a b) c)"},
    {"a in 1..2 || b", "(|| (in a 1 2) b)"},
    {"a in -1..x.y", "(in a (- 1) (. x y))"},
    {"(u32)a + 1", "(+ (cast u32 a) 1)"},
    {"(a)", "a"},
    {"(a) + 1", "(+ a 1)"},
    {"(a * b)", "(* a b)"},
    {"(a *)b", "(cast a* b)"},
    {"(struct a)b", "(cast struct a b)"},
    {"(union a **)&b", "(cast union a** (& b))"},
    {"a ? b : c ? d : e", "(?: a b (?: c d e))"},
    {"%di + @jiffies", "(+ %di @jiffies)"},
};

INSTANTIATE_TEST_SUITE_P(All, Expression, testing::ValuesIn(expressions));

TEST(Parse, GivesSpansWithoutBlanksAndComments) {
    const std::string text = "const A = (1 +  2)  # c\n\nprobe p on entry f # d\n { x } # e\n";
    const Parsed parsed(text);
    ASSERT_EQ(parsed.file.declarations.size(), 2U);
    const auto spelled = [&](Span span) { return parsed.sources.text(span); };
    const Declaration& constant = parsed.file.all_declarations[parsed.file.declarations[0]];
    const Declaration& probe = parsed.file.all_declarations[parsed.file.declarations[1]];
    EXPECT_EQ(spelled(constant.span), "const A = (1 +  2)");
    EXPECT_EQ(spelled(probe.span), "probe p on entry f # d\n { x }");
    EXPECT_EQ(spelled(std::get<ProbeDeclaration>(probe.node).points[0].span), "entry f");
    const ExprId value = std::get<ConstDeclaration>(constant.node).value;
    EXPECT_EQ(spelled(parsed.file.exprs[value].span), "(1 +  2)");
    ASSERT_EQ(parsed.file.comments.size(), 3U);
    EXPECT_EQ(spelled(parsed.file.comments[1]), "# d");
}

TEST(Parse, ReadsWhatSurroundsMistakes) {
    const Parsed parsed("const A = 1\n"
                        "const B = = 2\n"
                        "call c on f {\n    enter { a; b : ; c }\n}\n"
                        "test \"t\" {\n    expect some a\n    expect a\n    expect no b\n}\n"
                        "const = 3\nconst D = 4\n");
    EXPECT_EQ(parsed.codes(), "KPS0101 KPS0101 KPS0101 KPS0101") << parsed.diagnostics();
    EXPECT_EQ(dump(parsed.file), "(const A 1)\n"
                                 "(call c f\n  (enter\n    (field a)\n    (field c)))\n"
                                 "(test \"t\"\n  (expect some a)\n  (expect no b))\n"
                                 "(const D 4)\n");
}

TEST(Parse, TakesTheBlockOfARunUntilItsIndentationEnds) {
    const Parsed parsed("test \"t\" {\n"
                        "  run {\n"
                        "    f() {\n"
                        "      echo \"}\" '{'\n"
                        "    }\n"
                        "\t\n"
                        "    f # not a comment of kps\n"
                        "  } exits 3\n"
                        "}\n");
    EXPECT_EQ(parsed.diagnostics(), "");
    const auto& run = std::get<RunStatement>(parsed.file.statements.begin()->node);
    EXPECT_EQ(run.command.value, "f() {\n  echo \"}\" '{'\n}\n\nf # not a comment of kps\n");
    EXPECT_TRUE(run.is_block);
    EXPECT_TRUE(run.exits.has_value());
    EXPECT_TRUE(parsed.file.comments.empty());
}

TEST(Parse, TakesCarriageReturnsAndAByteOrderMark) {
    const Parsed parsed("\xef\xbb\xbf"
                        "test \"t\" { # c\r\n  run {\r\n    a\r\n  }\r\n}\r\n");
    EXPECT_EQ(parsed.diagnostics(), "");
    EXPECT_EQ(dump(parsed.file), "(test \"t\"\n  (run \"a\\x0a\"))\n");
    EXPECT_EQ(parsed.formatted(), "test \"t\" {  # c\n    run {\n        a\n    }\n}\n");
}

TEST(Parse, TakesAnEmptyFile) {
    EXPECT_EQ(Parsed("").codes(), "");
    EXPECT_EQ(Parsed("# only this").formatted(), "# only this\n");
}

} // namespace

} // namespace kps::syntax
