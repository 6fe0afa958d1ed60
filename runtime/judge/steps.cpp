#include "runtime/judge/steps.hpp"

#include <algorithm>

namespace kps::judge {

Steps steps_of(const Observation& seen, const std::vector<const sema::KeyedUse*>& uses,
               const std::vector<Selection>& selections) {
    Steps steps;
    for (std::size_t of = 0; of < uses.size(); ++of) {
        Reader reader(seen, uses[of]->use.stream);
        const auto add = [&](const Member& member, Truth stands, bool open) {
            steps.all.push_back(
                {of, member.item, stands, open, reader.key(uses[of]->key, member.item)});
        };
        // A pair that lost hits may have torn apart does not tell when the call began.
        for (const Member& member : selections[of].members)
            add(member, member.item.opening_sure ? member.belongs : Truth::unknown, false);
        // One that is still open may yet turn out not to belong.
        for (const Member& member : selections[of].open)
            add(member, Truth::unknown, true);
        steps.doubt.add(selections[of].doubt);
        steps.doubt.add(reader.take_doubt());
    }
    std::ranges::stable_sort(steps.all, {}, [](const Step& step) { return step.item.opening; });
    return steps;
}

bool may_have_been_lost(const Observation& seen, const Losses& losses, sema::StreamId stream,
                        std::uint64_t begin_ns, std::uint64_t end_ns) {
    const bool of_hits = std::holds_alternative<sema::HitStream>(seen.spec().streams[stream].node);
    return losses.overlap(begin_ns, of_hits ? end_ns : UINT64_MAX);
}

} // namespace kps::judge
