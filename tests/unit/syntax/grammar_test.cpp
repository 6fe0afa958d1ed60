#include "grammar/declarations.hpp"

#include <gtest/gtest.h>
#include <tao/pegtl/contrib/analyze.hpp>

namespace kps::grammar {

TEST(Grammar, HasNoRuleThatLoopsWithoutProgress) {
    EXPECT_EQ(tao::pegtl::analyze<file>(), 0U);
}

} // namespace kps::grammar
