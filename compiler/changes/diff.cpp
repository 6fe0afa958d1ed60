#include "compiler/changes/diff.hpp"

#include "compiler/changes/parts.hpp"

#include <algorithm>
#include <future>
#include <iterator>
#include <numeric>
#include <set>
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

bool Sides::with_modules() const {
    return old_kernel.modules().size() > 1 && new_kernel.modules().size() > 1;
}

std::vector<kernel::ModuleIndex> Sides::modules(const kernel::KernelView& kernel) const {
    std::vector<kernel::ModuleIndex> all(with_modules() ? kernel.modules().size() : 1);
    std::iota(all.begin(), all.end(), kernel::ModuleIndex{0});
    if (used == nullptr) return all;
    std::set<kernel::ModuleIndex> with_functions = {0};
    for (const std::string& name : used->functions)
        for (const kernel::Symbol& symbol : kernel.symbols().find(name))
            with_functions.insert(symbol.module);
    std::erase_if(all,
                  [&](kernel::ModuleIndex module) { return !with_functions.contains(module); });
    return all;
}

namespace {

/// The most severe first, each once.
std::vector<Change> in_order(std::vector<Change> changes) {
    std::vector<std::uint32_t> order(changes.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto key = [&](std::uint32_t i) {
        const Change& change = changes[i];
        return std::tie(change.severity, change.kind, change.name, change.module);
    };
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        return std::tuple_cat(key(a), std::tie(a)) < std::tuple_cat(key(b), std::tie(b));
    });
    const auto again = std::ranges::unique(
        order, [&](std::uint32_t a, std::uint32_t b) { return key(a) == key(b); });
    order.erase(again.begin(), again.end());
    std::vector<Change> sorted;
    sorted.reserve(order.size());
    for (const std::uint32_t i : order)
        sorted.push_back(std::move(changes[i]));
    return sorted;
}

/// What is read of a kernel: its functions, and the types of its modules in the order in which they
/// lie in a snapshot.
FunctionList read(const Sides& sides, const kernel::KernelView& kernel) {
    for (const kernel::ModuleIndex module : sides.modules(kernel))
        static_cast<void>(kernel.module_btf(module));
    return {kernel, sides.with_modules()};
}

std::vector<Change> diff_all_but_functions(const Sides& sides) {
    AllTypes old_types(sides.old_kernel), new_types(sides.new_kernel);
    std::vector<Change> found = diff_structs(sides, old_types, new_types);
    const auto add = [&](std::vector<Change> more) {
        std::ranges::move(more, std::back_inserter(found));
    };
    add(diff_enumerators(sides, old_types, new_types));
    add(diff_events(sides));
    add(diff_config(sides));
    return found;
}

} // namespace

std::vector<Change> diff(const kernel::KernelView& old_kernel, const kernel::KernelView& new_kernel,
                         const Options& options) {
    const Sides sides{old_kernel, new_kernel, options.used, options.old_inlining,
                      options.new_inlining};
    auto reading = std::async(std::launch::async, [&] { return read(sides, old_kernel); });
    const FunctionList new_list = read(sides, new_kernel);
    const FunctionList old_list = reading.get();
    auto others = std::async(std::launch::async, [&] { return diff_all_but_functions(sides); });
    std::vector<Change> changes = diff_functions(sides, old_list, new_list);
    std::vector<Change> of_others = others.get();
    changes.reserve(changes.size() + of_others.size());
    std::ranges::move(of_others, std::back_inserter(changes));
    return in_order(std::move(changes));
}

} // namespace kps::changes
