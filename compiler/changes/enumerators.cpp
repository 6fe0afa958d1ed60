#include "compiler/changes/parts.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>
#include <utility>

namespace kps::changes {

namespace {

struct Place {
    std::string_view enum_name; ///< may be empty
    std::int64_t value = 0;

    bool operator==(const Place&) const = default;
};
using Places = std::vector<Place>;

/// The enumerators of two kernels by name: for each kernel the last of a chain of those with it.
class Enumerators {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Chains {
        std::uint32_t was = none, now = none;
    };

    Enumerators() {
        chains_.reserve(1 << 16); // of which a kernel has some
        items_.reserve(1 << 17);
    }
    /// Those of `all` are of one of the kernels.
    void add(std::span<Types* const> all, std::uint32_t Chains::* side) {
        for (Types* const one : all)
            for (const kernel::TypeId id : one->listed().enums) {
                const std::string_view enum_name = one->btf().type(id).name;
                for (const kernel::Enumerator& item : one->btf().enumerators(id)) {
                    std::uint32_t& last = chains_[item.name].*side;
                    const auto number = static_cast<std::uint32_t>(items_.size());
                    items_.push_back({{enum_name, item.value}, std::exchange(last, number)});
                }
            }
    }

    [[nodiscard]] const auto& chains() const { return chains_; }
    /// In the order of the types.
    [[nodiscard]] Places places(std::uint32_t last) const {
        Places places;
        for (std::uint32_t at = last; at != none; at = items_[at].before)
            places.push_back(items_[at].place);
        std::ranges::reverse(places);
        return places;
    }
    [[nodiscard]] bool are_equal(std::uint32_t one, std::uint32_t other) const {
        for (; one != none && other != none; one = items_[one].before, other = items_[other].before)
            if (items_[one].place != items_[other].place) return false;
        return one == other;
    }

private:
    struct Item {
        Place place;
        std::uint32_t before = none;
    };

    std::unordered_map<std::string_view, Chains> chains_;
    std::vector<Item> items_;
};

Places of_enum(const Places& places, std::string_view name) {
    Places found;
    std::ranges::copy_if(places, std::back_inserter(found),
                         [&](const Place& place) { return place.enum_name == name; });
    return found;
}

std::string spell(std::string_view name, const Place& place) {
    if (place.enum_name.empty()) return fmt::format("{} = {}", name, place.value);
    return fmt::format("{} = {} (enum {})", name, place.value, place.enum_name);
}

/// The values that it has changed from and to, if it has. Enumerators of one name can be in enums
/// of several drivers: those of the same enum are compared, and one value in common is no change.
std::optional<std::pair<Place, Place>> changed(const Places& was, const Places& now) {
    if (was.size() == 1 && now.size() == 1 && was[0].value == now[0].value) return std::nullopt;
    for (const Place& place : was) {
        const Places same = of_enum(now, place.enum_name);
        const Places& others = same.empty() ? now : same;
        const Places old_ones = same.empty() ? was : of_enum(was, place.enum_name);
        const bool stays = std::ranges::any_of(others, [&](const Place& other) {
            return std::ranges::find(old_ones, other.value, &Place::value) != old_ones.end();
        });
        if (!stays) return std::pair(place, others.front());
    }
    return std::nullopt;
}

void add(std::vector<Change>& changes, Kind kind, Severity severity, std::string_view name,
         const Place* was, const Place* now) {
    Change& change = changes.emplace_back();
    change.kind = kind;
    change.severity = severity;
    change.name = name;
    if (was != nullptr) change.old_side = spell(name, *was);
    if (now != nullptr) change.new_side = spell(name, *now);
}

} // namespace

std::vector<Change> diff_enumerators(const Sides& sides, AllTypes& old_types, AllTypes& new_types) {
    std::vector<Change> changes;
    if (sides.used != nullptr && sides.used->enumerators.empty()) return changes;
    if (sides.old_kernel.btf() == nullptr || sides.new_kernel.btf() == nullptr) return changes;
    Enumerators all;
    all.add(old_types.of(sides.modules(sides.old_kernel)), &Enumerators::Chains::was);
    all.add(new_types.of(sides.modules(sides.new_kernel)), &Enumerators::Chains::now);
    for (const auto& [name, chains] : all.chains()) {
        if (all.are_equal(chains.was, chains.now)) continue; // most are
        if (sides.used != nullptr && !sides.used->enumerators.contains(name)) continue;
        const Places was = all.places(chains.was), now = all.places(chains.now);
        if (now.empty()) {
            add(changes, Kind::enumerator_removed, Severity::error, name, &was.front(), nullptr);
        } else if (was.empty()) {
            if (sides.used == nullptr)
                add(changes, Kind::enumerator_added, Severity::harmless, name, nullptr,
                    &now.front());
        } else if (const auto values = changed(was, now)) {
            add(changes, Kind::enumerator_value, Severity::silent_wrong_data, name, &values->first,
                &values->second);
        }
    }
    return changes;
}

} // namespace kps::changes
