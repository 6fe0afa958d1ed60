#include "compiler/changes/inlining.hpp"

#include "tests/unit/changes/two_kernels.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using test::differences;
using test::SmallKernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Inlining, IsReadFromDwarf) {
    const auto read = read_inlining(KPS_INLINED_PROGRAM);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_TRUE(*read);
    const Inlining& found = **read;
    EXPECT_EQ(found.at("kps_test_inlined_twice"), 2U);
    EXPECT_EQ(found.at("kps_test_inside_of_it"), 3U);
    EXPECT_FALSE(found.contains("kps_test_called"));
    EXPECT_FALSE(found.contains("main"));
}

TEST(Inlining, IsNotKnownOfOtherFiles) {
    const std::string text = testing::TempDir() + "kps-no-elf";
    std::ofstream(text) << "no ELF file";
    for (const std::string& name : {text, std::string("/none"), std::string("debian:6.1")}) {
        const auto read = read_inlining(name);
        ASSERT_TRUE(read) << name;
        EXPECT_FALSE(*read) << name;
    }
    std::remove(text.c_str());
}

TEST(Inlining, WhollyAndInPart) {
    SmallKernel was, now;
    was.symbol("f"), was.symbol("g"), was.symbol("h"), was.symbol("i");
    now.symbol("g"), now.symbol("h"), now.symbol("i");
    const Inlining before = {{"h", 1}}, after = {{"f", 3}, {"g", 2}, {"h", 5}};
    EXPECT_THAT(differences(was, now, {.old_inlining = &before, .new_inlining = &after}),
                ElementsAre("function_inlined g (missed hits): "
                            "inlined in 0 places -> inlined in 2 places",
                            "function_inlined f (error): inlined in 0 places -> "
                            "inlined in 3 places, and no function any more"));
}

TEST(Inlining, WhatIsInLineMayBeAnotherNameOfAFunction) {
    SmallKernel was, now;
    was.function("free_skb_reason", {0}, {{"skb", was.int_}});
    now.function("sk_free_skb_reason", {0}, {{"skb", now.int_}});
    const Inlining after = {{"free_skb_reason", 517}};
    const auto found = differences(was, now, {.new_inlining = &after});
    ASSERT_EQ(found.size(), 3U);
    EXPECT_THAT(found[0], testing::StartsWith("function_renamed free_skb_reason (error)"));
    EXPECT_THAT(found[1], testing::StartsWith("function_inlined free_skb_reason (error)"));
}

TEST(Inlining, WithoutDwarfOfTheOldKernelOnlyOfWhatIsUsed) {
    SmallKernel was, now;
    was.symbol("f"), was.symbol("g");
    now.symbol("f"), now.symbol("g");
    const Inlining after = {{"f", 3}, {"g", 2}};
    EXPECT_THAT(differences(was, now, {.new_inlining = &after}), IsEmpty());
    Used used;
    used.functions = {"g"};
    EXPECT_THAT(differences(was, now, {.used = &used, .new_inlining = &after}),
                ElementsAre("function_inlined g (missed hits): not known -> inlined in 2 places"));
}

} // namespace
} // namespace kps::changes
