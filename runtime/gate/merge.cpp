#include "runtime/gate/record.hpp"

#include <algorithm>
#include <fmt/ranges.h>

namespace kps::gate {

namespace {

std::unexpected<MergeFault> mixed(std::string message, std::string hint = {}) {
    return std::unexpected(MergeFault{false, {std::move(message), std::move(hint)}});
}

bool belong_together(const Record& a, const Record& b) {
    return a.version == b.version && a.set == b.set && a.shard.count == b.shard.count &&
           a.kernels == b.kernels && a.tests == b.tests && a.table == b.table &&
           a.changes == b.changes && a.static_only == b.static_only;
}

} // namespace

std::expected<Record, MergeFault> merge(std::vector<Record> shards) {
    if (shards.empty()) return mixed("there is nothing to merge");
    std::ranges::sort(shards, {}, [](const Record& r) { return r.shard.index; });
    Record& whole = shards.front();
    std::vector<bool> present(whole.shard.count + 1);
    for (const Record& shard : shards) {
        if (!belong_together(whole, shard))
            return mixed(fmt::format("shard {} of {} and shard {} of {} are not of the same gate",
                                     whole.shard.index, whole.shard.count, shard.shard.index,
                                     shard.shard.count),
                         "the shards of a gate have the same kernels, specs, options and kps");
        if (present.at(shard.shard.index))
            return mixed(
                fmt::format("shard {} of {} is there twice", shard.shard.index, shard.shard.count),
                "give only the last result of a shard that ran again");
        present[shard.shard.index] = true;
    }
    std::vector<std::size_t> missing;
    for (std::size_t i = 1; i < present.size(); ++i)
        if (!present[i]) missing.push_back(i);
    if (!missing.empty())
        return std::unexpected(MergeFault{
            true,
            {fmt::format("of {} shards {} {} missing: {}", whole.shard.count, missing.size(),
                         missing.size() == 1 ? "is" : "are", fmt::join(missing, ", ")),
             fmt::format("run it again: `kps gate ... --shard {}/{} --report json=FILE`",
                         missing.front(), whole.shard.count)}});
    for (std::size_t i = 1; i < shards.size(); ++i) {
        std::ranges::move(shards[i].runs, std::back_inserter(whole.runs));
        whole.started = std::min(whole.started, shards[i].started);
        whole.duration_ns = std::max(whole.duration_ns, shards[i].duration_ns);
    }
    whole.shard = {};
    return std::move(whole);
}

} // namespace kps::gate
