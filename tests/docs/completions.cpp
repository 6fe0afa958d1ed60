#include "tests/docs/completions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kps::docs {

namespace {

using hits::Hit;
using hits::Trace;
using hits::Value;

constexpr std::uint64_t skew_ns = 1'000;
constexpr std::uint64_t minus_one = UINT64_MAX;
constexpr std::uint64_t longer_ns = 10'000'000; ///< that a run would have taken
constexpr std::size_t enough = 50'000;

bool is_key(const sema::Field& field) {
    return field.name == "k";
}

void insert(Trace& trace, const Hit& hit) {
    trace.hits.insert(std::ranges::upper_bound(trace.hits, hit.time_ns, {}, &Hit::time_ns), hit);
}

// ---------------------------------------------------------------- what could not be read

std::vector<Trace> all_read(const Trace& trace, const sema::ResolvedSpec& spec) {
    for (std::size_t i = 0; i < trace.hits.size(); ++i) {
        const std::span<const Value> fields = trace.hits[i].fields;
        const auto unread = std::ranges::find(fields, Value(hits::Unreadable{}));
        if (unread == fields.end()) continue;
        const auto at = static_cast<std::size_t>(unread - fields.begin());
        const std::vector<std::uint64_t> keys = {1, 2, 9};
        const std::vector<std::uint64_t> numbers = {0, 1, 7, 1'000, minus_one};
        const bool of_key = is_key(spec.probes[trace.hits[i].probe].fields[at]);
        std::vector<Trace> all;
        for (const std::uint64_t value : of_key ? keys : numbers) {
            Trace read = trace;
            const std::span<Value> values = read.storage->make<Value>(fields.size());
            std::ranges::copy(fields, values.begin());
            values[at] = value;
            read.hits[i].fields = values;
            std::ranges::move(all_read(read, spec), std::back_inserter(all));
        }
        return all;
    }
    return {trace};
}

// ---------------------------------------------------------------- what has no order

bool is_surely_before(const Hit& first, const Hit& second) {
    return first.cpu == second.cpu || first.tid == second.tid ||
           second.time_ns - first.time_ns >= skew_ns;
}

/// Goes on from `ordered` with `rest` in every order that they may have, all on one CPU.
void order_rest(const Trace& ordered, const std::vector<Hit>& rest, std::vector<Trace>& all) {
    if (all.size() >= enough) return;
    if (rest.empty()) all.push_back(ordered);
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const auto is_before = [&](const Hit& hit) { return is_surely_before(hit, rest[i]); };
        const auto others = std::span(rest).first(i);
        if (std::ranges::any_of(others, is_before)) continue;
        Trace more = ordered;
        more.hits.push_back(rest[i]);
        Hit& next = more.hits.back();
        next.cpu = 0;
        if (!ordered.hits.empty())
            next.time_ns = std::max(next.time_ns, ordered.hits.back().time_ns);
        std::vector<Hit> left = rest;
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
        order_rest(more, left, all);
    }
}

std::vector<Trace> all_ordered(const Trace& trace) {
    const auto is_elsewhere = [](const Hit& hit) { return hit.cpu != 0; };
    if (std::ranges::none_of(trace.hits, is_elsewhere)) return {trace};
    Trace none = trace;
    none.hits.clear();
    std::vector<Trace> all;
    order_rest(none, trace.hits, all);
    return all;
}

// ---------------------------------------------------------------- what was lost

/// Both ends, the middle, and before, at and behind each hit.
std::vector<std::uint64_t> times_in(const Trace& trace, std::uint64_t begin, std::uint64_t end) {
    std::vector<std::uint64_t> times = {begin, begin + (end - begin) / 2, end};
    for (const Hit& hit : trace.hits)
        for (const std::uint64_t time :
             {hit.time_ns - 2 * skew_ns, hit.time_ns, hit.time_ns + 2 * skew_ns})
            if (time >= begin && time <= end) times.push_back(time);
    std::ranges::sort(times);
    const auto doubles = std::ranges::unique(times);
    times.erase(doubles.begin(), doubles.end());
    return times;
}

void insert_hit(std::vector<Trace>& all, const Trace& trace, const sema::ResolvedSpec& spec,
                sema::ProbeId probe, std::uint64_t time) {
    for (const std::uint64_t key : {std::uint64_t{1}, std::uint64_t{2}})
        for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{9}, minus_one}) {
            Trace more = trace;
            const auto& fields = spec.probes[probe].fields;
            const std::span<Value> values = more.storage->make<Value>(fields.size());
            for (std::size_t i = 0; i < fields.size(); ++i)
                values[i] = is_key(fields[i]) ? key : number;
            insert(more, {probe, time, 0, 1, 1, "task", values});
            all.push_back(std::move(more));
        }
}

/// The trace as it is, and with one hit more.
std::vector<Trace> with_one(const Trace& trace, const sema::ResolvedSpec& spec,
                            const hits::Loss& loss, std::uint64_t end_ns) {
    std::vector<Trace> all = {trace};
    for (std::uint32_t i = 0; i < spec.probes.size(); ++i) {
        if (loss.probe && loss.probe->value != i) continue;
        for (const std::uint64_t time :
             times_in(trace, loss.begin_ns, std::min(loss.end_ns, end_ns)))
            insert_hit(all, trace, spec, {i}, time);
    }
    return all;
}

std::vector<Trace> with_lost(Trace trace, const sema::ResolvedSpec& spec) {
    const bool of_system = trace.end_ns != UINT64_MAX && !trace.cut_short;
    std::uint64_t end_ns = of_system ? trace.end_ns : trace.runs.at(0).duration_ns;
    std::vector<hits::Loss> losses = std::exchange(trace.losses, {});
    if (std::exchange(trace.cut_short, std::nullopt)) {
        losses.push_back({.begin_ns = end_ns, .count = UINT64_MAX, .cause = {}});
        trace.end_ns = UINT64_MAX;
        trace.runs.at(0).duration_ns = end_ns += longer_ns;
    }
    std::vector<Trace> all = {std::move(trace)};
    for (const hits::Loss& loss : losses)
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>(loss.count, 2); ++i) {
            std::vector<Trace> more;
            for (const Trace& one : all)
                std::ranges::move(with_one(one, spec, loss, end_ns), std::back_inserter(more));
            all = std::move(more);
            if (all.size() > enough) return all;
        }
    return all;
}

} // namespace

std::vector<Trace> completions(const Trace& trace, const sema::ResolvedSpec& spec) {
    std::vector<Trace> all;
    for (const Trace& read : all_read(trace, spec))
        for (const Trace& ordered : all_ordered(read))
            std::ranges::move(with_lost(ordered, spec), std::back_inserter(all));
    return all;
}

} // namespace kps::docs
