#include "compiler/kernel/btf.hpp"

#include "compiler/kernel/bytes.hpp"
#include "tests/data/btf_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kps::kernel {
namespace {

using test::BtfBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

Btf parsed(const BtfBuilder& builder, const Btf* base = nullptr) {
    auto btf = Btf::parse(builder.bytes(), base);
    EXPECT_TRUE(btf) << btf.error().message;
    return std::move(*btf);
}

TEST(Btf, SpellsTypesAsC) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId character = types.integer("char", 1, BtfBuilder::is_char);
    const TypeId file = types.structure("file", 4, {{"flags", integer}});
    const TypeId unnamed = types.union_type("", 4, {{"flags", integer}});
    const TypeId const_char = types.const_type(character);
    const TypeId text = types.pointer(const_char);
    const TypeId table = types.array(types.array(integer, 4), 3);
    const TypeId callback =
        types.prototype(integer, {{"", types.pointer(file)}, {"", text}, {"", {}}});
    const struct {
        TypeId id;
        const char* spelling;
    } rows[] = {
        {{}, "void"},
        {integer, "int"},
        {text, "const char *"},
        {types.pointer(types.const_type(types.pointer(character))), "char *const *"},
        {types.const_type(types.volatile_type(integer)), "const volatile int"},
        {types.pointer(types.type_tag("user", const_char)), "const char *"},
        {types.restrict_type(text), "const char *restrict"},
        {types.pointer(file), "struct file *"},
        {unnamed, "union {...}"},
        {types.forward("inode"), "struct inode"},
        {types.forward("value", true), "union value"},
        {types.enum32("state", {{"on", 1}}), "enum state"},
        {types.typedef_type("loff_t", integer), "loff_t"},
        {table, "int[3][4]"},
        {types.pointer(table), "int (*)[3][4]"},
        {types.array(text, 2), "const char *[2]"},
        {callback, "int (struct file *, const char *, ...)"},
        {types.pointer(callback), "int (*)(struct file *, const char *, ...)"},
        {types.array(types.pointer(types.prototype({}, {})), 2), "void (*[2])(void)"},
        {types.function("open", callback), "int open(struct file *, const char *, ...)"},
        {types.variable("jiffies", integer), "int jiffies"},
        {types.floating("double", 8), "double"},
    };
    const Btf btf = parsed(types);
    for (const auto& row : rows)
        EXPECT_EQ(btf.spell(row.id), row.spelling);
}

