#include "runtime/judge/steps.hpp"

#include <algorithm>
#include <iterator>

namespace kps::judge {

namespace {

bool by_opening(const Step& a, const Step& b) {
    return a.item.opening < b.item.opening;
}

class Merger {
public:
    explicit Merger(const Observation& seen) : seen_(seen) {}

    void add(std::size_t of, const sema::KeyedUse& use, const Selection& selection) {
        Reader reader(seen_, use.use.stream);
        const auto step_of = [&](const Member& member, Truth stands, bool open) {
            return Step{of, member.item, stands, open, id_of(reader.key(use.key, member.item))};
        };
        std::vector<Step> own;
        own.reserve(selection.members.size());
        // A pair that lost hits may have torn apart does not tell when the call began.
        for (const Member& member : selection.members)
            own.push_back(
                step_of(member, member.item.opening_sure ? member.belongs : Truth::unknown, false));
        merge(std::move(own));
        // One that is still open may yet turn out not to belong.
        std::vector<Step> open;
        for (const Member& member : selection.open)
            open.push_back(step_of(member, Truth::unknown, true));
        merge(std::move(open));
        steps_.doubt.add(selection.doubt);
        steps_.doubt.add(reader.take_doubt());
    }
    Steps finish() && { return std::move(steps_); }

private:
    std::optional<KeyId> id_of(const std::optional<std::string>& key) {
        if (!key) return std::nullopt;
        return ids_.try_emplace(*key, static_cast<KeyId>(ids_.size())).first->second;
    }

    /// Both are in order; of equals those that were there come first.
    void merge(std::vector<Step> more) {
        if (more.empty()) return;
        if (steps_.all.empty()) {
            steps_.all = std::move(more);
            return;
        }
        std::vector<Step> merged;
        merged.reserve(steps_.all.size() + more.size());
        std::ranges::merge(steps_.all, more, std::back_inserter(merged), by_opening);
        steps_.all = std::move(merged);
    }

    const Observation& seen_;
    std::unordered_map<std::string, KeyId> ids_;
    Steps steps_;
};

} // namespace

Steps steps_of(const Observation& seen, const std::vector<const sema::KeyedUse*>& uses,
               const std::vector<Selection>& selections) {
    Merger merger(seen);
    for (std::size_t of = 0; of < uses.size(); ++of)
        merger.add(of, *uses[of], selections[of]);
    return std::move(merger).finish();
}

bool may_have_been_lost(const Observation& seen, const Losses& losses, sema::StreamId stream,
                        std::uint64_t begin_ns, std::uint64_t end_ns) {
    return losses.overlap(begin_ns, seen.is_of_hits(stream) ? end_ns : UINT64_MAX);
}

} // namespace kps::judge
