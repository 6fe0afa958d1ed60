#include "runtime/hits/trace_builder.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <queue>

namespace kps::hits {

Result<Trace> TraceBuilder::finish() && {
    if (error_) return std::unexpected(*error_);
    if (!done_ && !trace_.cut_short) trace_.cut_short = "the collector stopped without a word";
    settle_interval();
    for (const auto& [number, cpu] : cpus_)
        find_unrecorded(number, cpu);
    add_counted_losses();
    merge();
    keep_interval();
    for (auto& [index, run] : runs_)
        trace_.runs.push_back(std::move(run));
    return std::move(trace_);
}

/// A run that was cut short was observed until its last record.
void TraceBuilder::settle_interval() {
    if (drained_) return;
    for (const auto& [number, cpu] : cpus_)
        trace_.end_ns = std::max(trace_.end_ns, cpu.last_ns);
}

namespace {

/// A record of a probe's event or of its tally.
struct Seen {
    std::uint64_t time_ns = 0;
    bool is_tally = false;
};

/// Whether the tally fires before the event. One of them always does (it depends on how the kernel
/// lists them), and the two of one hit are nearer to each other than to those of the next.
bool tally_is_first(const std::vector<Seen>& seen) {
    std::uint64_t gap[2] = {0, 0}; // before an event, before a tally
    std::uint64_t count[2] = {0, 0};
    for (std::size_t i = 1; i < seen.size(); ++i) {
        if (seen[i].is_tally == seen[i - 1].is_tally) continue;
        gap[seen[i].is_tally] += seen[i].time_ns - std::min(seen[i].time_ns, seen[i - 1].time_ns);
        ++count[seen[i].is_tally];
    }
    if (count[0] == 0 || count[1] == 0) return count[1] == 0;
    return gap[0] / count[0] <= gap[1] / count[1];
}

} // namespace

/// A tally without its event: the record of that hit did not fit into a page.
void TraceBuilder::find_unrecorded(std::uint32_t cpu_number, const Cpu& cpu) {
    std::map<std::uint32_t, std::vector<Seen>> by_probe;
    for (const Entry& entry : cpu.entries) {
        if (entry.kind == EntryKind::tally)
            by_probe[entry.index].push_back({entry.time_ns, true});
        else if (entry.kind == EntryKind::hit && !plan_[hits_[entry.index].probe].tally.empty())
            by_probe[hits_[entry.index].probe.value].push_back({entry.time_ns, false});
    }
    for (const auto& [probe, seen] : by_probe) {
        const bool tally_first = tally_is_first(seen);
        for (std::size_t i = 0; i < seen.size(); ++i) {
            if (!seen[i].is_tally) continue;
            const std::size_t partner = tally_first ? i + 1 : i - 1; // wraps at 0, out of range
            if (partner < seen.size() && !seen[partner].is_tally) continue;
            const std::uint64_t begin = i > 0 ? seen[i - 1].time_ns : seen[i].time_ns;
            const std::uint64_t end = i + 1 < seen.size() ? seen[i + 1].time_ns : seen[i].time_ns;
            const std::size_t loss =
                add_loss(cpu_number, begin, end, 1,
                         fmt::format("a record of `{}` was too large for the kernel's buffer",
                                     plan_.probes[probe].name));
            trace_.losses[loss].probe = sema::ProbeId{probe};
        }
    }
}

/// What the kernel counted, without what pages have told already.
void TraceBuilder::add_counted_losses() {
    for (const collect::CpuStats& stats : stats_) {
        const std::uint64_t told = cpus_[stats.cpu].missed;
        const std::uint64_t untold = stats.overrun > told ? stats.overrun - told : 0;
        const std::uint64_t count = untold + stats.commit_overrun + stats.dropped;
        if (count == 0) continue;
        add_loss(stats.cpu, trace_.live_ns, trace_.end_ns, count,
                 fmt::format("the ring buffer of cpu {} was overrun", stats.cpu));
    }
    for (const collect::ProbeProfile& profile : profiles_) {
        if (profile.missed == 0) continue;
        for (const sema::ProbeId id : probes_) {
            if (plan_[id].event != profile.event) continue;
            const bool returns = plan_[id].kind == sema::PointKind::function_return;
            const std::size_t loss =
                add_loss(std::nullopt, trace_.live_ns, trace_.end_ns, profile.missed,
                         fmt::format("the kernel missed {} {} of `{}`", profile.missed,
                                     returns ? "returns (more calls at a time than `maxactive`)"
                                             : "hits (inside of other probes)",
                                     plan_[id].name));
            trace_.losses[loss].probe = id;
        }
    }
}

/// By time over the CPUs, those of one CPU in their own order; the tree of tasks is followed on the
/// way.
void TraceBuilder::merge() {
    TaskTree tree;
    for (const std::uint32_t root : roots_)
        tree.add_root(root);
    using Head = std::pair<std::uint64_t, std::uint32_t>; // time of the next entry, cpu
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    std::map<std::uint32_t, std::size_t> at;
    for (const auto& [number, cpu] : cpus_)
        if (!cpu.entries.empty()) heads.emplace(cpu.entries.front().time_ns, number);
    trace_.hits.reserve(hits_.size());
    while (!heads.empty()) {
        const std::uint32_t number = heads.top().second;
        heads.pop();
        const auto& entries = cpus_[number].entries;
        const Entry& entry = entries[at[number]++];
        if (at[number] < entries.size()) heads.emplace(entries[at[number]].time_ns, number);
        if (entry.kind == EntryKind::task) tree.apply(tasks_[entry.index]);
        if (entry.kind != EntryKind::hit) continue;
        Hit& hit = hits_[entry.index];
        const Task& task = tree.find(hit.tid);
        if (!task.counts) continue;
        hit.pid = task.pid;
        hit.comm = task.comm;
        trace_.hits.push_back(std::move(hit));
    }
    if (tree.waits() && !trace_.losses.empty())
        add_loss(std::nullopt, trace_.live_ns, trace_.end_ns, UINT64_MAX,
                 "the start of the workload was not seen");
}

/// Before it not every probe was live, after it some were gone.
void TraceBuilder::keep_interval() {
    std::erase_if(trace_.hits, [&](const Hit& hit) {
        return hit.time_ns < trace_.live_ns || hit.time_ns > trace_.end_ns;
    });
    std::erase_if(trace_.losses, [&](const Loss& loss) {
        return loss.end_ns < trace_.live_ns || loss.begin_ns > trace_.end_ns;
    });
    for (Loss& loss : trace_.losses)
        loss.begin_ns = std::max(loss.begin_ns, trace_.live_ns);
}

} // namespace kps::hits
