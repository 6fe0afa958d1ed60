#include "runtime/judge/quantiles.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace kps::judge {

namespace {

constexpr unsigned kept_bits = 11; ///< of the highest ones of a value
constexpr std::uint64_t exact_below = std::uint64_t{1} << kept_bits;
constexpr std::uint64_t half = exact_below / 2; ///< intervals between two powers of two

std::size_t interval_of(std::uint64_t distance) {
    if (distance < exact_below) return distance;
    const auto dropped = static_cast<unsigned>(std::bit_width(distance)) - kept_bits;
    return dropped * half + (distance >> dropped);
}

/// Both ends.
std::pair<std::uint64_t, std::uint64_t> ends_of(std::size_t interval) {
    if (interval < exact_below) return {interval, interval};
    const std::uint64_t dropped = interval / half - 1;
    const std::uint64_t low = (interval - dropped * half) << dropped;
    return {low, low + ((std::uint64_t{1} << dropped) - 1)};
}

void count_in(std::vector<std::uint64_t>& counts, std::uint64_t distance) {
    const std::size_t interval = interval_of(distance);
    if (counts.size() <= interval) counts.resize(interval + 1);
    ++counts[interval];
}

} // namespace

void Quantiles::add(Wide value) {
    if (counted_ == 0 && values_.size() < max_exact_values) {
        values_.push_back(value);
        return;
    }
    for (const Wide kept : std::exchange(values_, {}))
        count(kept);
    count(value);
}

void Quantiles::count(Wide value) {
    ++counted_;
    count_in(value < 0 ? negative_ : positive_,
             static_cast<std::uint64_t>(value < 0 ? -value : value));
}

void Quantiles::sort() {
    std::ranges::sort(values_);
}

Range Quantiles::at(std::uint64_t rank) const {
    if (is_exact()) return {{values_[rank - 1]}, {values_[rank - 1]}};
    for (std::size_t i = negative_.size(); i-- > 0;) {
        if (rank <= negative_[i]) {
            const auto [near, far] = ends_of(i);
            return {{-Wide{far}}, {-Wide{near}}};
        }
        rank -= negative_[i];
    }
    std::size_t i = 0;
    for (; rank > positive_[i]; ++i)
        rank -= positive_[i];
    const auto [near, far] = ends_of(i);
    return {{Wide{near}}, {Wide{far}}};
}

} // namespace kps::judge
