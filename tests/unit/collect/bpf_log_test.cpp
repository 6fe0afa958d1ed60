#include "runtime/collect/bpf_log.hpp"

#include <gtest/gtest.h>

namespace kps::collect {
namespace {

std::string numbered_lines(int first, int last) {
    std::string text;
    for (int line = first; line <= last; ++line)
        text += "line " + std::to_string(line) + "\n";
    return text;
}

TEST(BpfLog, EndsWithTheVerifiersLastLinesOrElseLibbpfs) {
    const std::string begin = "libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\n";
    const std::string end = "-- END PROG LOAD LOG --\n";
    const std::string after = "libbpf: prog 'p': failed to load: -22\n";
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        {"", ""},
        {"libbpf: one\n", "libbpf: one\n"},
        {"no end of line", "no end of line"},
        {numbered_lines(1, 40), numbered_lines(1, 40)},
        {numbered_lines(1, 41), numbered_lines(2, 41)},
        {begin + "0: (95) exit\n" + end + after, "0: (95) exit\n"},
        {begin + numbered_lines(1, 100) + end + after, numbered_lines(61, 100)},
        {begin + "older\n" + end + begin + "newer\n" + end + after, "newer\n"},
        {begin + "cut off\n", "cut off\n"},
    };
    for (const Case& one : cases)
        EXPECT_EQ(end_of_bpf_log(one.text), one.expected) << one.text;
}

TEST(BpfLog, NamesTheProgramThatWasComplainedOfLast) {
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        {"", ""},
        {"libbpf: failed to load object 'kps'\n", ""},
        {"libbpf: prog 'open': failed\nlibbpf: prog 'close': failed\nlibbpf: x\n", "close"},
        {"libbpf: prog 'cut", "cut"},
    };
    for (const Case& one : cases)
        EXPECT_EQ(program_in_bpf_log(one.text), one.expected) << one.text;
}

} // namespace
} // namespace kps::collect
