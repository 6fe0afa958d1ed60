#include "compiler/changes/neighbourhood.hpp"

#include "compiler/changes/side_by_side.hpp"

#include <algorithm>
#include <numeric>

namespace kps::changes {

namespace {

constexpr std::size_t most_anchors = 8;   // on either side
constexpr std::uint32_t near = 32;        // places in the order
constexpr std::size_t longest_walk = 200; // past functions that only one kernel has

} // namespace

Neighbourhood::Neighbourhood(const FunctionList& old_list, const FunctionList& new_list)
    : old_(order_of(old_list)), new_(order_of(new_list)), in_new_(old_list.all().size(), none),
      is_common_(new_list.all().size()) {
    side_by_side(old_list.all(), new_list.all(), &Function::name,
                 [&](const Function* was, const Function* now) {
                     if (was == nullptr || now == nullptr) return;
                     in_new_[old_list.number_of(*was)] = new_list.number_of(*now);
                     is_common_[new_list.number_of(*now)] = true;
                 });
    before_ = nearest_common(true);
    after_ = nearest_common(false);
}

Neighbourhood::Order Neighbourhood::order_of(const FunctionList& list) {
    struct Place {
        std::uint64_t address;
        kernel::ModuleIndex module;
        std::uint32_t number;
    };
    std::vector<Place> places;
    places.reserve(list.all().size());
    for (const Function& function : list.all())
        places.push_back({function.first().address, function.first().module,
                          static_cast<std::uint32_t>(places.size())});
    std::ranges::sort(places, {}, [](const Place& p) { return std::pair(p.module, p.address); });
    Order order{std::vector<std::uint32_t>(places.size()),
                std::vector<std::uint32_t>(places.size()),
                std::vector<kernel::ModuleIndex>(places.size())};
    for (std::uint32_t i = 0; i < places.size(); ++i) {
        order.numbers[i] = places[i].number;
        order.rank[places[i].number] = i;
        order.modules[places[i].number] = places[i].module;
    }
    return order;
}

Neighbourhood::Anchors Neighbourhood::anchors(std::uint32_t old_number) const {
    Anchors anchors;
    const kernel::ModuleIndex module = old_.modules[old_number];
    for (const int step : {-1, 1}) {
        std::uint32_t& nearest = step < 0 ? anchors.before : anchors.after;
        std::size_t found = 0;
        std::int64_t at = old_.rank[old_number];
        for (std::size_t walked = 0; walked < longest_walk && found < most_anchors; ++walked) {
            at += step;
            if (at < 0 || at >= static_cast<std::int64_t>(old_.numbers.size())) break;
            const std::uint32_t number = old_.numbers[static_cast<std::size_t>(at)];
            if (old_.modules[number] != module) break;
            if (in_new_[number] == none) continue;
            if (found++ == 0) nearest = in_new_[number];
            anchors.around.push_back(in_new_[number]);
        }
    }
    return anchors;
}

std::vector<std::uint32_t> Neighbourhood::next_to(const Anchors& anchors) const {
    std::vector<std::uint32_t> found;
    const auto walk = [&](std::uint32_t anchor, int step) {
        if (anchor == none) return;
        std::int64_t at = new_.rank[anchor];
        for (std::size_t walked = 0; walked < longest_walk; ++walked) {
            at += step;
            if (at < 0 || at >= static_cast<std::int64_t>(new_.numbers.size())) return;
            const std::uint32_t number = new_.numbers[static_cast<std::size_t>(at)];
            if (is_common_[number]) return;
            found.push_back(number);
        }
    };
    walk(anchors.before, 1);
    walk(anchors.after, -1);
    return found;
}

std::vector<std::uint32_t> Neighbourhood::nearest_common(bool before) const {
    std::vector<std::uint32_t> nearest(new_.numbers.size(), none);
    std::uint32_t last = none;
    for (std::size_t i = 0; i < new_.numbers.size(); ++i) {
        const std::uint32_t number = new_.numbers[before ? i : new_.numbers.size() - 1 - i];
        if (last != none && new_.modules[last] != new_.modules[number]) last = none;
        nearest[number] = last;
        if (is_common_[number]) last = number;
    }
    return nearest;
}

double Neighbourhood::likeness(const Anchors& anchors, std::uint32_t new_number) const {
    const std::uint32_t here = new_.rank[new_number];
    const auto is_near = [&](std::uint32_t anchor) {
        const std::uint32_t there = new_.rank[anchor];
        return new_.modules[anchor] == new_.modules[new_number] &&
               (there < here ? here - there : there - here) <= near;
    };
    if (anchors.around.empty()) return 0;
    const auto close = static_cast<double>(std::ranges::count_if(anchors.around, is_near));
    const auto adjacent = [](std::uint32_t anchor, std::uint32_t other) {
        return anchor != none && anchor == other ? 0.25 : 0;
    };
    return adjacent(anchors.before, before_[new_number]) +
           adjacent(anchors.after, after_[new_number]) +
           0.5 * close / static_cast<double>(anchors.around.size());
}

} // namespace kps::changes
