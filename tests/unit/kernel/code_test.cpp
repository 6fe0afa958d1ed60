#include "compiler/kernel/code.hpp"

#include <array>
#include <bit>
#include <gmock/gmock.h>

namespace kps::kernel {
namespace {

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
    std::vector<std::byte> result;
    for (const unsigned value : values)
        result.push_back(static_cast<std::byte>(value));
    return result;
}

TEST(Code, TellsWhereInstructionsBegin) {
    // endbr64; call rel32; push %rbp; mov %rsp,%rbp; bug, which is ud2
    const auto code =
        bytes({0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 1, 2, 3, 4, 0x55, 0x48, 0x89, 0xe5, 0x0f, 0x0b});
    std::vector<std::uint64_t> begins;
    for (std::uint64_t offset = 0; offset <= code.size(); ++offset)
        if (begins_instruction(code, offset) == true) begins.push_back(offset);
    EXPECT_THAT(begins, testing::ElementsAre(0, 4, 9, 10, 13, 15));
    EXPECT_EQ(begins_instruction(code, 1), false);
}

TEST(Code, TellsNothingBehindWhatIsNotAnInstruction) {
    const auto code = bytes({0x55, 0x06, 0x55}); // 06 is none in 64-bit mode
    EXPECT_EQ(begins_instruction(code, 1), true);
    EXPECT_EQ(begins_instruction(code, 2), std::nullopt);
    EXPECT_EQ(begins_instruction(code, 9), std::nullopt);
    EXPECT_EQ(begins_instruction({}, 0), true);
    EXPECT_EQ(begins_instruction({}, 1), std::nullopt);
}

std::vector<std::byte> alternatives(std::size_t size, std::uint64_t table,
                                    const std::vector<CodeRange>& ranges) {
    std::vector<std::byte> result(size * ranges.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto distance = static_cast<std::uint32_t>(ranges[i].begin - (table + i * size));
        for (std::size_t k = 0; k < 4; ++k)
            result[i * size + k] = static_cast<std::byte>(distance >> (8 * k));
        result[i * size + size - 2] = static_cast<std::byte>(ranges[i].end - ranges[i].begin);
    }
    return result;
}

TEST(Code, TellsWhatIsReplacedWhileBooting) {
    constexpr std::uint64_t text = 0xffffffff81000000, table = 0xffffffff83000000;
    const std::vector<CodeRange> ranges = {
        {text, text + 5}, {text + 100, text + 103}, {text + 7, text + 12}};
    for (const std::size_t size : {12U, 14U}) {
        const auto found =
            replaced_code(alternatives(size, table, ranges), table, {text, text + 1000});
        ASSERT_EQ(found.size(), 3U) << size;
        for (std::size_t i = 0; i < 3; ++i) {
            EXPECT_EQ(found[i].begin, ranges[i].begin);
            EXPECT_EQ(found[i].end, ranges[i].end);
        }
    }
    EXPECT_TRUE(replaced_code(alternatives(14, table, ranges), table, {text, text + 50}).empty());
}

} // namespace
} // namespace kps::kernel
