#include "runtime/hits/ring_buffer_page.hpp"

#include "tests/unit/hits/page_writer.hpp"

#include <array>
#include <gmock/gmock.h>
#include <random>

namespace kps::hits {
namespace {

struct Read {
    std::vector<std::pair<std::uint64_t, std::string>> records;
    bool damaged = false;
};

Read read(Bytes page) {
    PageReader reader({}, page);
    Read result;
    while (const auto record = reader.next()) {
        std::string text;
        for (const std::byte byte : record->bytes)
            text += static_cast<char>(byte);
        result.records.emplace_back(record->time_ns, text);
    }
    result.damaged = reader.damaged();
    return result;
}

using Records = std::vector<std::pair<std::uint64_t, std::string>>;

TEST(ReadInteger, KnowsFourSizesOnly) {
    const std::array<std::byte, 8> bytes{std::byte{1}, std::byte{2}};
    EXPECT_EQ(read_integer(bytes, 0, 2), 0x201U);
    EXPECT_EQ(read_integer(bytes, 0, 8), 0x201U);
    EXPECT_EQ(read_integer(bytes, 1, 8), std::nullopt);
    EXPECT_EQ(read_integer(bytes, 9, 1), std::nullopt);
    EXPECT_EQ(read_integer(bytes, 0, 3), std::nullopt);
    EXPECT_EQ(read_integer(bytes, 8, 0), std::nullopt);
}

TEST(PageReader, AddsTheTimesOfRecords) {
    const auto page =
        PageWriter(1000).record(0, "aaaa").record(5, "bbbbbbbb").record(7, "c").page();
    const Read got = read(page);
    EXPECT_EQ(got.records, (Records{{1000, "aaaa"}, {1005, "bbbbbbbb"}, {1012, {"c\0\0\0", 4}}}));
    EXPECT_FALSE(got.damaged);
}

TEST(PageReader, ReadsLongRecords) {
    const std::string data(300, 'x');
    EXPECT_EQ(read(PageWriter(1).long_record(2, data).record(1, "tail").page()).records,
              (Records{{3, data}, {4, "tail"}}));
}

TEST(PageReader, FollowsTimeExtendsAndStamps) {
    const std::uint64_t day = 86'400'000'000'000;
    EXPECT_EQ(read(PageWriter(10).extend(day).record(3, "aaaa").page()).records,
              (Records{{10 + day + 3, "aaaa"}}));
    EXPECT_EQ(read(PageWriter(10).stamp(day).record(3, "aaaa").page()).records,
              (Records{{day + 3, "aaaa"}}));
}

TEST(PageReader, CompletesStampsByTheTimeBefore) {
    const std::uint64_t top = std::uint64_t{5} << 59;
    EXPECT_EQ(read(PageWriter(top + 100).stamp(200).record(0, "aaaa").page()).records,
              (Records{{top + 200, "aaaa"}}));
    // the lower bits went round
    const std::uint64_t round = std::uint64_t{1} << 59;
    EXPECT_EQ(read(PageWriter(top + 300).stamp(200).record(0, "aaaa").page()).records,
              (Records{{top + round + 200, "aaaa"}}));
}

TEST(PageReader, SkipsDiscardedRecords) {
    const auto discarded = [](std::uint32_t delta) {
        PageWriter writer(100);
        writer.record(1, "aaaa").header(29, delta).put(8, 4).text("gone").record(2, "bbbb");
        return writer.page();
    };
    EXPECT_EQ(read(discarded(10)).records, (Records{{101, "aaaa"}, {113, "bbbb"}}));
    EXPECT_EQ(read(discarded(1)).records, (Records{{101, "aaaa"}, {103, "bbbb"}}));
}

TEST(PageReader, EndsAtPaddingWithoutTime) {
    const Read got = read(PageWriter(1).record(0, "aaaa").header(29, 0).record(0, "bbbb").page());
    EXPECT_EQ(got.records.size(), 1U);
    EXPECT_FALSE(got.damaged);
}

TEST(PageReader, TellsOfMissedRecords) {
    const auto none = PageWriter(1).record(0, "aaaa").page();
    const auto some = PageWriter(1).record(0, "aaaa").missed(12).page();
    const auto many = PageWriter(1).record(0, "aaaa").missed({}).page();
    EXPECT_FALSE(PageReader({}, none).missed());
    EXPECT_EQ(PageReader({}, some).missed()->count, 12U);
    ASSERT_TRUE(PageReader({}, many).missed());
    EXPECT_EQ(PageReader({}, many).missed()->count, std::nullopt);
    EXPECT_EQ(read(some).records.size(), 1U);
}

TEST(PageReader, StopsWhereARecordReachesTooFar) {
    const Read too_long = read(PageWriter(1).record(0, "aaaa").header(9, 0).put(0, 4).page());
    EXPECT_EQ(too_long.records.size(), 1U);
    EXPECT_TRUE(too_long.damaged);
    EXPECT_TRUE(read(PageWriter(1).header(0, 0).put(3, 4).page()).damaged);
    EXPECT_TRUE(read(PageWriter(1).header(29, 5).put(400, 4).page()).damaged);
    EXPECT_TRUE(read(PageWriter(1).header(30, 5).page()).damaged);
    EXPECT_TRUE(read(std::vector<std::byte>(15)).damaged);
}

TEST(PageReader, SurvivesAnyBytes) {
    std::mt19937 random(2);
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::byte> page(random() % 300);
        for (std::byte& byte : page)
            byte = std::byte(random() % (round % 2 == 0 ? 256 : 32));
        PageReader reader({}, page);
        while (const auto record = reader.next()) {
            EXPECT_GE(record->bytes.data(), page.data());
            EXPECT_LE(record->bytes.data() + record->bytes.size(), page.data() + page.size());
        }
    }
}

constexpr std::string_view page_text = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
                                       "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
                                       "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
                                       "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";
constexpr std::string_view event_text =
    "# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n"
    "\tarray       :   32 bits\n\n\tpadding     : type == 29\n\ttime_extend : type == 30\n"
    "\ttime_stamp : type == 31\n\tdata max type_len  == 28\n";

TEST(PageLayout, IsReadFromTheKernelsTexts) {
    const auto layout = parse_page_layout(page_text, event_text);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->time_offset, 0U);
    EXPECT_EQ(layout->commit_offset, 8U);
    EXPECT_EQ(layout->data_offset, 16U);
}

TEST(PageLayout, RefusesAnotherKindOfBuffer) {
    std::string other(event_text);
    other.replace(other.find("27 bits"), 7, "28 bits");
    EXPECT_FALSE(parse_page_layout(page_text, other));
    EXPECT_FALSE(parse_page_layout(page_text.substr(0, 60), event_text));
    EXPECT_FALSE(parse_page_layout("", event_text));
}

} // namespace
} // namespace kps::hits
