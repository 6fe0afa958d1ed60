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

bool Losses::may_bridge(std::uint64_t begin_ns, std::uint64_t end_ns, std::uint64_t step_ns) const {
    const auto steps = [&](std::uint64_t distance) {
        return distance / step_ns + (distance % step_ns == 0 ? 0 : 1);
    };
    std::uint64_t at = begin_ns;
    std::uint64_t used = 0;
    for (const auto& [first, last] : intervals_) {
        if (step_ns == 0 || end_ns - at <= step_ns || first > add_saturated(at, step_ns)) break;
        if (last <= at) continue;
        const std::uint64_t target = std::min(last, end_ns);
        const std::uint64_t until_target = steps(target - at);
        const std::uint64_t until_near_end = steps(end_ns - at - step_ns);
        used += std::min(until_target, until_near_end);
        at = until_target <= until_near_end ? target : at + until_near_end * step_ns;
    }
    return end_ns - at <= step_ns && used <= count_;
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
