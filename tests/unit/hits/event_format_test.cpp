#include "runtime/hits/event_format.hpp"

#include <gmock/gmock.h>

namespace kps::hits {
namespace {

constexpr std::string_view text = R"(name: open_enter
ID: 1392
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:unsigned long __probe_ip;	offset:8;	size:8;	signed:0;
	field:__data_loc char[] path;	offset:16;	size:4;	signed:1;
	field:s32 n;	offset:20;	size:4;	signed:1;
	field:u8 by[];	offset:24;	size:24;	signed:0;
	field:char comm[16];	offset:48;	size:16;	signed:0;

print fmt: "(%lx) field: path=\"%s\" n=%d", REC->__probe_ip, __get_str(path), REC->n
)";

TEST(EventFormat, IsRead) {
    const auto layout = parse_event_format(text);
    ASSERT_TRUE(layout);
    EXPECT_EQ(layout->id, 1392U);
    ASSERT_EQ(layout->fields.size(), 7U);
    const EventField* path = layout->find("path");
    ASSERT_TRUE(path);
    EXPECT_TRUE(path->is_text);
    EXPECT_EQ(path->offset, 16U);
    EXPECT_TRUE(layout->find("n")->is_signed);
    EXPECT_EQ(layout->find("by")->size, 24U);
    EXPECT_EQ(layout->find("comm")->offset, 48U);
    EXPECT_EQ(layout->find("absent"), nullptr);
}

TEST(EventFormat, IsRefusedWhereItMakesNoSense) {
    const std::string whole(text);
    const auto without = [&](std::string_view part) {
        std::string changed = whole;
        changed.erase(changed.find(part), part.size());
        return parse_event_format(changed);
    };
    for (const auto* part : {"ID: 1392\n", "offset:16;", "size:8;"})
        EXPECT_FALSE(without(part)) << part;
    for (std::size_t length = 0; length < whole.size(); ++length)
        (void)parse_event_format(whole.substr(0, length));
}

} // namespace
} // namespace kps::hits
