#pragma once

#include "runtime/judge/summary.hpp"

namespace kps::judge {

/// The larger, the more a value speaks against the expectation.
Wide badness(const plan::Tally& asked, Wide value);

/// Makes a summary of items, one after the other.
class Summarizer {
public:
    Summarizer(const Observation& seen, const plan::Tally& asked, Wanted wanted);

    /// `doubt`: why the item may not exist, if it may not.
    void add(const Item& item, const Doubt& doubt);
    Summary finish() &&;

    /// The group of a key, none if no item of it was added.
    Group* find(KeyId key);

private:
    void add_group();
    Group* group_of(const Item& item);
    void check(const Item& item, Truth belongs);
    void rank(std::vector<Ranked>& extremes, const Ranked& ranked) const;
    void measure(const Item& item, Group& group);

    const plan::Tally& asked_;
    Wanted wanted_;
    Reader reader_;
    ByKey<std::size_t> by_key_;           ///< the place of its group
    bool undecided_are_doubtful_ = false; // some of the first
    Summary summary_;
};

} // namespace kps::judge
