#include "compiler/semantics/templates.hpp"

#include <gtest/gtest.h>

namespace kps::sema {
namespace {

TEST(Templates, WordsThatAreParametersAreReplaced) {
    struct Case {
        const char* body;
        const char* made;
    };
    const Case cases[] = {
        {"call it on function", "call it on vfs_read"},
        {"call it on `function`", "call it on vfs_read"},
        {"function functions a_function", "vfs_read functions a_function"},
        {"a->function b.function b . function", "a->function b.function b . function"},
        {"x in 1..limit", "x in 1..(2 + 3)"},
        {"limit*limit", "(2 + 3)*(2 + 3)"},
        {"\"function\" 'f' \"\\\"function\" limit", "\"function\" 'f' \"\\\"function\" (2 + 3)"},
        {"# function\nfunction", "# function\nvfs_read"},
        {"0xf 5limit", "0xf 5limit"},
        {"\"open function", "\"open function"},
        {"`open function", "`open vfs_read"},
    };
    for (const Case& one : cases) {
        const std::string text = std::string("\n\nt ") + one.body + " }";
        const auto end = static_cast<std::uint32_t>(text.size() - 2);
        EXPECT_EQ(instantiate(text, {{}, 4, end}, {{"function", "vfs_read"}, {"limit", "(2 + 3)"}}),
                  std::string("\n\n  ") + one.made);
    }
}

} // namespace
} // namespace kps::sema
