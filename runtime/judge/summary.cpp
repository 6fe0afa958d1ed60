#include "runtime/judge/summary.hpp"

#include "runtime/hits/print.hpp"
#include "runtime/judge/prefetch.hpp"
#include "runtime/judge/summarizer.hpp"
#include "runtime/judge/tallied.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

Wanted wanted_of(sema::Aggregate function) {
    if (function == sema::Aggregate::stddev) return Wanted::squares;
    return samples_needed(function) > 1 ? Wanted::values : Wanted::sums;
}

Summary summarize(const Observation& seen, Streams& streams, const plan::Tally& asked,
                  Wanted wanted) {
    if (auto told = tallied(seen, asked)) return std::move(*told);
    Summarizer summarizer(seen, asked, wanted);
    const Occurrences& all = streams.occurrences(asked.use.stream);
    if (seen.part()) {
        const auto part = in_part(seen, all.items);
        std::vector<Item> items(part.begin(), part.end());
        if (!all.by_end.empty()) std::ranges::sort(items, {}, &Item::closing);
        for (const Item& item : items)
            summarizer.add(item, all.doubt);
        return std::move(summarizer).finish();
    }
    const auto nth = [&](std::size_t i) -> const Item& {
        return all.items[all.by_end.empty() ? i : all.by_end[i]];
    };
    for (std::size_t i = 0; i < all.items.size(); ++i) {
        prefetch(seen.hits(), i, all.items.size(), [&](std::size_t at) { return nth(at).opening; });
        summarizer.add(nth(i), all.doubt);
    }
    return std::move(summarizer).finish();
}

std::string print_key(const Observation& seen, const plan::Tally& asked, const Group& group) {
    if (group.example) return Reader(seen, asked.use.stream).print_key(asked.key, *group.example);
    std::string text;
    for (std::size_t i = 0; i < asked.key.size(); ++i) {
        const sema::StreamField& field =
            seen.spec().streams[asked.use.stream].fields.at(asked.key[i]);
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.name,
                            hits::print(group.cell->key.at(i), field.type, seen.names()));
    }
    return text;
}

Outcome judge_groups(const Summary& summary, std::uint64_t missing,
                     const std::function<Truth(const Group&, std::uint64_t)>& holds) {
    Outcome outcome;
    const Group* short_of = nullptr;
    std::uint64_t needed = 0;
    for (const Group& group : summary.groups) {
        const bool occurs = !summary.keyed || group.sure > 0;
        const Truth truth = holds(group, missing);
        if (truth == Truth::no && occurs) {
            if (outcome.failing_count++ == 0) outcome.failing = &group;
        } else if (truth != Truth::yes) {
            if (outcome.open == nullptr) outcome.open = &group;
            const auto with = [&](std::uint64_t more) { return holds(group, more); };
            const std::uint64_t own = occurs ? fewest(missing, with) : 0;
            if (own > 0 && short_of == nullptr) short_of = &group;
            needed = add_saturated(needed, own);
        }
    }
    if (outcome.failing == nullptr && needed > missing) {
        outcome.failing = short_of;
        outcome.failing_count = 1;
        outcome.fails_by_number = true;
    }
    return outcome;
}

} // namespace kps::judge