// Only damaged types are spelled with nothing, so that no list of them ever is long enough.
TEST(Btf, EndsListsThatDoNotGrow) {
    BtfBuilder types;
    const TypeId nothing = types.typedef_type("", types.integer("int", 4));
    const TypeId returned = types.function("", nothing);
    TypeId outer = nothing;
    for (int level = 0; level < 2; ++level)
        outer = types.prototype(returned, std::vector<BtfBuilder::Parameter>(60'000, {"", outer}));
    EXPECT_EQ(parsed(types).spell(outer), "");
}

TEST(Btf, TellsMembersWithBitfieldsAndAnonymousOnes) {
    BtfBuilder types;
    const TypeId integer = types.integer("unsigned int", 4, BtfBuilder::is_unsigned);
    const TypeId inner = types.union_type("", 4, {{"a", integer}, {"b", integer}});
    const TypeId outer = types.structure(
        "outer", 12,
        {{"x", integer, 0}, {"", inner, 32}, {"low", integer, 64, 3}, {"high", integer, 67, 29}});
    const Btf btf = parsed(types);
    const auto members = btf.members(outer);
    ASSERT_EQ(members.size(), 4U);
    EXPECT_EQ(members[0].name, "x");
    EXPECT_EQ(members[0].bit_size, 0U);
    EXPECT_EQ(members[1].name, "");
    EXPECT_EQ(members[1].type, inner);
    EXPECT_EQ(members[1].bit_offset, 32U);
    EXPECT_EQ(members[2].bit_size, 3U);
    EXPECT_EQ(members[3].bit_offset, 67U);
    EXPECT_EQ(members[3].bit_size, 29U);
    EXPECT_EQ(btf.type(outer).size, 12U);
    EXPECT_TRUE(btf.members(integer).empty());
}

TEST(Btf, ReadsBitfieldsThatTheirIntegersTell) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId three = types.bitfield_integer("int", 4, 5, 3);
    const TypeId old = types.old_structure(
        "old", 8, {{"whole", integer, 0}, {"part", types.typedef_type("t", three), 32}});
    const auto members = parsed(types).members(old);
    EXPECT_EQ(members.at(0).bit_size, 0U);
    EXPECT_EQ(members.at(1).bit_size, 3U);
    EXPECT_EQ(members.at(1).bit_offset, 37U);
}

TEST(Btf, TellsSizes) {
    BtfBuilder types;
    const TypeId word = types.integer("long", 8);
    const TypeId pair = types.structure("pair", 16, {{"a", word, 0}, {"b", word, 64}});
    const TypeId matrix = types.array(types.typedef_type("pair_t", pair), 5);
    const TypeId huge = types.array(types.array(word, UINT32_MAX), UINT32_MAX);
    const TypeId forward = types.forward("later");
    const TypeId pointer = types.pointer(forward);
    const TypeId function = types.function("f", word, {});
    const Btf btf = parsed(types);
    EXPECT_EQ(btf.size_of(matrix), 80U);
    EXPECT_EQ(btf.size_of(pointer), 8U);
    EXPECT_EQ(btf.size_of(forward), 0U);
    EXPECT_EQ(btf.size_of(function), 0U);
    EXPECT_EQ(btf.size_of({}), 0U);
    EXPECT_EQ(btf.size_of(huge), 0U);
    EXPECT_EQ(btf.size_of({12345}), 0U);
}

TEST(Btf, TellsIntegersAndEnums) {
    BtfBuilder types;
    const TypeId boolean = types.integer("_Bool", 1, BtfBuilder::is_bool);
    const TypeId character = types.integer("char", 1, BtfBuilder::is_char | BtfBuilder::is_signed);
    const TypeId small = types.enum32("small", {{"minus", -2}, {"two", 2}}, true);
    const TypeId flags = types.enum32("flags", {{"top", 0x80000000}});
    const TypeId wide = types.enum64("wide", {{"low", -1}, {"far", 0x1'0000'0001}}, true);
    const Btf btf = parsed(types);
    EXPECT_TRUE(btf.type(boolean).is_bool);
    EXPECT_FALSE(btf.type(boolean).is_signed);
    EXPECT_TRUE(btf.type(character).is_char);
    EXPECT_TRUE(btf.type(character).is_signed);
    EXPECT_EQ(btf.enumerators(small).at(0).value, -2);
    EXPECT_EQ(btf.enumerators(flags).at(0).value, 0x80000000);
    EXPECT_EQ(btf.enumerators(wide).at(0).value, -1);
    EXPECT_EQ(btf.enumerators(wide).at(1).value, 0x1'0000'0001);
    EXPECT_EQ(btf.type(wide).size, 8U);
}

TEST(Btf, FindsByName) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId first = types.function("open", integer, {});
    const TypeId second = types.function("open", integer, {{"flags", integer}});
    const TypeId open = types.structure("open", 4, {{"flags", integer}});
    const TypeId states = types.enum32("states", {{"ready", 1}, {"gone", 2}});
    const TypeId others = types.enum32("", {{"ready", 7}});
    const Btf btf = parsed(types);
    EXPECT_THAT(btf.functions("open"), ElementsAre(first, second));
    EXPECT_TRUE(btf.functions("ope").empty());
    EXPECT_TRUE(btf.functions("").empty());
    EXPECT_EQ(btf.find(TypeKind::struct_type, "open"), open);
    EXPECT_EQ(btf.find(TypeKind::union_type, "open"), std::nullopt);
    EXPECT_TRUE(btf.is_unique(TypeKind::struct_type, "open"));
    EXPECT_FALSE(btf.is_unique(TypeKind::union_type, "open"));
    const auto ready = btf.find_enumerators("ready");
    ASSERT_EQ(ready.size(), 2U);
    EXPECT_EQ(ready[0].enum_type, states);
    EXPECT_EQ(ready[1].enum_type, others);
    EXPECT_EQ(ready[1].enumerator.value, 7);
    EXPECT_EQ(btf.parameters(btf.type(second).target).at(0).name, "flags");
}

