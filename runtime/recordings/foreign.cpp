#include "runtime/recordings/foreign.hpp"

#include "runtime/hits/order.hpp"

#include <algorithm>

namespace kps::recordings {

ForeignTrace::Kind ForeignTrace::kind(std::string_view event) {
    const auto [known, is_new] = kinds_.try_emplace(event);
    if (!is_new) return known->second;
    recording_.events.emplace_back(event);
    const std::size_t colon = event.find(':');
    const bool has_group = colon != std::string_view::npos;
    const std::string_view group = has_group ? event.substr(0, colon) : std::string_view{};
    const std::string_view name = has_group ? event.substr(colon + 1) : event;
    auto& sources = recording_.sources.front().sources;
    known->second = {static_cast<std::uint32_t>(sources.size()), !wanted_ || wanted_(group, name)};
    if (known->second.is_wanted) sources.push_back({std::string(group), std::string(name), {}});
    return known->second;
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

Recording ForeignTrace::finish(std::optional<std::string> cut_short) && {
    hits::Trace& whole = trace();
    hits::sort_by_time(whole.hits);
    std::ranges::move(limit_.losses(), std::back_inserter(whole.losses));
    whole.live_ns = first_ns_ == UINT64_MAX ? 0 : first_ns_;
    whole.end_ns = last_ns_;
    whole.cut_short = cut_short;
    recording_.cut_short = std::move(cut_short);
    return std::move(recording_);
}

} // namespace kps::recordings
