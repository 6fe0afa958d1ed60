#include "tests/unit/syntax/parsed.hpp"

#include <gtest/gtest.h>

namespace kps::syntax {

namespace {

struct FormatRow {
    const char* text;
    const char* formatted;
};

class Format : public testing::TestWithParam<FormatRow> {};

TEST_P(Format, IsCanonicalAndStable) {
    const Parsed parsed(GetParam().text);
    EXPECT_EQ(parsed.diagnostics(), "");
    EXPECT_EQ(parsed.formatted(), GetParam().formatted);
    const Parsed again(parsed.formatted());
    EXPECT_EQ(again.diagnostics(), "");
    EXPECT_EQ(again.formatted(), GetParam().formatted);
    EXPECT_EQ(dump(again.file), dump(parsed.file));
}

constexpr FormatRow format_rows[] = {
    {"const A=1;const BB=0x0_f", "const A  = 1\nconst BB = 0x0_f\n"},
    {"const A = 1\n\n\n\nconst BB = 2", "const A = 1\n\nconst BB = 2\n"},
    {"\n\n\nconst A = 1\n\n\n", "const A = 1\n"},
    {"const A = ((a+b))*c", "const A = ((a + b)) * c\n"},
    {"const A = - - 1", "const A = - -1\n"},
    {"const A = ! ~ * p", "const A = !~*p\n"},
    {"const A = a ? b:c", "const A = a ? b : c\n"},
    {"const A = a in 1 .. 2", "const A = a in 1..2\n"},
    {"const A = ( struct  sock* * ) p -> q [ 1 ] . r", "const A = (struct sock **)p->q[1].r\n"},
    {"const A = ip\"::1\"", "const A = ip\"::1\"\n"},
    {"requires arch x86_64,arm64", "requires arch x86_64, arm64\n"},
    {"probe p on at f+0x10 else at f : 3{}", "probe p on at f+0x10 else at f:3 {}\n"},
    {"probe p on entry f{a}", "probe p on entry f { a }\n"},
    {"probe p on entry f{a b}", "probe p on entry f {\n    a\n    b\n}\n"},
    {"probe p on entry f{\na:u8[4]=b else c\n}",
     "probe p on entry f {\n    a : u8[4] = b else c\n}\n"},
    {"test \"t\"{}", "test \"t\" {}\n"},
    {"test \"t\"{watch 5s;watch 6s}", "test \"t\" {\n    watch 5s\n    watch 6s\n}\n"},
    {"test \"t\"{let a=b;let cc=d}", "test \"t\" {\n    let a  = b\n    let cc = d\n}\n"},
    {"test \"t\"{expect p99.9(a.b)<1.2*baseline}",
     "test \"t\" {\n    expect p99.9(a.b) < 1.2 * baseline\n}\n"},
    {"test \"t\"{expect a then b\nby (x,y)}",
     "test \"t\" {\n    expect a then b\n        by (x, y)\n}\n"},
    {"span s=a=>b by tid", "span s = a => b by tid\n"},
    {"# a\n\n# b\nconst A = 1 # c\n# d", "# a\n\n# b\nconst A = 1  # c\n# d\n"},
    {"const A = 1 # c\nconst B = 1_0 # d\nconst C = 3",
     "const A = 1    # c\nconst B = 1_0  # d\nconst C = 3\n"},
    {"const A = 1 +# c\n2", "const A = 1 +  # c\n    2\n"},
    {"test \"t\" # c\n{}", "test \"t\"  # c\n{}\n"},
    {"test \"t\" {\n# c\n}", "test \"t\" {\n    # c\n}\n"},
    {"test \"t\" {\n run {\n   a\n\n    b\n }\n}",
     "test \"t\" {\n    run {\n        a\n\n         b\n    }\n}\n"},
};

INSTANTIATE_TEST_SUITE_P(All, Format, testing::ValuesIn(format_rows));

} // namespace

} // namespace kps::syntax
