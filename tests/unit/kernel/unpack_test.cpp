#include "compiler/kernel/unpack.hpp"

#include "tests/unit/kernel/synthetic_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace kps::kernel {
namespace {

using test::Data;
using test::Packing;
using testing::HasSubstr;

/// Text-like, so that it gets smaller, of several blocks of every format.
Data random_letters(std::size_t size) {
    std::mt19937 random(1);
    Data data(size);
    for (std::byte& byte : data)
        byte = static_cast<std::byte>('a' + random() % 8);
    return data;
}

class Unpack : public testing::TestWithParam<Packing> {};

TEST_P(Unpack, GivesBackWhatWasPacked) {
    for (const std::size_t size : {std::size_t{20}, std::size_t{1000}, std::size_t{300'000}}) {
        const Data packed = test::pack(random_letters(size), GetParam());
        EXPECT_TRUE(is_compressed(packed));
        const auto unpacked = unpack_payload(packed);
        ASSERT_TRUE(unpacked) << size << ": " << unpacked.error().message;
        EXPECT_EQ(*unpacked, random_letters(size)) << size;
    }
}

TEST_P(Unpack, IgnoresWhatFollows) {
    for (const std::string_view behind :
         {std::string_view("\x40\x0d\x03\0", 4), std::string_view("\0\0\0\0\0\0\0", 7),
          std::string_view("relocations and more")}) {
        Data packed = test::pack(random_letters(200'000), GetParam());
        const Data tail = test::bytes_of(behind);
        packed.insert(packed.end(), tail.begin(), tail.end());
        const auto unpacked = unpack_payload(packed);
        ASSERT_TRUE(unpacked) << unpacked.error().message;
        EXPECT_EQ(*unpacked, random_letters(200'000));
    }
}

TEST_P(Unpack, NeverTakesAPartForTheWhole) {
    const Data whole = random_letters(200'000);
    const Data packed = test::pack(whole, GetParam());
    for (std::size_t size = 0; size < packed.size(); size += size < 16 ? 1 : packed.size() / 61) {
        const auto unpacked = unpack_payload(std::span(packed).first(size));
        EXPECT_TRUE(!unpacked || *unpacked == whole) << size << " of " << packed.size();
    }
    EXPECT_FALSE(unpack_payload(std::span(packed).first(packed.size() / 2)));
}

TEST_P(Unpack, SurvivesDamage) {
    const Data packed = test::pack(random_letters(20'000), GetParam());
    std::mt19937 random(2);
    for (int round = 0; round < 300; ++round) {
        Data damaged = packed;
        for (int flips = 0; flips < 3; ++flips)
            damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8);
        const auto unpacked = unpack_payload(damaged, std::size_t{1} << 20);
        EXPECT_TRUE(!unpacked || unpacked->size() <= std::size_t{1} << 20);
    }
}

TEST_P(Unpack, StopsAtTheLimit) {
    const Data packed = test::pack(random_letters(100'000), GetParam());
    EXPECT_TRUE(unpack_payload(packed, 100'000));
    const auto unpacked = unpack_payload(packed, 99'999);
    ASSERT_FALSE(unpacked);
    EXPECT_THAT(unpacked.error().message, HasSubstr("more than 99999 bytes"));
}

INSTANTIATE_TEST_SUITE_P(AllFormats, Unpack, testing::ValuesIn(test::all_packings));

TEST(UnpackOther, RefusesWhatIsNotCompressed) {
    for (const std::string_view text : {"", "\x1f", "plain",
                                        "\x7f"
                                        "ELF"}) {
        EXPECT_FALSE(is_compressed(test::bytes_of(text)));
        EXPECT_FALSE(unpack_payload(test::bytes_of(text)));
    }
}

} // namespace
} // namespace kps::kernel
