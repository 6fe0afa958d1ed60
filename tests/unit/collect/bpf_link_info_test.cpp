#include "runtime/collect/bpf_link_info.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kps::collect {
namespace {

struct Field {
    std::size_t offset;
    std::uint32_t value;
};

std::vector<std::byte> info_of(std::size_t size, const std::vector<Field>& fields) {
    std::vector<std::byte> info(size);
    for (const Field& field : fields)
        for (std::size_t i = 0; i < 4; ++i)
            info.at(field.offset + i) = static_cast<std::byte>(field.value >> (8 * i));
    return info;
}

TEST(BpfLinkInfo, CountsOfProbesThatTheKernelWrote) {
    constexpr std::uint32_t raw_tracepoint = 1, perf_event = 7, kprobe_multi = 8;
    struct Case {
        const char* what;
        std::vector<std::byte> info;
        std::optional<std::uint64_t> expected;
    };
    const Case cases[] = {
        {"kprobe", info_of(64, {{0, perf_event}, {16, 3}, {48, 5}}), 5},
        {"kretprobe", info_of(56, {{0, perf_event}, {16, 4}, {48, 6}, {52, 1}}), 0x1'0000'0006},
        {"uprobe", info_of(64, {{0, perf_event}, {16, 1}, {48, 5}}), 0},
        {"tracepoint", info_of(64, {{0, perf_event}, {16, 5}, {48, 5}}), 0},
        {"kprobe_multi", info_of(64, {{0, kprobe_multi}, {16, 3}, {32, 7}, {48, 5}}), 7},
        {"another link", info_of(64, {{0, raw_tracepoint}, {16, 3}, {32, 7}, {48, 5}}), 0},
        {"before 6.7", info_of(48, {{0, perf_event}, {16, 3}}), std::nullopt},
        {"nothing", {}, std::nullopt},
    };
    for (const Case& one : cases)
        EXPECT_EQ(missed_in(one.info), one.expected) << one.what;
}

} // namespace
} // namespace kps::collect
