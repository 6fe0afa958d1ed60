#include "runtime/judge/losses.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

namespace {

using Interval = std::pair<std::uint64_t, std::uint64_t>;

std::vector<Interval> merged(std::vector<Interval> intervals) {
    std::ranges::sort(intervals);
    std::vector<Interval> apart;
    for (const Interval& next : intervals) {
        if (!apart.empty() && next.first <= apart.back().second)
            apart.back().second = std::max(apart.back().second, next.second);
        else
            apart.push_back(next);
    }
    return apart;
}

} // namespace

std::uint64_t add_saturated(std::uint64_t a, std::uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

Losses::Losses(const std::vector<hits::Loss>& losses, const std::vector<sema::ProbeId>& probes) {
    for (const hits::Loss& loss : losses) {
        const bool concerned =
            !loss.probe || std::ranges::find(probes, *loss.probe) != probes.end();
        if (!concerned || loss.count == 0) continue;
        count_ = add_saturated(count_, loss.count);
        losses_.push_back(&loss);
        intervals_.emplace_back(loss.begin_ns, loss.end_ns);
    }
    intervals_ = merged(std::move(intervals_));
}

bool Losses::overlap(std::uint64_t begin_ns, std::uint64_t end_ns) const {
    const auto first = std::ranges::lower_bound(intervals_, begin_ns, {}, &Interval::second);
    return first != intervals_.end() && first->first <= end_ns;
}

std::optional<std::uint64_t> Losses::needed_between(std::uint64_t begin_ns, std::uint64_t end_ns,
                                                    std::uint64_t apart_ns) const {
    std::uint64_t needed = 0;
    std::uint64_t at = begin_ns;
    while (end_ns - at > apart_ns) {
        const std::uint64_t reach = at + apart_ns;
        const auto next = std::ranges::upper_bound(intervals_, reach, {}, &Interval::first);
        if (next == intervals_.begin()) return std::nullopt;
        const std::uint64_t last = std::min(std::prev(next)->second, end_ns - 1);
        const std::uint64_t farthest = std::min(reach, last);
        if (farthest <= at) return std::nullopt;
        // the rest of the interval in strides
        const std::uint64_t wanted = (end_ns - farthest - 1) / apart_ns;
        const std::uint64_t strides = std::min(wanted, (last - farthest) / apart_ns);
        needed += 1 + strides;
        at = farthest + strides * apart_ns;
    }
    return needed;
}

std::string Losses::text() const {
    constexpr std::size_t most_causes = 3;
    std::vector<std::string_view> causes;
    for (const hits::Loss* loss : losses_)
        if (std::ranges::find(causes, loss->cause) == causes.end()) causes.push_back(loss->cause);
    std::string text = count_ == UINT64_MAX ? "an unknown number of hits is missing"
                       : count_ == 1        ? "1 hit may have been lost"
                                            : fmt::format("up to {} hits were lost", count_);
    const std::size_t shown = std::min(causes.size(), most_causes);
    for (std::size_t i = 0; i < shown; ++i)
        text += fmt::format("{}{}", i == 0 ? " (" : "; ", causes[i]);
    if (causes.size() > shown) text += fmt::format("; and {} more causes", causes.size() - shown);
    return causes.empty() ? text : text + ")";
}

} // namespace kps::judge
