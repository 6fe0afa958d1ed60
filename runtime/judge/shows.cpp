#include "compiler/base/counted.hpp"
#include "compiler/base/overloaded.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/findings.hpp"
#include "runtime/judge/forms.hpp"
#include "runtime/judge/summary.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::judge {

namespace {

std::string print_edge(std::uint64_t value, const sema::ValueType& type) {
    if (type.display == sema::Display::duration) return hits::print_duration(value);
    const bool hex = type.display == sema::Display::hex;
    return hex ? fmt::format("{:#x}", value) : std::to_string(value);
}

/// See `plan::histogram_buckets`.
Histogram::Bucket bucket_at(std::size_t index, std::uint64_t count, const sema::ValueType& type) {
    Histogram::Bucket bucket;
    bucket.count = count;
    if (index == 0) {
        bucket.negative = true;
        bucket.text = "below 0";
        return bucket;
    }
    if (index > 1) {
        bucket.low = std::uint64_t{1} << (index - 2);
        bucket.high = bucket.low + (bucket.low - 1);
    }
    bucket.text = print_edge(bucket.low, type);
    if (bucket.high > bucket.low) bucket.text += ".." + print_edge(bucket.high, type);
    return bucket;
}

Histogram histogram_of(const Group& group, const sema::StreamField& field) {
    Histogram histogram{field.name, group.samples.known, {}};
    const auto occurs = [](std::uint64_t count) { return count > 0; };
    const auto first = std::ranges::find_if(group.buckets, occurs);
    const auto last = std::ranges::find_if(group.buckets.rbegin(), group.buckets.rend(), occurs);
    for (auto at = first; at < last.base(); ++at)
        histogram.buckets.push_back(
            bucket_at(static_cast<std::size_t>(at - group.buckets.begin()), *at, field.type));
    return histogram;
}

Histograms histograms_of(const Observation& seen, const Summary& summary, const plan::Tally& asked,
                         const sema::StreamField& field) {
    Histograms all;
    for (const Group& group : summary.groups)
        if (group.samples.known > 0)
            all.rows.push_back({print_key(seen, asked, group), histogram_of(group, field)});
    std::ranges::sort(all.rows, [](const Histograms::Row& a, const Histograms::Row& b) {
        const auto [x, y] = std::pair(a.histogram.values, b.histogram.values);
        return x != y ? x > y : a.key < b.key;
    });
    all.more_keys = all.rows.size() - std::min(all.rows.size(), max_histograms);
    all.rows.resize(all.rows.size() - all.more_keys);
    return all;
}

Top top_of(const Observation& seen, const Summary& summary, const plan::Tally& asked,
           std::uint32_t most) {
    Top top;
    for (const Group& group : summary.groups)
        if (group.sure > 0) top.rows.push_back({print_key(seen, asked, group), group.sure});
    std::ranges::sort(top.rows, [](const Top::Row& a, const Top::Row& b) {
        return a.count != b.count ? a.count > b.count : a.key < b.key;
    });
    for (std::size_t i = most; i < top.rows.size(); ++i)
        top.more_hits += top.rows[i].count;
    top.more_keys = top.rows.size() - std::min<std::size_t>(top.rows.size(), most);
    top.rows.resize(top.rows.size() - top.more_keys);
    return top;
}

class Taker {
public:
    Taker(const Observation& seen, Streams& streams, plan::Subject subject)
        : seen_(seen), streams_(streams), subject_(subject) {}

    Shown operator()(const sema::ShowHistogram& show) {
        const plan::Tally asked = plan::tally_of(subject_, show);
        const Summary summary = summarize(seen_, streams_, asked);
        const auto& field = seen_.spec().streams[show.use.stream].fields.at(show.field);
        if (summary.keyed)
            shown_.node = histograms_of(seen_, summary, asked, field);
        else
            shown_.node = histogram_of(summary.groups.front(), field);
        remark_on(show.use, summary.doubtful);
        std::uint64_t valueless = 0;
        for (const Group& group : summary.groups)
            valueless += group.sure - group.samples.known;
        left_out(valueless, "without a known value", summary.value_doubt);
        left_out(summary.keyless, "without a known key", summary.key_doubt);
        return std::move(shown_);
    }

    Shown operator()(const sema::ShowTop& show) {
        const plan::Tally asked = plan::tally_of(subject_, show);
        const Summary summary = summarize(seen_, streams_, asked);
        shown_.node = top_of(seen_, summary, asked, show.most);
        remark_on(show.use, summary.doubtful);
        left_out(summary.keyless, "without a known key", summary.key_doubt);
        return std::move(shown_);
    }

    Shown operator()(const sema::ShowHits& show) {
        const auto all = streams_.select(show.use);
        Hits hits;
        for (const Member& member : all->members) {
            if (member.belongs != Truth::yes) continue;
            if (hits.items.size() < max_shown_hits)
                hits.items.push_back(hits_of(member.item));
            else
                ++hits.more;
        }
        shown_.node = std::move(hits);
        remark_on(show.use, all->doubtful());
        return std::move(shown_);
    }

private:
    void remark_on(const sema::StreamUse& use, const Doubtful& doubtful) {
        const Losses losses = seen_.losses_of(use.stream);
        if (losses.any()) shown_.remarks.push_back(losses.text());
        left_out(doubtful.count, "that may or may not belong", doubtful.doubt);
    }
    void left_out(std::uint64_t count, std::string_view what, const Doubt& doubt) {
        if (count > 0)
            shown_.remarks.push_back(
                fmt::format("not counted: {} {}: {}", counted(count, "hit"), what, doubt.text()));
    }

    const Observation& seen_;
    Streams& streams_;
    plan::Subject subject_;
    Shown shown_;
};

} // namespace

Shown take_show(const Observation& seen, Streams& streams, plan::Subject subject,
                const sema::Show& show) {
    return std::visit(Taker(seen, streams, subject), show.node);
}

} // namespace kps::judge