TEST(Btf, FindsEachOfManyNames) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    for (int i = 0; i < 5000; ++i)
        types.typedef_type("name" + std::to_string(i), integer);
    const Btf btf = parsed(types);
    for (std::uint32_t i = 0; i < 5000; ++i)
        ASSERT_EQ(btf.find(TypeKind::typedef_type, "name" + std::to_string(i)), TypeId{i + 2});
    EXPECT_EQ(btf.type_count(), 5002U);
}

TEST(Btf, ContinuesTheBaseInSplitBtf) {
    BtfBuilder base_types;
    const TypeId integer = base_types.integer("int", 4);
    const TypeId file = base_types.structure("file", 4, {{"flags", integer}});
    base_types.function("init", integer, {});
    BtfBuilder module_types(base_types);
    const TypeId pointer = module_types.pointer(file);
    const TypeId own = module_types.function("init", integer, {{"file", pointer}});
    const Btf base = parsed(base_types);
    const Btf btf = parsed(module_types, &base);
    EXPECT_EQ(pointer.value, base.type_count());
    EXPECT_EQ(btf.spell(pointer), "struct file *");
    EXPECT_EQ(btf.members(file).at(0).name, "flags");
    EXPECT_THAT(btf.functions("init"), ElementsAre(own));
    EXPECT_EQ(btf.find(TypeKind::struct_type, "file"), file);
    EXPECT_EQ(btf.parameters(btf.type(own).target).at(0).name, "file");
    EXPECT_EQ(btf.type_count(), base.type_count() + 3);
}

TEST(Btf, ReadsDamagedReferencesAsVoid) {
    BtfBuilder types;
    const TypeId circle = types.typedef_type("circle", {1});
    const TypeId nested = types.array({2}, 2);
    const TypeId wild = types.pointer({4000});
    const TypeId modifier = types.const_type({4});
    const TypeId call = types.prototype({5}, {{"a", {5}}, {"b", {5}}, {"c", {5}}});
    const Btf btf = parsed(types);
    EXPECT_EQ(btf.strip(circle), TypeId{});
    EXPECT_EQ(btf.size_of(nested), 0U);
    EXPECT_EQ(btf.spell(wild), "void *");
    EXPECT_FALSE(btf.spell(modifier).empty());
    EXPECT_LT(btf.spell(call).size(), 100'000U);
    EXPECT_EQ(btf.type({4000}).kind, TypeKind::void_type);
}

TEST(Btf, RefusesDamagedData) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    types.structure("file", 4, {{"flags", integer}});
    const auto good = types.bytes();
    const struct {
        std::size_t offset;
        unsigned char value;
        const char* message;
    } rows[] = {
        {0, 0, "magic"},          {2, 9, "version is 9"},   {4, 3, "types lie outside"},
        {15, 1, "types lie"},     {23, 1, "strings lie"},   {12, 30, "cut short"},
        {31, 31, "unknown kind"}, {40 + 4, 9, "cut short"},
    };
    for (const auto& row : rows) {
        auto bad = good;
        bad[row.offset] = std::byte{row.value};
        const auto result = Btf::parse(bad);
        ASSERT_FALSE(result) << row.message;
        EXPECT_THAT(result.error().message, HasSubstr(row.message));
    }
    auto unterminated = good;
    unterminated.back() = std::byte{'x'};
    EXPECT_THAT(Btf::parse(unterminated).error().message, HasSubstr("NUL"));
    auto unnamed = good;
    unnamed[24 + load_le<std::uint32_t>(good, 16)] = std::byte{'x'};
    EXPECT_THAT(Btf::parse(unnamed).error().message, HasSubstr("the empty one"));
    auto swapped = good;
    std::swap(swapped[0], swapped[1]);
    EXPECT_THAT(Btf::parse(swapped).error().message, HasSubstr("big-endian"));
}

