#include "runtime/judge/groups.hpp"

namespace kps::judge {

Groups group_by(Reader& reader, const Selection& selection, const std::vector<std::uint32_t>& key) {
    Groups groups{.keyed = !key.empty(), .all = {}, .doubt = selection.doubt};
    if (!groups.keyed) groups.all.emplace_back();
    std::unordered_map<std::string, std::size_t> known;
    if (!groups.keyed) known.emplace(std::string{}, 0);
    for (const Member& member : selection.members) {
        const auto bytes = reader.key(key, member.item);
        if (!bytes) {
            ++groups.keyless;
            continue;
        }
        const auto [at, fresh] = known.try_emplace(*bytes, groups.all.size());
        if (fresh) groups.all.emplace_back().first = &member;
        Group& group = groups.all[at->second];
        if (member.belongs == Truth::yes)
            group.sure.push_back(&member);
        else
            ++group.doubtful;
    }
    groups.doubt.add(reader.take_doubt());
    return groups;
}

Outcome judge_groups(const Groups& groups, const std::function<Truth(const Group&)>& holds) {
    Outcome outcome;
    for (const Group& group : groups.all) {
        const bool occurs = !groups.keyed || !group.sure.empty();
        const Truth truth = holds(group);
        if (truth == Truth::no && occurs) {
            if (outcome.failing_count++ == 0) outcome.failing = &group;
        } else if (truth != Truth::yes && outcome.open == nullptr) {
            outcome.open = &group;
        }
    }
    return outcome;
}

} // namespace kps::judge
