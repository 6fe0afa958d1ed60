#include "tests/unit/changes/two_kernels.hpp"

#include <gmock/gmock.h>

namespace kps::changes {
namespace {

using test::differences;
using test::SmallKernel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Structs, ComeAndGo) {
    SmallKernel was, now;
    was.types.structure("old", 4, {{"x", was.int_, 0}});
    was.types.forward("both");
    now.types.structure("both", 4, {{"x", now.int_, 0}});
    now.types.union_type("old", 4, {{"x", now.int_, 0}});
    EXPECT_THAT(differences(was, now),
                ElementsAre("struct_removed old (error): struct old -> none",
                            "struct_added both (harmless): none -> struct both",
                            "struct_added old (harmless): none -> union old"));
}

TEST(Structs, OfAStructAndAUnionOfOneNameTheStructIsListed) {
    SmallKernel was, now;
    const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i % 2 == 0) now.types.structure(names[i], 4, {{"x", now.int_, 0}});
        now.types.union_type(names[i], 4, {{"x", now.int_, 0}});
        if (i % 2 == 1) now.types.structure(names[i], 4, {{"x", now.int_, 0}});
    }
    std::vector<std::string> expected;
    for (const std::string& name : names)
        expected.push_back("struct_added " + name + " (harmless): none -> struct " + name);
    EXPECT_EQ(differences(was, now), expected);
}

TEST(Structs, MembersAreCompared) {
    SmallKernel was, now;
    was.types.structure("s", 40,
                        {{"same", was.int_, 0},
                         {"gone", was.pointer_to_struct("a"), 64},
                         {"moved", was.int_, 128},
                         {"retyped", was.int_, 160},
                         {"flag", was.u32, 192, 1},
                         {"wide", was.u32, 193, 2}});
    now.types.structure("s", 40,
                        {{"same", now.int_, 0},
                         {"moved", now.int_, 64},
                         {"retyped", now.long_, 160},
                         {"flag", now.u32, 195, 1},
                         {"wide", now.u32, 193, 3},
                         {"fresh", now.long_, 256}});
    EXPECT_THAT(differences(was, now),
                ElementsAre("member_type s.retyped (silent wrong data): "
                            "int retyped -> long int retyped",
                            "member_type s.wide (silent wrong data): "
                            "unsigned int wide : 2 -> unsigned int wide : 3",
                            "member_removed s.gone (error): struct a *gone -> none",
                            "member_added s.fresh (harmless): none -> long int fresh",
                            "member_moved s.flag (harmless): byte 24 -> byte 24, bit 3",
                            "member_moved s.moved (harmless): byte 16 -> byte 8"));
}

TEST(Structs, MembersOfAnonymousOnesCountAsThoseAround) {
    SmallKernel was, now;
    const auto inner = was.types.union_type("", 4, {{"x", was.int_, 0}, {"y", was.u32, 0}});
    was.types.structure("s", 8, {{"head", was.int_, 0}, {"", inner, 32}});
    now.types.structure("s", 8, {{"head", now.int_, 0}, {"x", now.int_, 32}});
    EXPECT_THAT(differences(was, now),
                ElementsAre("member_removed s.y (error): unsigned int y -> none"));
}

TEST(Structs, AMemberWithoutATypeNameHasItsOwnMembers) {
    const auto make = [](const char* name) {
        SmallKernel kernel;
        const auto inner = kernel.types.structure("", 4, {{name, kernel.int_, 0}});
        kernel.types.structure("s", 8, {{"u", kernel.types.array(inner, 2), 0}});
        return kernel;
    };
    EXPECT_THAT(differences(make("x"), make("y")),
                ElementsAre("member_removed s.u.x (error): int x -> none",
                            "member_added s.u.y (harmless): none -> int y"));
}

TEST(Structs, ARenamedMemberIsFoundByNameTypeAndPlace) {
    const auto make = [](const char* name, const char* type) {
        SmallKernel kernel;
        kernel.types.structure("renamedata", 24,
                               {{"first", kernel.int_, 0},
                                {name, kernel.pointer_to_struct(type), 64},
                                {"last", kernel.int_, 128}});
        return kernel;
    };
    EXPECT_THAT(
        differences(make("old_mnt_userns", "user_namespace"), make("old_mnt_idmap", "mnt_idmap")),
        ElementsAre("member_renamed renamedata.old_mnt_userns (error): "
                    "struct user_namespace *old_mnt_userns -> "
                    "struct mnt_idmap *old_mnt_idmap; ? renamedata.old_mnt_idmap",
                    "member_added renamedata.old_mnt_idmap (harmless): none -> "
                    "struct mnt_idmap *old_mnt_idmap"));
}

TEST(Structs, ATypedefOfOneWithoutATagIsItsName) {
    const auto make = [](const char* member) {
        SmallKernel kernel;
        kernel.types.typedef_type("atomic_t",
                                  kernel.types.structure("", 4, {{member, kernel.int_, 0}}));
        return kernel;
    };
    EXPECT_THAT(differences(make("a_counter"), make("a_counter")), IsEmpty());
    EXPECT_THAT(differences(make("a_counter"), SmallKernel()),
                ElementsAre("struct_removed atomic_t (error): atomic_t -> none"));
}