// Whatever one byte says, reading ends and stays within bounds (sanitizers watch).
TEST(Btf, SurvivesAnyByte) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId file =
        types.structure("file", 8, {{"flags", integer, 0, 3}, {"mode", integer, 32}});
    types.function("open", integer, {{"file", types.pointer(file)}});
    types.enum64("wide", {{"one", 1}, {"two", 2}});
    types.array(file, 3);
    const auto good = types.bytes();
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const unsigned value : {0U, 1U, 4U, 0x7fU, 0x80U, 0xffU}) {
            auto bad = good;
            bad[i] = static_cast<std::byte>(value);
            const auto btf = Btf::parse(bad);
            if (!btf) continue;
            std::size_t seen = btf->functions("open").size() + btf->find_enumerators("two").size();
            for (std::uint32_t id = 0; id <= btf->type_count(); ++id)
                seen += btf->spell({id}).size() + btf->size_of({id}) + btf->members({id}).size() +
                        btf->parameters({id}).size() + btf->enumerators({id}).size() +
                        btf->array({id}).count;
            EXPECT_GT(seen, 0U);
        }
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(Btf::parse({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
}

TEST(Btf, OpensWithWhatParsingFound) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId file = types.structure("file", 4, {{"flags", integer}});
    const TypeId open = types.function("open", integer, {{"file", types.pointer(file)}});
    const Btf whole = parsed(types);
    const auto copy = [](std::span<const std::byte> b) {
        return std::vector<std::byte>(b.begin(), b.end());
    };
    const auto opened =
        Btf::open(keep(types.bytes()), keep(copy(whole.records())), keep(copy(whole.names())));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->type_count(), whole.type_count());
    EXPECT_EQ(opened->find(TypeKind::struct_type, "file"), file);
    EXPECT_THAT(opened->functions("open"), ElementsAre(open));
    EXPECT_EQ(opened->spell(open), whole.spell(open));
}

TEST(Btf, FindsNothingWhereRecordsOrNamesMislead) {
    BtfBuilder types;
    const TypeId integer = types.integer("int", 4);
    const TypeId file = types.structure("file", 4, {{"flags", integer}});
    const auto data = types.bytes();
    const auto end = static_cast<std::uint32_t>(data.size());
    const std::vector<std::uint32_t> places{0, 1, 23, end - 12, end - 1, end, UINT32_MAX};
    for (const std::uint32_t place : places) {
        const auto btf = Btf::open(keep(data), keep(std::vector{place, place}), {});
        ASSERT_TRUE(btf);
        EXPECT_EQ(btf->type(integer).kind, TypeKind::void_type) << place;
        EXPECT_TRUE(btf->members(file).empty());
        EXPECT_FALSE(btf->find(TypeKind::struct_type, "file"));
    }
    // No slot is free, so that looking for a name meets no end.
    for (const std::size_t slots : {1U, 3U, 4U}) {
        const auto btf = Btf::open(keep(data), {}, keep(std::vector(slots, UINT64_MAX)));
        ASSERT_TRUE(btf);
        EXPECT_FALSE(btf->find(TypeKind::struct_type, "file"));
    }
    EXPECT_FALSE(Btf::open({}, {}, {}));
}

} // namespace
} // namespace kps::kernel
