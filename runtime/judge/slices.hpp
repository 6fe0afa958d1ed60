#pragma once

#include "runtime/judge/steps.hpp"

#include <list>
#include <map>

namespace kps::judge {

/// A call or span while something may still happen within it.
struct Slice {
    Step step;
    Truth inside = Truth::no;      ///< whether something that is looked for is within it
    std::optional<HitIndex> found; ///< that which shows it

    /// Whether it is known to be of a key, and from when to when.
    [[nodiscard]] bool is_sure() const {
        return step.stands == Truth::yes && step.key && has_sure_ends();
    }
    [[nodiscard]] bool has_sure_ends() const {
        return !step.open && step.item.opening_sure && step.item.closing_sure;
    }
};

/// The slices that have begun and not yet surely ended, by key.
class Slices {
public:
    explicit Slices(const Observation& seen) : seen_(seen) {}

    /// Null if there are `max_open_keys` already.
    Slice* open(const Step& step);
    /// Takes out those before whose end nothing can be that is taken from now on, and gives each to
    /// `decide`. Those without an end stay.
    void close_before(std::uint64_t now_ns, const auto& decide) {
        while (!by_end_.empty() && add_saturated(by_end_.begin()->first, clock_skew_ns) <= now_ns) {
            const auto slice = by_end_.begin()->second;
            by_end_.erase(by_end_.begin());
            decide(*slice);
            remove(slice);
        }
    }
    /// Calls `look` with each slice that may be of the key until it returns false; none: any key.
    void each_of(std::optional<KeyId> key, const auto& look) {
        if (!key) {
            for (auto& [other, list] : by_key_)
                for (Slice& slice : list)
                    if (!look(slice)) return;
        } else if (const auto found = by_key_.find(*key); found != by_key_.end()) {
            for (Slice& slice : found->second)
                if (!look(slice)) return;
        }
        for (Slice& slice : of_any_key_)
            if (!look(slice)) return;
    }

private:
    using List = std::list<Slice>;

    void remove(List::iterator slice);

    const Observation& seen_;
    std::unordered_map<KeyId, List> by_key_;
    List of_any_key_;
    std::multimap<std::uint64_t, List::iterator> by_end_; ///< time of the closing hit
    std::size_t open_ = 0;
};

} // namespace kps::judge