TEST(Structs, SeveralOfOneNameAreComparedWithTheirLike) {
    SmallKernel was, now;
    was.types.structure("state", 4, {{"a", was.int_, 0}});
    was.types.structure("state", 4, {{"b", was.int_, 0}, {"c", was.int_, 32}});
    now.types.structure("state", 4, {{"b", now.int_, 0}, {"c", now.int_, 32}});
    now.types.structure("state", 4, {{"a", now.int_, 0}});
    EXPECT_THAT(differences(was, now), IsEmpty());
}

TEST(Structs, OnlyTheMembersThatAreUsed) {
    SmallKernel was, now;
    was.types.structure("s", 12, {{"a", was.int_, 0}, {"b", was.int_, 32}, {"c", was.int_, 64}});
    was.types.structure("t", 4, {{"a", was.int_, 0}});
    now.types.structure("s", 4, {{"b", now.int_, 0}});
    Used used;
    used.members["s"] = {"a", "b"};
    EXPECT_THAT(differences(was, now, {.used = &used}),
                ElementsAre("member_removed s.a (error): int a -> none",
                            "member_moved s.b (harmless): byte 4 -> byte 0"));
}

/// A kernel with a module whose own types have a member and an enumerator of those names.
SmallKernel with_module(const char* member, const char* enumerator) {
    SmallKernel kernel;
    test::BtfBuilder types(kernel.types);
    types.structure("ext4_inode_info", 4, {{member, kernel.int_, 0}});
    types.enum32("ext4_state", {{enumerator, 0}});
    kernel::ModuleFacts module;
    module.name = "ext4";
    module.add("ext4_sync", 0x40, 'T', kernel::ProbeStatus::probeable);
    module.btf = types.bytes();
    kernel.facts.modules.push_back(module);
    return kernel;
}

TEST(Structs, OfModulesAreComparedToo) {
    const SmallKernel was = with_module("i_data", "IDLE"), now = with_module("lblk", "BUSY");
    EXPECT_THAT(
        differences(was, now),
        ElementsAre("member_removed ext4_inode_info.i_data (error): int i_data -> none",
                    "enumerator_removed IDLE (error): IDLE = 0 (enum ext4_state) -> none",
                    "member_added ext4_inode_info.lblk (harmless): none -> int lblk",
                    "enumerator_added BUSY (harmless): none -> BUSY = 0 (enum ext4_state)"));
    Used used;
    used.members["ext4_inode_info"] = {"i_data"};
    EXPECT_THAT(differences(was, now, {.used = &used}), IsEmpty())
        << "no function of the module is used";
    used.functions = {"ext4_sync"};
    EXPECT_THAT(differences(was, now, {.used = &used}),
                ElementsAre("member_removed ext4_inode_info.i_data (error): int i_data -> none"));
}

TEST(Structs, DamagedTypesComeToAnEnd) {
    SmallKernel was, now;
    // A struct without a name that holds itself, and an array of itself.
    was.types.structure("s", 4, {{"a", {5}, 0}});
    was.types.structure("", 4, {{"", {5}, 0}, {"again", {6}, 0}});
    was.types.array({6}, 2);
    now.types.structure("s", 4, {{"a", now.int_, 0}});
    EXPECT_FALSE(differences(was, now).empty());
}

TEST(Enumerators, AreCompared) {
    SmallKernel was, now;
    was.types.enum32("reason", {{"NONE", 0}, {"NO_SOCKET", 2}, {"GONE", 3}});
    now.types.enum32("reason", {{"NONE", 0}, {"CONSUMED", 1}, {"NO_SOCKET", 3}});
    EXPECT_THAT(
        differences(was, now),
        ElementsAre("enumerator_value NO_SOCKET (silent wrong data): "
                    "NO_SOCKET = 2 (enum reason) -> NO_SOCKET = 3 (enum reason)",
                    "enumerator_removed GONE (error): GONE = 3 (enum reason) -> none",
                    "enumerator_added CONSUMED (harmless): none -> CONSUMED = 1 (enum reason)"));
}

TEST(Enumerators, OfTheSameEnumAreCompared) {
    SmallKernel was, now;
    was.types.enum32("one", {{"IDLE", 0}});
    was.types.enum32("other", {{"IDLE", 5}});
    now.types.enum32("other", {{"IDLE", 6}});
    now.types.enum32("one", {{"IDLE", 0}});
    EXPECT_THAT(differences(was, now),
                ElementsAre("enumerator_value IDLE (silent wrong data): "
                            "IDLE = 5 (enum other) -> IDLE = 6 (enum other)"));
}

TEST(Enumerators, OnlyThoseThatAreUsed) {
    SmallKernel was, now;
    was.types.enum32("e", {{"A", 0}, {"B", 1}});
    Used used;
    used.enumerators = {"B"};
    EXPECT_THAT(differences(was, now, {.used = &used}),
                ElementsAre("enumerator_removed B (error): B = 1 (enum e) -> none"));
}

} // namespace
} // namespace kps::changes
