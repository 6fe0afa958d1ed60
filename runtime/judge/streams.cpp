#include "runtime/judge/streams.hpp"

#include "compiler/base/overloaded.hpp"
#include "runtime/judge/spans.hpp"

#include <algorithm>

namespace kps::judge {

namespace {

bool by_opening(const Item& a, const Item& b) {
    return a.opening < b.opening;
}

} // namespace

const Occurrences& Streams::occurrences(sema::StreamId stream) {
    auto& known = known_[stream];
    if (known != nullptr) return *known;
    Occurrences found = std::visit(
        Overloaded{
            [&](const sema::HitStream& s) { return hits_of(s); },
            [&](const sema::CallStream& s) { return calls_of(s, seen_.losses_of(stream)); },
            [&](const sema::SpanStream& s) { return spans_of(s); },
        },
        seen_.spec().streams[stream].node);
    std::ranges::sort(found.items, by_opening);
    std::ranges::sort(found.open, by_opening);
    auto& slot = known_[stream]; // `spans_of` may have added to the map
    slot = std::make_unique<Occurrences>(std::move(found));
    return *slot;
}

Occurrences Streams::hits_of(const sema::HitStream& stream) const {
    Occurrences found;
    for (const sema::ProbeId probe : stream.probes)
        for (HitIndex index : seen_.hits_of(probe))
            found.items.push_back({.opening = index});
    return found;
}

Occurrences Streams::calls_of(const sema::CallStream& stream, const Losses& losses) const {
    Occurrences found;
    // Calls of a workload's tasks begin after the probes are live, so that every return seen is
    // that of a call of the trace, even where its entry was lost.
    const bool returns_sure = seen_.test().scope == sema::HitScope::workload;
    std::unordered_map<std::uint64_t, std::vector<HitIndex>> stacks;
    for (HitIndex index : seen_.hits_of(stream)) {
        const hits::Hit& hit = seen_.hit(index);
        auto& stack = stacks[task_of(hit)];
        if (hit.probe == stream.enter) {
            stack.push_back(index);
        } else if (stack.empty()) {
            ++found.orphans;
        } else {
            const bool sure = !losses.overlap(seen_.time(stack.back()), hit.time_ns);
            found.items.push_back({.opening = stack.back(),
                                   .closing = index,
                                   .opening_sure = sure,
                                   .closing_sure = sure || returns_sure});
            stack.pop_back();
        }
    }
    for (const auto& [task, stack] : stacks)
        for (HitIndex index : stack)
            found.open.push_back({.opening = index});
    return found;
}

Occurrences Streams::spans_of(const sema::SpanStream& stream) {
    const Selection from = select(stream.from);
    const Selection to = select(stream.to);
    return pair_spans(seen_, stream, from, to);
}

Selection Streams::select(const sema::StreamUse& use) {
    const Occurrences& all = occurrences(use.stream);
    Selection selection;
    Reader reader(seen_, use.stream);
    const auto keep = [&](const Item& item, std::vector<Member>& kept) {
        Truth belongs = item.exists;
        for (sema::ExprId condition : use.where) {
            if (belongs == Truth::no) return;
            belongs = both(belongs, reader.truth(condition, item));
        }
        if (belongs == Truth::no) return;
        kept.push_back({item, belongs});
        const Doubt doubt = reader.take_doubt();
        if (belongs == Truth::unknown) selection.doubt.add(doubt);
        if (item.exists == Truth::unknown) selection.doubt.add(all.doubt);
    };
    for (const Item& item : all.items)
        keep(item, selection.members);
    selection.sure = static_cast<std::size_t>(
        std::ranges::count(selection.members, Truth::yes, &Member::belongs));
    for (const Item& item : all.open)
        keep(item, selection.open);
    return selection;
}

} // namespace kps::judge
