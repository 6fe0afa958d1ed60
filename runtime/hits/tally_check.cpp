#include "runtime/hits/tally_check.hpp"

#include <algorithm>
#include <utility>

namespace kps::hits {

void TallyCheck::take(std::uint64_t time_ns, bool is_tally) {
    const Seen next{time_ns, is_tally};
    if (at_ && at_->is_tally != is_tally) {
        apart_ns_[at_->is_tally] += time_ns - std::min(time_ns, at_->time_ns);
        ++count_[at_->is_tally];
    }
    judge(next, false);
    before_ = at_;
    at_ = next;
}

void TallyCheck::gap() {
    judge(std::nullopt, true);
    before_.reset();
    at_.reset();
    after_gap_ = true;
}

/// For either order, as the true one is known only at the end.
void TallyCheck::judge(const std::optional<Seen>& next, bool gap_follows) {
    if (!at_) return;
    const bool alone_behind = before_ ? before_->is_tally == at_->is_tally : !after_gap_;
    const bool alone_ahead = next ? next->is_tally == at_->is_tally : !gap_follows;
    if (!at_->is_tally) {
        impossible_[false] += alone_ahead ? 1U : 0U;
        impossible_[true] += alone_behind ? 1U : 0U;
        return;
    }
    const Interval where{before_.value_or(*at_).time_ns, next.value_or(*at_).time_ns};
    if (alone_behind) missing_[false].push_back(where);
    if (alone_ahead) missing_[true].push_back(where);
}

std::vector<TallyCheck::Interval> TallyCheck::finish() {
    judge(std::nullopt, false);
    const auto mean = [&](bool tally_first) {
        return count_[tally_first] == 0 ? UINT64_MAX : apart_ns_[tally_first] / count_[tally_first];
    };
    const bool tally_first = impossible_[true] == impossible_[false]
                                 ? mean(true) <= mean(false)
                                 : impossible_[true] < impossible_[false];
    return std::move(missing_[tally_first]);
}

} // namespace kps::hits
