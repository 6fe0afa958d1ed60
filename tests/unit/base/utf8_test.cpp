#include "compiler/base/utf8.hpp"

#include <gtest/gtest.h>

namespace kps {
namespace {

TEST(Utf8, LengthsAreThoseOfWellFormedSequences) {
    struct Case {
        const char* text;
        std::size_t length;
    };
    const Case cases[] = {
        {"a", 1},
        {"\x7f", 1},
        {"\x80", 0},
        {"\xc1\xbf", 0},
        {"\xc2\x80", 2},
        {"\xc2", 0},
        {"\xc2z", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xe0\xa0\x80", 3},
        {"\xed\x9f\xbf", 3},
        {"\xed\xa0\x80", 0},
        {"\xe2\x82", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
    };
    for (const Case& one : cases)
        EXPECT_EQ(utf8_length(one.text), one.length) << one.text;
    EXPECT_TRUE(is_utf8("gr\xc3\xbc\xc3\x9f"));
    EXPECT_FALSE(is_utf8("gr\xc3"));
}

} // namespace
} // namespace kps
