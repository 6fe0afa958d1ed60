#include "compiler/changes/diff.hpp"

#include "compiler/changes/parts.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <tuple>

namespace kps::changes {

void Used::merge(Used other) {
    functions.merge(other.functions);
    events.merge(other.events);
    enumerators.merge(other.enumerators);
    options.merge(other.options);
    for (auto& [name, names] : other.members)
        members[name].merge(names);
}

std::vector<Change> diff(const kernel::KernelView& old_kernel, const kernel::KernelView& new_kernel,
                         const Used* used) {
    const Sides sides{old_kernel, new_kernel, used};
    auto others = std::async(std::launch::async, [&] {
        std::vector<Change> found = diff_structs(sides);
        for (const auto part : {diff_enumerators, diff_events, diff_config})
            std::ranges::move(part(sides), std::back_inserter(found));
        return found;
    });
    std::vector<Change> changes = diff_functions(sides);
    std::ranges::move(others.get(), std::back_inserter(changes));
    const auto key = [](const Change& change) {
        return std::tie(change.severity, change.kind, change.name, change.module);
    };
    const auto less = [&](const Change& a, const Change& b) { return key(a) < key(b); };
    std::ranges::stable_sort(changes, less);
    const auto again = std::ranges::unique(
        changes, [&](const Change& a, const Change& b) { return key(a) == key(b); });
    changes.erase(again.begin(), again.end());
    return changes;
}

} // namespace kps::changes
