#include "runtime/judge/streams.hpp"

#include "compiler/base/overloaded.hpp"
#include "runtime/judge/spans.hpp"
#include "runtime/judge/verdict.hpp"

#include <algorithm>
#include <numeric>

namespace kps::judge {

namespace {

bool by_opening(const Item& a, const Item& b) {
    return a.opening < b.opening;
}

/// Sorts calls by their openings; returns where those are now that were in the order of their ends.
std::vector<std::size_t> sort_calls(std::vector<Item>& items) {
    std::vector<std::size_t> by_begin(items.size());
    std::iota(by_begin.begin(), by_begin.end(), std::size_t{0});
    std::ranges::sort(by_begin, {}, [&](std::size_t i) { return items[i].opening; });
    std::vector<std::size_t> places(items.size());
    std::vector<Item> sorted;
    sorted.reserve(items.size());
    for (std::size_t place = 0; place < places.size(); ++place) {
        places[by_begin[place]] = place;
        sorted.push_back(items[by_begin[place]]);
    }
    items = std::move(sorted);
    return places;
}

} // namespace

Item paired_call(const Observation& seen, const Losses& losses, HitIndex opening,
                 HitIndex closing) {
    const bool sure = !losses.overlap(seen.time(opening), seen.time(closing));
    return {.opening = opening,
            .closing = closing,
            .opening_sure = sure,
            .closing_sure = sure || seen.returns_are_sure()};
}

Truth truth_of(Reader& reader, const sema::StreamUse& use, const Item& item) {
    Truth belongs = both(item.exists, reader.is_in_part(item));
    for (const sema::ExprId condition : use.where) {
        if (belongs == Truth::no) break;
        belongs = both(belongs, reader.truth(condition, item));
    }
    return belongs;
}

Doubtful Selection::doubtful() const {
    Doubtful doubtful{members.size() - sure, {}, doubt};
    for (const Member& member : members)
        if (member.belongs == Truth::unknown && doubtful.first.size() < max_evidence)
            doubtful.first.push_back(member.item);
    return doubtful;
}

std::span<const Item> in_part(const Observation& seen, const std::vector<Item>& items) {
    if (!seen.part()) return items;
    const auto time = [&](const Item& item) { return seen.time(item.opening); };
    const std::uint64_t begin = seen.begins_later() ? seen.part_begin_ns() : 0;
    const auto first = std::ranges::lower_bound(items, before_skew(begin), {}, time);
    const auto last =
        std::ranges::upper_bound(items, add_saturated(seen.part_end_ns(), clock_skew_ns), {}, time);
    return {first, last};
}

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
    if (std::holds_alternative<sema::CallStream>(seen_.spec().streams[stream].node))
        found.by_end = sort_calls(found.items);
    else if (!std::ranges::is_sorted(found.items, by_opening))
        std::ranges::sort(found.items, by_opening);
    std::ranges::sort(found.open, by_opening);
    auto& slot = known_[stream]; // `spans_of` may have added to the map
    slot = std::make_unique<Occurrences>(std::move(found));
    return *slot;
}

Streams::Unjudged Streams::unjudged(sema::StreamId stream) {
    if (const hits::Summed::Calls* calls = seen_.counted_calls(stream))
        return {calls->orphans, calls->entered - std::min(calls->entered, calls->ended)};
    const Occurrences& all = occurrences(stream);
    return {all.orphans, all.open.size()};
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
    std::unordered_map<std::uint64_t, std::vector<HitIndex>> stacks;
    for (HitIndex index : seen_.hits_of(stream)) {
        const hits::Hit& hit = seen_.hit(index);
        auto& stack = stacks[task_of(hit)];
        if (hit.probe == stream.enter) {
            stack.push_back(index);
        } else if (stack.empty()) {
            ++found.orphans;
        } else {
            found.items.push_back(paired_call(seen_, losses, stack.back(), index));
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
        const Truth belongs = truth_of(reader, use, item);
        if (belongs != Truth::unknown) reader.forget_doubt();
        if (belongs == Truth::no) return;
        kept.push_back({item, belongs});
        if (belongs == Truth::unknown) selection.doubt.add(reader.take_doubt());
        if (item.exists == Truth::unknown) selection.doubt.add(all.doubt);
    };
    for (const Item& item : in_part(seen_, all.items))
        keep(item, selection.members);
    selection.sure = static_cast<std::size_t>(
        std::ranges::count(selection.members, Truth::yes, &Member::belongs));
    for (const Item& item : all.open)
        keep(item, selection.open);
    return selection;
}

} // namespace kps::judge
