#include "runtime/judge/summarizer.hpp"

#include "runtime/judge/verdict.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace kps::judge {

namespace {

/// Counts an item; true if it is one of the first.
bool count_in(Doubtful& doubtful, const Item& item) {
    ++doubtful.count;
    if (doubtful.first.size() >= max_evidence) return false;
    doubtful.first.push_back(item);
    return true;
}

std::size_t bucket_of(Wide value) {
    if (value < 0) return 0;
    return std::bit_width(static_cast<std::uint64_t>(value)) + 1;
}

} // namespace

Wide badness(const plan::Tally& asked, Wide value) {
    switch (asked.evidence) {
    case plan::Evidence::lowest: return -value;
    case plan::Evidence::farthest: {
        const Wide distance = value - asked.centre;
        return std::min(distance < 0 ? -distance : distance, Wide{UINT64_MAX});
    }
    case plan::Evidence::highest:
    case plan::Evidence::none:
    case plan::Evidence::members:
    case plan::Evidence::violating: break;
    }
    return value;
}

Summarizer::Summarizer(const Observation& seen, const plan::Tally& asked, Wanted wanted)
    : asked_(asked), wanted_(wanted), reader_(seen, asked.use.stream) {
    summary_.keyed = !asked.key.empty();
    if (!summary_.keyed) add_group();
}

void Summarizer::add(const Item& item, const Doubt& doubt) {
    const Truth belongs = truth_of(reader_, asked_.use, item);
    if (belongs != Truth::unknown) reader_.forget_doubt();
    if (belongs == Truth::no) return;
    const Doubt unknown = belongs == Truth::unknown ? reader_.take_doubt() : Doubt{};
    if (belongs == Truth::yes) {
        ++summary_.sure;
    } else if (count_in(summary_.doubtful, item)) {
        summary_.doubtful.doubt.add(unknown);
        if (item.exists == Truth::unknown) summary_.doubtful.doubt.add(doubt);
    }
    if (asked_.condition) check(item, belongs);
    Group* group = group_of(item);
    if (group == nullptr) return;
    if (!group->example) group->example = item;
    if (belongs == Truth::unknown) {
        ++group->doubtful;
        return;
    }
    ++group->sure;
    if (group->first.size() < max_evidence) group->first.push_back(item);
    if (asked_.field) measure(item, *group);
}

void Summarizer::add_group() {
    Group& group = summary_.groups.emplace_back();
    group.samples.has_squares = wanted_ == Wanted::squares;
    if (asked_.form == plan::Form::histogram) group.buckets.resize(plan::histogram_buckets);
}

/// Nothing if the key is not known.
Group* Summarizer::group_of(const Item& item) {
    if (!summary_.keyed) return &summary_.groups.front();
    const auto key = reader_.key(asked_.key, item);
    if (!key) {
        const Doubt doubt = reader_.take_doubt();
        if (summary_.keyless++ < max_evidence) summary_.key_doubt.add(doubt);
        return nullptr;
    }
    reader_.forget_doubt();
    if (Group* const known = find(*key)) return known;
    by_key_.add(*key, summary_.groups.size());
    add_group();
    return &summary_.groups.back();
}

Group* Summarizer::find(KeyId key) {
    const std::size_t* const place = by_key_.find(key);
    return place != nullptr ? &summary_.groups[*place] : nullptr;
}

void Summarizer::check(const Item& item, Truth belongs) {
    const Truth holds = reader_.truth(*asked_.condition, item);
    if (holds == Truth::yes) return reader_.forget_doubt();
    const Doubt unknown = reader_.take_doubt();
    if (holds == Truth::no && belongs == Truth::yes) {
        ++summary_.violating;
        if (summary_.violating_first.size() < max_evidence)
            summary_.violating_first.push_back(item);
    } else if (count_in(summary_.undecided, item)) {
        if (holds == Truth::unknown) summary_.undecided.doubt.add(unknown);
        if (belongs == Truth::unknown) undecided_are_doubtful_ = true;
    }
}

void Summarizer::measure(const Item& item, Group& group) {
    const hits::Operand operand = reader_.field(*asked_.field, item);
    const auto* integer = std::get_if<sema::Integer>(&operand);
    if (integer == nullptr) return summary_.value_doubt.add(reader_.take_doubt());
    const Wide value = wide(*integer);
    group.samples.add(value);
    if (wanted_ == Wanted::values) group.samples.quantiles.add(value);
    if (!group.buckets.empty()) ++group.buckets[bucket_of(value)];
    rank(group.extremes, {item, badness(asked_, value)});
}

/// The worst first, of equals those that came first.
void Summarizer::rank(std::vector<Ranked>& extremes, const Ranked& ranked) const {
    const std::size_t most = wanted_ == Wanted::values ? max_evidence : 1;
    if (extremes.size() == most) {
        if (ranked.badness <= extremes.back().badness) return;
        extremes.pop_back();
    }
    extremes.insert(
        std::ranges::upper_bound(extremes, ranked.badness, std::greater{}, &Ranked::badness),
        ranked);
}

Summary Summarizer::finish() && {
    if (undecided_are_doubtful_) summary_.undecided.doubt.add(summary_.doubtful.doubt);
    return std::move(summary_);
}

} // namespace kps::judge
