#include "runtime/gate/shards.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>

namespace kps::gate {

namespace {

/// How one system names a shard and their number.
struct Convention {
    const char* index;
    const char* count;
    const char* first; ///< variable with the lowest index; null: it is `lowest`
    std::uint32_t lowest;
};
constexpr Convention conventions[] = {
    {"GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", nullptr, 0},
    {"TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", nullptr, 0},
    {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", 0},
    {"JOB_COMPLETION_INDEX", "KPS_SHARDS", nullptr, 0},
    {"BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", nullptr, 0},
    {"CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", nullptr, 0},
    {"CI_NODE_INDEX", "CI_NODE_TOTAL", nullptr, 1},
};

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_one(Shard shard) {
    return shard.index >= 1 && shard.index <= shard.count;
}

} // namespace

Result<Shard> read_shard(const std::string& text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string count = slash < text.size() ? text.substr(slash + 1) : "";
    // 0 is no shard either
    const Shard shard{number(text.substr(0, slash)).value_or(0), number(count).value_or(0)};
    if (is_one(shard)) return shard;
    return fail(fmt::format("`{}` is no shard", text),
                "`2/4` is the second of four; the first is `1/4`");
}

Result<Shard> shard_of(const Environment& environment) {
    for (const Convention& convention : conventions) {
        const char* index_text = environment(convention.index);
        const char* count_text = environment(convention.count);
        if (index_text == nullptr || count_text == nullptr) continue;
        const char* first_text =
            convention.first == nullptr ? nullptr : environment(convention.first);
        const std::uint32_t first =
            first_text == nullptr ? convention.lowest : number(first_text).value_or(0);
        const std::uint32_t index = number(index_text).value_or(UINT32_MAX);
        // what is below the first wraps, and is no shard
        const Shard shard{index - first + 1, number(count_text).value_or(0)};
        if (!is_one(shard))
            return fail(fmt::format("{}={} and {}={} name no shard", convention.index, index_text,
                                    convention.count, count_text),
                        "unset them, or say `--shard 1/1`");
        return shard;
    }
    return Shard{};
}

} // namespace kps::gate
