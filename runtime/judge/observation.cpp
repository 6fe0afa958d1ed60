#include "runtime/judge/observation.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <optional>

namespace kps::judge {

namespace {

/// What was not observed because the run ended early.
std::optional<hits::Loss> cut_off(const sema::Test& test, const hits::Trace& trace,
                                  std::uint64_t end_ns) {
    hits::Loss loss;
    loss.begin_ns = end_ns;
    loss.count = UINT64_MAX;
    if (trace.cut_short) {
        loss.cause = fmt::format("the run was cut short: {}", *trace.cut_short);
    } else if (trace.runs.size() < test.runs.size()) {
        loss.cause =
            fmt::format("only {} of {} commands were run", trace.runs.size(), test.runs.size());
        loss.begin_ns = trace.hits.empty() ? 0 : trace.hits.back().time_ns;
    } else {
        return std::nullopt;
    }
    return loss;
}

} // namespace

Observation::Observation(const sema::ResolvedSpec& spec, const sema::Test& test,
                         const hits::Trace& trace)
    : spec_(spec), test_(test), trace_(trace), losses_(trace.losses),
      by_probe_(spec.probes.size()) {
    times_.reserve(trace.hits.size());
    for (const hits::Hit& hit : trace.hits)
        times_.push_back(hit.time_ns);
    for (HitIndex i = 0; i < trace.hits.size(); ++i)
        if (!trace.summed || trace.summed->sent.at(i))
            by_probe_.at(trace.hits[i].probe.value).push_back(i);
    end_ns_ = std::max(trace.end_ns, trace.hits.empty() ? 0 : trace.hits.back().time_ns);
    if (auto loss = cut_off(test, trace, end_ns_)) {
        losses_.push_back(std::move(*loss));
        cut_off_ = true;
    }
    calls_.resize(spec.streams.size());
    for (std::uint32_t i = 0; i < spec.streams.size(); ++i) {
        const auto* call = std::get_if<sema::CallStream>(&spec.streams[{i}].node);
        if (call == nullptr || spec.streams[{i}].absent) continue;
        calls_[i] = pair_calls(trace.hits, hits_of(call->enter), hits_of(call->exit));
        add_missing_returns({i}, call->exit);
    }
}

const hits::Summed::Calls* Observation::counted_calls(sema::StreamId stream) const {
    if (!trace_.summed) return nullptr;
    const auto& counted = trace_.summed->work.calls;
    const auto found = std::ranges::find(counted, stream);
    if (found == counted.end()) return nullptr;
    return &trace_.summed->calls.at(static_cast<std::size_t>(found - counted.begin()));
}

/// Else some may have been left out because no condition selects them.
bool Observation::has_all_hits(sema::StreamId call) const {
    if (!trace_.summed) return true;
    return std::ranges::any_of(trace_.summed->work.sent,
                               [&](const plan::Sent& sent) { return sent.use.stream == call; });
}

void Observation::add_missing_returns(sema::StreamId stream, sema::ProbeId exit) {
    const std::string cause = fmt::format(
        "a call of {} was not seen to return before its task's next", spec_.streams[stream].name);
    if (has_all_hits(stream)) {
        for (const auto& [entry, next] : calls(stream).vanished)
            losses_.push_back({exit, std::nullopt, time(entry), time(next), 1, cause});
    } else if (const auto* counted = counted_calls(stream); counted && counted->vanished > 0) {
        losses_.push_back({exit, std::nullopt, trace_.live_ns, end_ns_, counted->vanished, cause});
    }
}

const std::vector<HitIndex>& Observation::hits_of(sema::ProbeId probe) const {
    return by_probe_.at(probe.value);
}

std::vector<sema::ProbeId> Observation::probes_of(sema::StreamId stream) const {
    return std::visit(Overloaded{
                          [](const sema::HitStream& s) { return s.probes; },
                          [](const sema::CallStream& s) { return std::vector{s.enter, s.exit}; },
                          [&](const sema::SpanStream& s) {
                              auto probes = probes_of(s.from.stream);
                              for (sema::ProbeId probe : probes_of(s.to.stream))
                                  if (std::ranges::find(probes, probe) == probes.end())
                                      probes.push_back(probe);
                              return probes;
                          },
                      },
                      spec_.streams[stream].node);
}

Losses Observation::losses_of(sema::StreamId stream) const {
    return losses_of(std::vector{stream});
}

Losses Observation::losses_of(const std::vector<sema::StreamId>& streams) const {
    std::vector<sema::ProbeId> probes;
    for (const sema::StreamId stream : streams)
        std::ranges::copy(probes_of(stream), std::back_inserter(probes));
    if (!part_) return {losses_, probes};
    const bool of_hits = std::ranges::all_of(streams, [&](sema::StreamId stream) {
        return std::holds_alternative<sema::HitStream>(spec_.streams[stream].node);
    });
    return {of_hits ? of_hits_in_part_ : since_part_, probes};
}

void Observation::look_at(std::optional<Part> part) {
    part_ = part;
    since_part_.clear();
    of_hits_in_part_.clear();
    if (!part) return;
    const std::uint64_t begin = begins_later() ? part_begin_ns() : 0;
    for (const hits::Loss& loss : losses_) {
        if (add_saturated(loss.end_ns, clock_skew_ns) < begin) continue;
        since_part_.push_back(loss);
        if (!part->end || loss.begin_ns <= add_saturated(part_end_ns(), clock_skew_ns))
            of_hits_in_part_.push_back(loss);
    }
}

Truth Observation::is_in_part(HitIndex hit) const {
    Truth inside = Truth::yes;
    if (part_ && part_->begin) inside = before(*part_->begin, hit);
    if (part_ && part_->end) inside = both(inside, before(hit, *part_->end));
    return inside;
}

std::uint64_t Observation::part_begin_ns() const {
    return begins_later() ? time(*part_->begin) : trace_.live_ns;
}

std::uint64_t Observation::part_end_ns() const {
    if (part_ && part_->end) return time(*part_->end);
    if (end_ns_ != UINT64_MAX) return end_ns_;
    std::uint64_t end = trace_.live_ns;
    for (const hits::CommandResult& run : trace_.runs)
        end = add_saturated(end, run.duration_ns);
    return trace_.hits.empty() ? end : std::max(end, trace_.hits.back().time_ns);
}

Truth Observation::before(HitIndex a, HitIndex b) const {
    const auto [first_ns, last_ns] = std::minmax({time(a), time(b)});
    if (last_ns - first_ns < clock_skew_ns && !is_order_known(place_of(hit(a)), place_of(hit(b))))
        return Truth::unknown;
    return a < b ? Truth::yes : Truth::no; // hits are in the order of time
}

} // namespace kps::judge
