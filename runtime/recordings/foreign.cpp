#include "runtime/recordings/foreign.hpp"

#include "runtime/hits/order.hpp"

#include <algorithm>

namespace kps::recordings {

ForeignTrace::Kind ForeignTrace::kind(std::string_view event) {
    if (const auto known = kinds_.find(event); known != kinds_.end()) return known->second;
    const Kind kind = declare(event).value();
    occurs(event, kind);
    return kind;
}

std::optional<ForeignTrace::Kind> ForeignTrace::declare(std::string_view event,
                                                        std::vector<Source::Field> fields) {
    if (kinds_.contains(event)) return std::nullopt;
    const std::size_t colon = event.find(':');
    const bool has_group = colon != std::string_view::npos;
    const std::string_view group = has_group ? event.substr(0, colon) : std::string_view{};
    const std::string_view name = has_group ? event.substr(colon + 1) : event;
    auto& sources = recording_.sources.front().sources;
    const Kind kind{static_cast<std::uint32_t>(sources.size()), !wanted_ || wanted_(group, name)};
    if (kind.is_wanted)
        sources.push_back({std::string(group), std::string(name), std::move(fields)});
    is_used_.resize(sources.size());
    return kinds_[event] = kind;
}

void ForeignTrace::occurs(std::string_view event, const Kind& kind) {
    recording_.events.emplace_back(event);
    if (kind.is_wanted) is_used_[kind.source] = true;
}

std::uint32_t ForeignTrace::field(std::uint32_t source, std::string_view name,
                                  std::uint32_t expected) {
    auto& fields = recording_.sources.front().sources[source].fields;
    if (expected < fields.size() && fields[expected].name == name) return expected;
    const auto found = std::ranges::find(fields, name, &Source::Field::name);
    const auto index = static_cast<std::uint32_t>(found - fields.begin());
    if (found == fields.end()) fields.push_back({std::string(name)});
    return index;
}

void ForeignTrace::saw(std::uint32_t cpu, std::uint64_t time_ns) {
    if (cpu != last_cpu_number_) {
        last_cpu_ = &cpus_[cpu];
        last_cpu_number_ = cpu;
    }
    first_ns_ = std::min(first_ns_, time_ns);
    last_ns_ = std::max(last_ns_, time_ns);
    last_cpu_->last_ns = time_ns;
    if (!last_cpu_->open_loss) return;
    trace().losses[*last_cpu_->open_loss].end_ns = time_ns;
    last_cpu_->open_loss.reset();
}

void ForeignTrace::lost(std::uint32_t cpu_number, std::uint64_t count, std::string cause) {
    Cpu& cpu = cpus_[cpu_number];
    cpu.open_loss = trace().losses.size();
    trace().losses.push_back(
        {std::nullopt, cpu_number, cpu.last_ns, UINT64_MAX, count, std::move(cause)});
}

bool ForeignTrace::begin() {
    fate_ = sink_->begin(recording_, test_);
    return fate_ == HitSink::Fate::keep || fate_ == HitSink::Fate::pass;
}

void ForeignTrace::pass_on() {
    if (fate_ == HitSink::Fate::pass && !sink_->take(passing_)) fate_ = HitSink::Fate::drop;
    passing_.hits.clear();
    passing_.storage->clear();
}

void ForeignTrace::drop_unused_sources() {
    auto& sources = recording_.sources.front().sources;
    std::vector<Source> used;
    std::vector<std::uint32_t> number(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
        number[i] = static_cast<std::uint32_t>(used.size());
        if (is_used_[i]) used.push_back(std::move(sources[i]));
    }
    sources = std::move(used);
    for (hits::Hit& hit : trace().hits)
        hit.probe.value = number[hit.probe.value];
}

Recording ForeignTrace::finish(std::optional<std::string> cut_short) && {
    hits::Trace& whole = trace();
    hits::sort_by_time(whole.hits);
    std::ranges::move(limit_.losses(), std::back_inserter(whole.losses));
    whole.live_ns = first_ns_ == UINT64_MAX ? 0 : first_ns_;
    whole.end_ns = last_ns_;
    whole.cut_short = cut_short;
    const bool are_all_used = std::ranges::find(is_used_, false) == is_used_.end();
    pass_on();
    if (sink_ != nullptr && are_all_used && !is_done()) sink_->end(test_);
    if (!are_all_used) drop_unused_sources();
    recording_.tests.push_back(std::move(test_));
    recording_.cut_short = std::move(cut_short);
    return std::move(recording_);
}

} // namespace kps::recordings
