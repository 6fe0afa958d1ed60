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

/// By severity, then by kind.
std::uint32_t rank_of(const Change& change) {
    return static_cast<std::uint32_t>(change.severity) << 8 |
           static_cast<std::uint32_t>(change.kind);
}

/// What changes are ordered by, mostly decided by numbers.
struct OrderKey {
    std::uint32_t rank;
    std::uint64_t begin; ///< the name's first characters
    Change* change;

    explicit OrderKey(Change& of) : rank(rank_of(of)), begin(0), change(&of) {
        for (std::size_t i = 0; i < sizeof begin; ++i)
            begin = begin << 8 | (i < of.name.size() ? static_cast<unsigned char>(of.name[i]) : 0);
    }
    [[nodiscard]] auto numbers() const { return std::pair(rank, begin); }
    [[nodiscard]] auto texts() const { return std::tie(change->name, change->module); }
};

/// Changes with their order: the most severe first, each once.
struct Ordered {
    std::vector<Change> changes;
    std::vector<OrderKey> order;

    explicit Ordered(std::vector<Change> unordered)
        : changes(std::move(unordered)), order(changes.begin(), changes.end()) {
        std::ranges::sort(order, [](const OrderKey& a, const OrderKey& b) {
            if (a.numbers() != b.numbers()) return a.numbers() < b.numbers();
            const auto texts = a.texts() <=> b.texts();
            return texts != 0 ? texts < 0 : a.change < b.change;
        });
        const auto again = std::ranges::unique(order, [](const OrderKey& a, const OrderKey& b) {
            return a.numbers() == b.numbers() && a.texts() == b.texts();
        });
        order.erase(again.begin(), again.end());
    }
    Ordered(Ordered&&) = default; // the order of a copy would be that of the original
    Ordered& operator=(Ordered&&) = default;
    ~Ordered() = default;
};

/// The changes of two parts, which have no kind in common, in the order of all.
std::vector<Change> merged(Ordered one, Ordered other) {
    std::vector<OrderKey> order;
    order.reserve(one.order.size() + other.order.size());
    std::ranges::merge(one.order, other.order, std::back_inserter(order), {}, &OrderKey::rank,
                       &OrderKey::rank);
    std::vector<Change> all;
    all.reserve(order.size());
    for (const OrderKey& key : order)
        all.push_back(std::move(*key.change));
    return all;
}

/// What is read of a kernel: its functions, and the types of its modules in the order in which they
/// lie in a snapshot.
FunctionList read(const Sides& sides, const kernel::KernelView& kernel) {
    for (const kernel::ModuleIndex module : sides.modules(kernel))
        static_cast<void>(kernel.module_btf(module));
    return {kernel, sides.with_modules()};
}

Ordered diff_all_but_functions(const Sides& sides) {
    AllTypes old_types(sides.old_kernel), new_types(sides.new_kernel);
    std::vector<Change> found = diff_structs(sides, old_types, new_types);
    const auto add = [&](std::vector<Change> more) {
        std::ranges::move(more, std::back_inserter(found));
    };
    add(diff_enumerators(sides, old_types, new_types));
    add(diff_events(sides));
    add(diff_config(sides));
    return Ordered(std::move(found));
}

/// Whether a function that counts has no namesake in the new kernel; of all of them some have not.
bool some_gone(const Used* used, const FunctionList& new_list) {
    return used == nullptr || std::ranges::any_of(used->functions, [&](const std::string& name) {
               return new_list.find(name) == nullptr;
           });
}

} // namespace

std::vector<Change> diff(const kernel::KernelView& old_kernel, const kernel::KernelView& new_kernel,
                         const Options& options) {
    const Sides sides{old_kernel,           new_kernel,           options.used,
                      options.old_inlining, options.new_inlining, options.with_declarations};
    auto reading = std::async(std::launch::async, [&] { return read(sides, old_kernel); });
    const FunctionList new_list = read(sides, new_kernel);
    const FunctionList old_list = reading.get();
    // Both threads have about as much to do: one has the neighbourhood ready when the other, which
    // compares functions, comes to those that are gone. Of those that somebody uses mostly none is.
    const auto look_around = [&] { return Neighbourhood(old_list, new_list); };
    std::packaged_task<Neighbourhood()> places(look_around);
    const bool ahead = some_gone(options.used, new_list);
    std::future<Neighbourhood> neighbourhood =
        ahead ? places.get_future() : std::async(std::launch::deferred, look_around);
    auto others = std::async(std::launch::async, [&] {
        if (ahead) places();
        return diff_all_but_functions(sides);
    });
    Ordered of_functions(diff_functions(sides, old_list, new_list, std::move(neighbourhood)));
    return merged(std::move(of_functions), others.get());
}

} // namespace kps::changes
