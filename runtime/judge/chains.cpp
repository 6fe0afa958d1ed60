#include "runtime/judge/chains.hpp"

#include <algorithm>

namespace kps::judge {

namespace {

/// The step after the one that is extended: its hits and from where the chain goes on.
class Continuation {
public:
    Continuation(const Observation& seen, const std::vector<StepHit>& hits, std::vector<Reach> ends)
        : seen_(seen), hits_(hits), ends_(std::move(ends)), from_(hits.size() + 1) {
        for (std::size_t i = hits.size(); i-- > 0;) {
            if (hits[i].belongs != Truth::yes) ends_[i].sure = Reach::never;
            from_[i] = {std::min(from_[i + 1].sure, ends_[i].sure),
                        std::min(from_[i + 1].possible, ends_[i].possible)};
        }
    }

    /// Only hits within the clocks' skew need a look of their own: later ones are after `hit`.
    [[nodiscard]] Reach after(HitIndex hit) const {
        const std::uint64_t time = seen_.time(hit);
        const auto later = std::ranges::upper_bound(hits_, hit, {}, &StepHit::hit);
        const auto first = static_cast<std::size_t>(later - hits_.begin());
        Reach reach{.possible = from_[first].possible};
        std::size_t i = first;
        for (; i < hits_.size() && seen_.time(hits_[i].hit) - time < clock_skew_ns; ++i)
            if (seen_.before(hit, hits_[i].hit) == Truth::yes)
                reach.sure = std::min(reach.sure, ends_[i].sure);
        reach.sure = std::min(reach.sure, from_[i].sure);
        for (i = first; i-- > 0 && time - seen_.time(hits_[i].hit) < clock_skew_ns;)
            if (seen_.before(hit, hits_[i].hit) == Truth::unknown)
                reach.possible = std::min(reach.possible, ends_[i].possible);
        return reach;
    }

private:
    const Observation& seen_;
    const std::vector<StepHit>& hits_;
    std::vector<Reach> ends_;
    std::vector<Reach> from_; ///< the best of all hits from a position on
};

} // namespace

std::vector<Reach> reach_of_chains(const Observation& seen,
                                   const std::vector<std::vector<StepHit>>& steps) {
    std::vector<Reach> ends;
    for (const StepHit& last : steps.back())
        ends.push_back({seen.time(last.hit), seen.time(last.hit)});
    for (std::size_t step = steps.size() - 1; step-- > 0;) {
        const Continuation next(seen, steps[step + 1], std::move(ends));
        ends.clear();
        for (const StepHit& start : steps[step])
            ends.push_back(next.after(start.hit));
    }
    return ends;
}

} // namespace kps::judge
