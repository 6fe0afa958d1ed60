#include "runtime/hits/print.hpp"

#include <gtest/gtest.h>

namespace kps::hits {
namespace {

using sema::Display;
using sema::TypeKind;
using sema::ValueType;

std::uint64_t bits(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

struct Case {
    Value value;
    ValueType type;
    std::string printed;
};

TEST(Print, Values) {
    constexpr std::uint64_t in_open = 0xffff'ffff'8123'4570;
    Table<sema::EnumType> enums;
    const sema::EnumId reason = enums.add({"reason", {{"NONE", 0}, {"NO_SOCKET", 3}, {"LOW", -1}}});
    const ValueType s64{.is_signed = true};
    const ValueType hex32{.size = 4, .display = Display::hex};
    const ValueType error{.is_signed = true, .display = Display::errno_code};
    const ValueType enumeration{
        .size = 4, .is_signed = true, .display = Display::enumerator, .enumeration = reason};
    const ValueType text{.kind = TypeKind::string, .display = Display::text};
    const ValueType ipv6{.kind = TypeKind::bytes, .count = 16, .display = Display::ipv6};
    const std::string loopback = std::string(15, '\0') + '\1';
    const std::string doc = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + '\5';
    const std::string zeros(16, '\0');
    const std::string ones(16, '\1');
    const std::uint64_t elements[] = {1, bits(-2)};
    const std::uint64_t frames[] = {in_open, 0x10};
    const SymbolNames symbols{{in_open, "vfs_open+0x10"}};
    const Case cases[] = {
        {Unreadable{}, s64, "<unreadable>"},
        {bits(-2), s64, "-2"},
        {bits(-1), {}, "18446744073709551615"},
        {0x1fUL, hex32, "0x1f"},
        {bits(-1), hex32, "0xffffffff"},
        {bits(-2), error, "-ENOENT"},
        {bits(-512), error, "-ERESTARTSYS"},
        {bits(-4000), error, "-4000"},
        {3UL, error, "3"},
        {0UL, error, "0"},
        {bits(INT64_MIN), error, "-9223372036854775808"},
        {3UL, enumeration, "NO_SOCKET"},
        {bits(-1), enumeration, "LOW"},
        {7UL, enumeration, "7"},
        {1UL, {.size = 1, .display = Display::boolean}, "true"},
        {0UL, {.size = 1, .display = Display::boolean}, "false"},
        {2UL, {.size = 1, .display = Display::boolean}, "2"},
        {97UL, {.size = 1, .display = Display::character}, "'a'"},
        {39UL, {.size = 1, .display = Display::character}, "'\\''"},
        {10UL, {.size = 1, .display = Display::character}, "'\\n'"},
        {6'200'000UL, {.display = Display::duration}, "6.2 ms"},
        {0x0100'007fUL, {.size = 4, .display = Display::ipv4}, "127.0.0.1"},
        {0x5000UL, {.size = 2, .display = Display::port}, "80"},
        {0xffff'ffff'8100'0000UL, {.display = Display::symbol}, "0xffffffff81000000"},
        {in_open, {.display = Display::symbol}, "vfs_open+0x10"},
        {in_open, {.display = Display::hex}, "0xffffffff81234570"},
        {Elements(frames), {.display = Display::symbol}, "[vfs_open+0x10, 0x10]"},
        {"vfs_open+0x10", {.display = Display::symbol}, "vfs_open+0x10"},
        {"/etc/\"x\"\n\x01", text, R"("/etc/\"x\"\n\x01")"},
        {"gr\xc3\xbc\xc3", text, "\"gr\xc3\xbc\\xc3\""},
        {std::string_view("\0\xff", 2), {.kind = TypeKind::bytes, .count = 2}, "00 ff"},
        {loopback, ipv6, "::1"},
        {doc, ipv6, "2001:db8::5"},
        {zeros, ipv6, "::"},
        {ones, ipv6, "101:101:101:101:101:101:101:101"},
        {Elements(elements), s64, "[1, -2]"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(print(c.value, c.type, {&enums, &symbols}), c.printed);
}

TEST(Print, NumbersWhereThereAreNoNames) {
    EXPECT_EQ(print(3UL, {.display = Display::enumerator, .enumeration = sema::EnumId{0}}, {}),
              "3");
    EXPECT_EQ(print(16UL, {.display = Display::symbol}, {}), "0x10");
}

TEST(Print, Durations) {
    EXPECT_EQ(print_duration(0), "0 ns");
    EXPECT_EQ(print_duration(870), "870 ns");
    EXPECT_EQ(print_duration(999'999), "1 ms");
    EXPECT_EQ(print_duration(12'345), "12.3 us");
    EXPECT_EQ(print_duration(12'350), "12.4 us");
    EXPECT_EQ(print_duration(5'000'000), "5 ms");
    EXPECT_EQ(print_duration(5'000'001), "5 ms");
    EXPECT_EQ(print_duration(5'000'001, true), "5.000001 ms");
    EXPECT_EQ(print_duration(1'050'000'000), "1.05 s");
    EXPECT_EQ(print_duration(90'000'000'000), "90 s");
    EXPECT_EQ(print_duration(UINT64_MAX, true), "18446744073.709551615 s");
}

} // namespace
} // namespace kps::hits
