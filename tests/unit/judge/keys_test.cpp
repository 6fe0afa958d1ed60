#include "runtime/judge/keys.hpp"

#include <gmock/gmock.h>

namespace kps::judge {
namespace {

using hits::Operand;
using hits::Unreadable;
using sema::Integer;
using testing::ElementsAre;

std::optional<KeyId> id(Keys& keys, std::initializer_list<Operand> key) {
    return keys.id_of(std::vector(key));
}

TEST(Keys, OfEqualValuesAreOne) {
    Keys keys;
    EXPECT_EQ(id(keys, {Integer{7, true}}), 0U);
    EXPECT_EQ(id(keys, {"a"}), 1U);
    EXPECT_EQ(id(keys, {Integer{7, true}, "a"}), 2U);
    EXPECT_EQ(id(keys, {}), 3U);
    EXPECT_EQ(id(keys, {Integer{7, false}}), 0U);
    EXPECT_EQ(id(keys, {"a"}), 1U);
    EXPECT_EQ(id(keys, {Integer{7, false}, "a"}), 2U);
    EXPECT_EQ(id(keys, {}), 3U);
}

TEST(Keys, OfOtherValuesDiffer) {
    Keys keys;
    const std::initializer_list<Operand> all[] = {{Integer{UINT64_MAX, true}},
                                                  {Integer{UINT64_MAX, false}},
                                                  {"1"},
                                                  {Integer{1, false}},
                                                  {"a", "bc"},
                                                  {"ab", "c"},
                                                  {Integer{1, false}, Integer{1, false}}};
    KeyId next = 0;
    for (const auto& key : all)
        EXPECT_EQ(id(keys, key), next++);
}

TEST(Keys, AreNoneWhereAPartIsNotKnown) {
    Keys keys;
    EXPECT_EQ(id(keys, {Unreadable{}}), std::nullopt);
    EXPECT_EQ(id(keys, {Integer{1, false}, Unreadable{}}), std::nullopt);
}

TEST(ByKey, KeepsTheOrderAndFindsWhatIsLeft) {
    ByKey<int> kept;
    for (const KeyId key : {9U, 0U, 4U, 7U})
        kept[key] = static_cast<int>(key);
    EXPECT_EQ(kept.erase_if([](int value) { return value == 0 || value == 7; }), 2U);
    EXPECT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept.find(0), nullptr);
    EXPECT_EQ(kept.find(100), nullptr);
    kept[7] = 70;
    std::vector<std::pair<KeyId, int>> all;
    for (const auto& [key, value] : kept)
        all.emplace_back(key, value);
    EXPECT_THAT(all, ElementsAre(std::pair(9U, 9), std::pair(4U, 4), std::pair(7U, 70)));
    EXPECT_EQ(*kept.find(4), 4);
}

} // namespace
} // namespace kps::judge
