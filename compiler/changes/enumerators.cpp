#include "compiler/changes/parts.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <unordered_map>

namespace kps::changes {

namespace {

struct Place {
    std::string_view enum_name; ///< may be empty
    std::int64_t value = 0;
};
using Places = std::vector<Place>;

/// The enumerators of a kernel by name: each the first of a chain of those with its name.
class Enumerators {
public:
    explicit Enumerators(std::span<Types* const> all) {
        heads_.reserve(1 << 16); // of which a kernel has some
        items_.reserve(1 << 16);
        for (Types* const one : all)
            add(*one);
    }

    [[nodiscard]] const auto& heads() const { return heads_; }
    [[nodiscard]] bool contains(std::string_view name) const { return heads_.contains(name); }
    /// Empty if there is none.
    [[nodiscard]] Places find(std::string_view name) const {
        const auto found = heads_.find(name);
        return found == heads_.end() ? Places{} : chain(found->second);
    }
    /// In the order of the types.
    [[nodiscard]] Places chain(std::uint32_t head) const {
        Places places;
        for (std::uint32_t at = head; at != none; at = items_[at].next)
            places.push_back(items_[at].place);
        std::ranges::reverse(places);
        return places;
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Item {
        Place place;
        std::uint32_t next = none;
    };

    void add(Types& types) {
        for (const kernel::TypeId id : types.listed().enums) {
            const std::string_view enum_name = types.btf().type(id).name;
            for (const kernel::Enumerator& item : types.btf().enumerators(id)) {
                const auto number = static_cast<std::uint32_t>(items_.size());
                const auto [at, is_new] = heads_.try_emplace(item.name, number);
                items_.push_back({{enum_name, item.value}, is_new ? none : at->second});
                at->second = number;
            }
        }
    }

    std::unordered_map<std::string_view, std::uint32_t> heads_; ///< the last that was added
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
    const Enumerators old_ones(old_types.of(sides.modules(sides.old_kernel)));
    const Enumerators new_ones(new_types.of(sides.modules(sides.new_kernel)));
    for (const auto& [name, head] : old_ones.heads()) {
        if (sides.used != nullptr && !sides.used->enumerators.contains(name)) continue;
        const Places was = old_ones.chain(head), now = new_ones.find(name);
        if (now.empty())
            add(changes, Kind::enumerator_removed, Severity::error, name, &was.front(), nullptr);
        else if (const auto values = changed(was, now))
            add(changes, Kind::enumerator_value, Severity::silent_wrong_data, name, &values->first,
                &values->second);
    }
    if (sides.used != nullptr) return changes;
    for (const auto& [name, head] : new_ones.heads())
        if (!old_ones.contains(name)) {
            const Places now = new_ones.chain(head);
            add(changes, Kind::enumerator_added, Severity::harmless, name, nullptr, &now.front());
        }
    return changes;
}

} // namespace kps::changes
