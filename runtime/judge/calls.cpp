#include "runtime/judge/calls.hpp"

#include "runtime/judge/keys.hpp"
#include "runtime/judge/prefetch.hpp"

#include <algorithm>
#include <tsl/robin_map.h>

namespace kps::judge {

std::uint64_t task_of(const hits::Hit& hit) {
    return std::uint64_t{hit.tid} << 32 | (hit.tid == 0 ? hit.cpu : 0);
}

namespace {

class CallPairing {
public:
    void enter(HitIndex hit, std::uint64_t task_id) {
        Task& task = tasks_[task_id];
        if (!task.open.empty() && !task.open.back().next) task.open.back().next = hit;
        task.open.push_back({static_cast<std::uint32_t>(calls_.all.size()), {}});
        calls_.all.push_back({hit, {}});
    }

    void leave(HitIndex hit, std::uint64_t task_id) {
        Task& task = tasks_[task_id];
        if (task.open.empty()) {
            ++calls_.orphans;
            return;
        }
        const std::uint32_t call = task.open.back().call;
        task.open.pop_back();
        task.last_ended = std::max(task.last_ended, call);
        calls_.all[call].exit = hit;
        calls_.by_end.push_back(call);
    }

    Calls finish() && {
        for (const auto& [id, task] : tasks_)
            for (const Open& open : task.open)
                if (open.call < task.last_ended)
                    calls_.vanished.push_back({calls_.all[open.call].entry, *open.next});
        std::ranges::sort(calls_.vanished, {}, &Calls::Vanished::entry);
        return std::move(calls_);
    }

private:
    struct Open {
        std::uint32_t call = 0;       // its place in `Calls::all`
        std::optional<HitIndex> next; // the task's next entry
    };
    struct Task {
        std::vector<Open> open;
        std::uint32_t last_ended = 0; // of the calls that ended, the one that began last
    };
    Calls calls_;
    tsl::robin_map<std::uint64_t, Task, MixedHash> tasks_;
};

} // namespace

Calls pair_calls(const std::vector<hits::Hit>& hits, const std::vector<HitIndex>& entries,
                 const std::vector<HitIndex>& exits) {
    CallPairing pairing;
    for (std::size_t entry = 0, exit = 0; entry < entries.size() || exit < exits.size();) {
        prefetch(hits, entry, entries.size(), [&](std::size_t i) { return entries[i]; });
        prefetch(hits, exit, exits.size(), [&](std::size_t i) { return exits[i]; });
        const bool enters =
            exit == exits.size() || (entry < entries.size() && entries[entry] < exits[exit]);
        const HitIndex hit = enters ? entries[entry++] : exits[exit++];
        const std::uint64_t task = task_of(hits[hit]);
        enters ? pairing.enter(hit, task) : pairing.leave(hit, task);
    }
    return std::move(pairing).finish();
}

} // namespace kps::judge
