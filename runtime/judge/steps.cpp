#include "runtime/judge/steps.hpp"

#include <algorithm>
#include <iterator>

namespace kps::judge {

namespace {

bool step_by_opening(const Step& a, const Step& b) {
    return a.item.opening < b.item.opening;
}

/// Both are in order; of equals those that were there come first.
void merge(std::vector<Step>& all, std::vector<Step> more) {
    if (more.empty()) return;
    if (all.empty()) {
        all = std::move(more);
        return;
    }
    std::vector<Step> merged;
    merged.reserve(all.size() + more.size());
    std::ranges::merge(all, more, std::back_inserter(merged), step_by_opening);
    all = std::move(merged);
}

void add(Steps& steps, std::size_t of, const Selection& selection, const ItemKeys& keys) {
    std::vector<Step> own;
    own.reserve(selection.members.size());
    for (std::size_t i = 0; i < selection.members.size(); ++i) {
        const Member& member = selection.members[i];
        own.push_back({of, member.item, member.stands(), false, keys.of_members[i]});
    }
    merge(steps.all, std::move(own));
    // One that is still open may yet turn out not to belong.
    std::vector<Step> open;
    for (std::size_t i = 0; i < selection.open.size(); ++i)
        open.push_back({of, selection.open[i].item, Truth::unknown, true, keys.of_open[i]});
    merge(steps.all, std::move(open));
    steps.doubt.add(selection.doubt);
    steps.doubt.add(keys.doubt);
}

} // namespace

Steps steps_of(Streams& streams, const std::vector<const sema::KeyedUse*>& uses) {
    Steps steps;
    for (std::size_t of = 0; of < uses.size(); ++of)
        add(steps, of, *streams.select(uses[of]->use), *streams.keys(uses[of]->use, uses[of]->key));
    return steps;
}

bool may_have_been_lost(const Observation& seen, const Losses& losses, sema::StreamId stream,
                        std::uint64_t begin_ns, std::uint64_t end_ns) {
    return losses.overlap(begin_ns, seen.is_of_hits(stream) ? end_ns : UINT64_MAX);
}

} // namespace kps::judge
