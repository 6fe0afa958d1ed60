#include "runtime/judge/context.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>

namespace kps::judge {

namespace {

/// A stream of a form and the fields that make its key there.
struct Keyed {
    const sema::StreamUse* use = nullptr;
    const std::vector<std::uint32_t>* key = nullptr;
};

std::vector<Keyed> keyed_uses(const sema::Expectation& expectation) {
    std::vector<Keyed> uses;
    const auto add = [&](const sema::KeyedUse& keyed) { uses.push_back({&keyed.use, &keyed.key}); };
    std::visit(Overloaded{
                   [&](const sema::ExpectThen& e) {
                       for (std::size_t i = 0; i < e.steps.size(); ++i)
                           uses.push_back({&e.steps[i], &e.keys[i]});
                   },
                   [&](const sema::ExpectOnlyAfter& e) { add(e.subject), add(e.earlier); },
                   [&](const sema::ExpectPaired& e) { add(e.opener), add(e.closer); },
                   [&](const sema::ExpectDuring& e) { add(e.subject), add(e.span); },
                   [&](const sema::ExpectNoOverlap& e) { add(e.span); },
                   [&](const sema::ExpectFollows& e) {
                       add(e.subject);
                       std::ranges::for_each(e.machine.events, add);
                   },
                   [&](const auto& e) {
                       if constexpr (requires { e.key; }) uses.push_back({&e.use, &e.key});
                   },
               },
               expectation.node);
    std::erase_if(uses, [](const Keyed& keyed) { return keyed.key->empty(); });
    return uses;
}

/// A stream of a form, with the key of each item.
class KeyedItems {
public:
    KeyedItems(const Observation& seen, Streams& streams, const Keyed& keyed)
        : reader_(seen, keyed.use->stream), key_(*keyed.key),
          selection_(streams.select(*keyed.use)) {}

    /// Calls `look` with the items until it returns false.
    void each(const auto& look) {
        for (const auto* members : {&selection_->members, &selection_->open})
            for (const Member& member : *members)
                if (!look(member.item)) return;
    }
    std::optional<KeyId> key(const Item& item) { return reader_.key(key_, item); }

private:
    Reader reader_;
    const std::vector<std::uint32_t>& key_;
    std::shared_ptr<const Selection> selection_;
};

std::optional<KeyId> key_at(KeyedItems& items, HitIndex hit) {
    std::optional<KeyId> key;
    items.each([&](const Item& item) {
        const bool is_it = item.opening == hit || item.closing == hit;
        if (is_it) key = items.key(item);
        return !is_it;
    });
    return key;
}

void add_of_key(KeyedItems& items, KeyId key, HitIndex first, std::vector<std::size_t>& hits) {
    items.each([&](const Item& item) {
        if (item.opening >= first || items.key(item) != key) return true;
        for (const HitIndex hit : {item.opening, item.closing})
            if (hit < first) hits.push_back(hit);
        return true;
    });
}

std::vector<std::size_t> of_task(const Observation& seen, HitIndex first) {
    constexpr HitIndex farthest = 100'000; // a task may have been silent for long
    std::vector<std::size_t> hits;
    const HitIndex last = first - std::min(first, farthest);
    for (HitIndex i = first; i-- > last && hits.size() < max_context;)
        if (task_of(seen.hit(i)) == task_of(seen.hit(first))) hits.push_back(i);
    return hits;
}

} // namespace

std::vector<std::size_t> context_of(const Observation& seen, Streams& streams,
                                    const sema::Expectation& expectation, const Finding& finding) {
    if (finding.evidence.empty() || finding.evidence.front().hits.empty()) return {};
    const auto first = static_cast<HitIndex>(std::ranges::min(finding.evidence.front().hits));
    std::vector<std::unique_ptr<KeyedItems>> all;
    std::optional<KeyId> key;
    for (const Keyed& keyed : keyed_uses(expectation)) {
        all.push_back(std::make_unique<KeyedItems>(seen, streams, keyed));
        if (!key) key = key_at(*all.back(), first);
    }
    std::vector<std::size_t> hits;
    if (!key)
        hits = of_task(seen, first);
    else
        for (const auto& items : all)
            add_of_key(*items, *key, first, hits);
    std::ranges::sort(hits);
    const auto repeated = std::ranges::unique(hits);
    hits.erase(repeated.begin(), repeated.end());
    hits.erase(hits.begin(),
               hits.end() - static_cast<std::ptrdiff_t>(std::min(hits.size(), max_context)));
    return hits;
}

} // namespace kps::judge
