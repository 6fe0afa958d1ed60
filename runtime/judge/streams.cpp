#include "runtime/judge/streams.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/resolve.hpp"
#include "runtime/judge/prefetch.hpp"
#include "runtime/judge/spans.hpp"
#include "runtime/judge/verdict.hpp"

#include <algorithm>

namespace kps::judge {

namespace {

bool item_by_opening(const Item& a, const Item& b) {
    return a.opening < b.opening;
}

} // namespace

std::string text_of(const sema::ResolvedSpec& spec, const sema::StreamUse& use) {
    std::string text = std::to_string(use.stream.value);
    for (const sema::ExprId condition : use.where)
        text += '\n' + sema::dump(spec, condition);
    return text;
}

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
    Occurrences found =
        std::visit(Overloaded{
                       [&](const sema::HitStream& s) { return hits_of(s); },
                       [&](const sema::CallStream&) {
                           return calls_of(seen_.calls(stream), seen_.losses_of(stream));
                       },
                       [&](const sema::SpanStream& s) { return spans_of(s); },
                   },
                   seen_.spec().streams[stream].node);
    if (!std::ranges::is_sorted(found.items, item_by_opening))
        std::ranges::sort(found.items, item_by_opening);
    std::ranges::sort(found.open, item_by_opening);
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

Occurrences Streams::calls_of(const Calls& calls, const Losses& losses) const {
    Occurrences found;
    found.orphans = calls.orphans;
    std::vector<std::size_t> places;
    for (const auto& [entry, exit] : calls.all) {
        places.push_back(found.items.size());
        if (exit)
            found.items.push_back(paired_call(seen_, losses, entry, *exit));
        else
            found.open.push_back({.opening = entry});
    }
    for (const std::uint32_t call : calls.by_end)
        found.by_end.push_back(places[call]);
    return found;
}

Occurrences Streams::spans_of(const sema::SpanStream& stream) {
    const auto from = select(stream.from);
    const auto to = select(stream.to);
    return pair_spans(seen_, stream, {*from, *keys(stream.from, stream.from_key)},
                      {*to, *keys(stream.to, stream.to_key)});
}

std::shared_ptr<const Selection> Streams::select(const sema::StreamUse& use) {
    if (seen_.part()) return std::make_shared<Selection>(selected(use));
    auto& known = selections_[text_of(seen_.spec(), use)];
    if (known == nullptr) known = std::make_shared<Selection>(selected(use));
    return known;
}

std::shared_ptr<const ItemKeys> Streams::keys(const sema::StreamUse& use,
                                              const std::vector<std::uint32_t>& key) {
    const auto selection = select(use);
    if (seen_.part()) return std::make_shared<ItemKeys>(keys_of(use, *selection, key));
    auto& known = keys_[{selection.get(), key}];
    if (known == nullptr) known = std::make_shared<ItemKeys>(keys_of(use, *selection, key));
    return known;
}

ItemKeys Streams::keys_of(const sema::StreamUse& use, const Selection& selection,
                          const std::vector<std::uint32_t>& key) const {
    Reader reader(seen_, use.stream);
    ItemKeys keys;
    const std::vector<Member>& members = selection.members;
    keys.of_members.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        prefetch(seen_.hits(), i, members.size(),
                 [&](std::size_t at) { return members[at].item.opening; });
        keys.of_members.push_back(reader.key(key, members[i].item));
    }
    for (const Member& member : selection.open)
        keys.of_open.push_back(reader.key(key, member.item));
    keys.doubt = reader.take_doubt();
    return keys;
}

Selection Streams::selected(const sema::StreamUse& use) {
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
    const std::span<const Item> items = in_part(seen_, all.items);
    for (std::size_t i = 0; i < items.size(); ++i) {
        prefetch(seen_.hits(), i, items.size(), [&](std::size_t at) { return items[at].opening; });
        keep(items[i], selection.members);
    }
    selection.sure = static_cast<std::size_t>(
        std::ranges::count(selection.members, Truth::yes, &Member::belongs));
    for (const Item& item : all.open)
        keep(item, selection.open);
    return selection;
}

} // namespace kps::judge
