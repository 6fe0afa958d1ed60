#include "runtime/hits/bpf_trace_builder.hpp"

#include "runtime/hits/summed.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kps::hits {

namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::uint32_t nowhere = Summed::Occurrence::none;

bool same_hit(const Hit& a, const Hit& b) {
    return a.probe == b.probe && a.time_ns == b.time_ns && a.cpu == b.cpu && a.tid == b.tid;
}

} // namespace

BpfTraceBuilder::BpfTraceBuilder(const sema::ResolvedSpec& spec, plan::KernelWork work,
                                 const collect::Job& job, HitLimit limit)
    : spec_(spec), job_(job), story_(job), reader_(spec.probes), limit_(std::move(limit)),
      summed_(nothing_summed(std::move(work))) {}

void BpfTraceBuilder::take(const collect::Message& message) {
    if (message.job != job_.id) return;
    story_.take(message);
    std::visit(
        [this](const auto& body) {
            if constexpr (requires { take_body(body); }) take_body(body);
        },
        message.body);
}

void BpfTraceBuilder::take_body(const collect::Samples& samples) {
    Bytes bytes = samples.bytes;
    while (!bytes.empty()) {
        const auto length = read_integer(bytes, 0, length_bytes);
        if (!length || *length > bytes.size() - length_bytes) return add_damage();
        bytes = bytes.subspan(length_bytes);
        take_sample(bytes.first(*length));
        const std::size_t padded = (*length + length_bytes - 1) / length_bytes * length_bytes;
        bytes = bytes.subspan(std::min(padded, bytes.size()));
    }
}

void BpfTraceBuilder::take_sample(Bytes bytes) {
    const auto sample = reader_.read(bytes, *story_.trace.storage);
    if (!sample) return add_damage();
    const bool of_call = sample->count == 2;
    const Hit& hit = sample->records[0].hit;
    if (!of_call && !limit_.takes(hit.cpu, hit.time_ns)) return;
    const auto first = static_cast<std::uint32_t>(entries_.size());
    for (std::size_t i = 0; i < sample->count; ++i)
        entries_.push_back({sample->records[i].hit, sample->records[i].sent, of_call});
    if (const std::uint64_t tallies = tallies_of(*sample); tallies != 0)
        crossings_.push_back({tallies, {first, of_call ? first + 1 : nowhere}});
}

/// Those that it can be evidence of.
std::uint64_t BpfTraceBuilder::tallies_of(const Sample& sample) const {
    std::uint64_t told = 0;
    for (std::size_t i = 0; i < sample.count; ++i)
        told |= sample.records[i].tallies;
    std::uint64_t tallies = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(summed_.work.tallies.size(), 64); ++i)
        if ((told >> i & 1) != 0 && is_about(summed_.work.tallies[i], sample))
            tallies |= std::uint64_t{1} << i;
    return tallies;
}

bool BpfTraceBuilder::is_about(const plan::Tally& tally, const Sample& sample) const {
    const auto& node = spec_.streams[tally.use.stream].node;
    const sema::ProbeId probe = sample.records[0].hit.probe;
    if (sample.count == 1) {
        const auto* hits = std::get_if<sema::HitStream>(&node);
        return hits != nullptr && std::ranges::find(hits->probes, probe) != hits->probes.end();
    }
    const auto* call = std::get_if<sema::CallStream>(&node);
    return call != nullptr && call->enter == probe && call->exit == sample.records[1].hit.probe;
}

void BpfTraceBuilder::add_damage() {
    if (std::exchange(damaged_, true)) return;
    story_.add_loss({.count = UINT64_MAX, .cause = "samples of the ring buffer cannot be read"});
}

void BpfTraceBuilder::take_body(const collect::MapContents& map) {
    if (map.map == "losses") {
        const auto losses = read_losses(spec_, map);
        if (!losses) {
            error_ = losses.error();
            return;
        }
        for (const Loss& loss : *losses)
            story_.add_loss(loss);
        return;
    }
    if (map.map == "sums") has_sums_ = true;
    const auto added = add_sums(summed_, spec_, map, *story_.trace.storage);
    if (!added) error_ = added.error();
}

