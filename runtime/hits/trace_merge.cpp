#include "runtime/hits/trace_builder.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <queue>

namespace kps::hits {

Result<Trace> TraceBuilder::finish() && {
    if (error_) return std::unexpected(*error_);
    std::uint64_t last_ns = 0;
    for (const auto& [number, cpu] : cpus_)
        last_ns = std::max(last_ns, cpu.last_ns);
    story_.end(last_ns);
    for (auto& [number, cpu] : cpus_)
        find_unrecorded(number, cpu);
    add_counted_losses();
    for (Loss& loss : limit_.losses())
        story_.add_loss(std::move(loss));
    merge();
    if (job_.names_symbols) story_.name_symbols(addresses_in(story_.trace.hits, plan_));
    return std::move(story_).finish();
}

/// A tally without its event: the record of that hit did not fit into a page.
void TraceBuilder::find_unrecorded(std::uint32_t cpu_number, Cpu& cpu) {
    for (std::uint32_t probe = 0; probe < cpu.tallies.size(); ++probe)
        for (const TallyCheck::Interval& missing : cpu.tallies[probe].finish()) {
            const std::size_t loss =
                add_loss(cpu_number, missing.begin_ns, missing.end_ns, 1,
                         fmt::format("a record of `{}` was too large for the kernel's buffer",
                                     plan_.probes[probe].name));
            story_.trace.losses[loss].probe = sema::ProbeId{probe};
        }
}

/// What the kernel counted, without what pages have told already.
void TraceBuilder::add_counted_losses() {
    for (const collect::CpuStats& stats : stats_) {
        const std::uint64_t told = cpus_[stats.cpu].missed;
        const std::uint64_t untold = stats.overrun > told ? stats.overrun - told : 0;
        const std::uint64_t count = untold + stats.commit_overrun + stats.dropped;
        if (count == 0) continue;
        add_loss(stats.cpu, story_.trace.live_ns, story_.trace.end_ns, count,
                 fmt::format("the ring buffer of cpu {} was overrun", stats.cpu));
    }
    for (const collect::ProbeProfile& profile : profiles_) {
        if (profile.missed == 0) continue;
        for (const sema::ProbeId id : probes_) {
            if (plan_[id].event != profile.event) continue;
            const bool returns = plan_[id].kind == sema::PointKind::function_return;
            const std::size_t loss =
                add_loss(std::nullopt, story_.trace.live_ns, story_.trace.end_ns, profile.missed,
                         fmt::format("the kernel missed {} {} of `{}`", profile.missed,
                                     returns ? "returns (more calls at a time than `maxactive`)"
                                             : "hits (inside of other probes)",
                                     plan_[id].name));
            story_.trace.losses[loss].probe = id;
        }
    }
}

/// By time over the CPUs, those of one CPU in their own order; the tree of tasks is followed on the
/// way.
void TraceBuilder::merge() {
    TaskTree tree;
    for (const std::uint32_t root : story_.roots())
        tree.add_root(root);
    using Head = std::pair<std::uint64_t, std::uint32_t>; // time of the next entry, cpu
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    std::map<std::uint32_t, std::span<const Entry>> left;
    for (const auto& [number, cpu] : cpus_) {
        if (cpu.entries.empty()) continue;
        heads.emplace(cpu.entries.front().time_ns, number);
        left[number] = cpu.entries;
    }
    story_.trace.hits.reserve(hits_);
    while (!heads.empty()) {
        const std::uint32_t number = heads.top().second;
        heads.pop();
        std::span<const Entry>& entries = left[number];
        do {
            add_entry(number, entries.front(), tree);
            entries = entries.subspan(1);
        } while (!entries.empty() &&
                 (heads.empty() || Head{entries.front().time_ns, number} < heads.top()));
        if (!entries.empty()) heads.emplace(entries.front().time_ns, number);
    }
    if (tree.waits() && !story_.trace.losses.empty())
        add_loss(std::nullopt, story_.trace.live_ns, story_.trace.end_ns, UINT64_MAX,
                 "the start of the workload was not seen");
}

/// Before `live_ns` not every probe was live, after `end_ns` some were gone.
void TraceBuilder::add_entry(std::uint32_t cpu_number, const Entry& entry, TaskTree& tree) {
    if (entry.is_task) return tree.apply(tasks_[entry.number]);
    if (entry.time_ns < story_.trace.live_ns || entry.time_ns > story_.trace.end_ns) return;
    const Task& task = tree.find(entry.number);
    if (!task.counts) return;
    story_.trace.hits.push_back({{entry.probe},
                                 entry.time_ns,
                                 cpu_number,
                                 entry.number,
                                 task.pid,
                                 task.comm,
                                 {entry.fields, plan_.probes[entry.probe].fields.size()}});
}

} // namespace kps::hits