void BpfTraceBuilder::take_body(const collect::ProgramProfile& profile) {
    for (Loss& loss : losses_of(spec_, job_, profile))
        story_.add_loss(std::move(loss));
}

Result<Trace> BpfTraceBuilder::finish() && {
    if (error_) return std::unexpected(*error_);
    story_.end(last_ns());
    for (Loss& loss : limit_.losses())
        story_.add_loss(std::move(loss));
    Trace& trace = story_.trace;
    if (!has_sums_ && !trace.cut_short && !summed_.tallies.empty())
        return fail("the collector did not tell what the kernel summed up");
    place_evidence(place_hits());
    if (job_.names_symbols) {
        Addresses addresses = addresses_in(trace.hits, spec_.probes);
        add_addresses(summed_, spec_, addresses);
        story_.name_symbols(addresses);
    }
    trace.summed = std::move(summed_);
    return std::move(story_).finish();
}

std::uint64_t BpfTraceBuilder::last_ns() const {
    std::uint64_t last = 0;
    for (const Entry& entry : entries_)
        last = std::max(last, entry.hit.time_ns);
    return last;
}

/// Puts the hits in the order of time. Returns where each entry went; what was not observed by
/// every probe nowhere.
std::vector<std::uint32_t> BpfTraceBuilder::place_hits() {
    Trace& trace = story_.trace;
    std::vector<std::uint32_t> order(entries_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {},
                             [this](std::uint32_t i) { return entries_[i].hit.time_ns; });
    std::vector<std::uint32_t> places(entries_.size(), nowhere);
    std::vector<bool> of_call; // as many as hits
    trace.hits.reserve(entries_.size());
    for (const std::uint32_t i : order) {
        const Entry& entry = entries_[i];
        if (entry.hit.time_ns < trace.live_ns || entry.hit.time_ns > trace.end_ns) continue;
        places[i] = twin(entry, of_call);
        if (places[i] < trace.hits.size()) {
            if (entry.sent) summed_.sent[places[i]] = true;
            continue;
        }
        trace.hits.push_back(entry.hit);
        summed_.sent.push_back(entry.sent);
        of_call.push_back(entry.of_call);
    }
    return places;
}

/// A hit crosses by itself and once more as evidence with the other hit of its call. Returns the
/// place of the same hit among those placed, or the next place.
std::uint32_t BpfTraceBuilder::twin(const Entry& entry, const std::vector<bool>& of_call) const {
    const std::vector<Hit>& hits = story_.trace.hits;
    for (std::size_t i = hits.size(); i-- > 0 && hits[i].time_ns == entry.hit.time_ns;)
        if ((entry.of_call || of_call[i]) && same_hit(hits[i], entry.hit))
            return static_cast<std::uint32_t>(i);
    return static_cast<std::uint32_t>(hits.size());
}

void BpfTraceBuilder::place_evidence(const std::vector<std::uint32_t>& places) {
    for (const Crossing& crossing : crossings_) {
        const bool is_call = crossing.entries.closing != nowhere;
        const Summed::Occurrence placed{places[crossing.entries.opening],
                                        is_call ? places[crossing.entries.closing] : nowhere};
        if (placed.opening == nowhere || (is_call && placed.closing == nowhere)) continue;
        for (std::size_t i = 0; i < summed_.tallies.size(); ++i)
            if ((crossing.tallies >> i & 1) != 0) summed_.tallies[i].evidence.push_back(placed);
    }
    for (Summed::Tally& tally : summed_.tallies) {
        std::ranges::sort(tally.evidence, {}, [](const Summed::Occurrence& item) {
            return std::pair(item.closing == nowhere ? item.opening : item.closing, item.opening);
        });
        const auto repeated = std::ranges::unique(tally.evidence);
        tally.evidence.erase(repeated.begin(), repeated.end());
    }
}

} // namespace kps::hits
