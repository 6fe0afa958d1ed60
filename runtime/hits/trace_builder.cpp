#include "runtime/hits/trace_builder.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::hits {

std::vector<collect::Event> events_to_enable(const plan::Plan& plan,
                                             std::span<const sema::ProbeId> probes,
                                             const std::string& group) {
    std::vector<collect::Event> events;
    for (const sema::ProbeId id : probes) {
        const plan::Probe& probe = plan[id];
        events.push_back({group, probe.event});
        if (!probe.tally.empty()) events.push_back({group, probe.tally});
    }
    events.push_back({"task", "task_rename"});
    return events;
}

TraceBuilder::TraceBuilder(const plan::Plan& plan, const collect::Job& job,
                           std::span<const sema::ProbeId> probes, HitLimit limit)
    : plan_(plan), job_(job), story_(job), probes_(probes.begin(), probes.end()),
      limit_(std::move(limit)) {}

void TraceBuilder::take(const collect::Message& message) {
    if (message.job != job_.id) return;
    story_.take(message);
    std::visit(
        [this](const auto& body) {
            if constexpr (requires { take_body(body); }) take_body(body);
        },
        message.body);
}

TraceBuilder::Handler& TraceBuilder::handler(std::uint32_t id) {
    if (id >= handlers_.size()) handlers_.resize(std::size_t{id} + 1);
    return handlers_[id];
}

void TraceBuilder::take_body(const collect::EventFormat& format) {
    const auto layout = parse_event_format(format.text);
    if (!layout || layout->id > UINT16_MAX) {
        const std::string why = layout ? "its id is too large" : layout.error().message;
        error_ = Error{format.event.group + ":" + format.event.name + ": " + why, {}};
        return;
    }
    if (format.event.group == job_.group) return take_own_format(*layout, format.event.name);
    const auto kind = task_event_kind(format.event.group, format.event.name);
    if (!kind) return;
    const auto index = static_cast<std::uint32_t>(task_layouts_.size());
    handler(layout->id) = {Handler::Kind::task, 0, false, index, *kind};
    task_layouts_.push_back(*layout);
}

void TraceBuilder::take_own_format(const EventLayout& layout, const std::string& event) {
    for (const sema::ProbeId id : probes_) {
        const auto probe = static_cast<std::uint16_t>(id.value); // each has an id of 16 bits
        if (plan_[id].tally == event)
            handler(layout.id) = {Handler::Kind::tally, probe, true, 0, {}};
        if (plan_[id].event != event) continue;
        auto decoder = RecordDecoder::make(plan_, id, layout);
        if (!decoder) {
            error_ = decoder.error();
            return;
        }
        const auto index = static_cast<std::uint32_t>(decoders_.size());
        handler(layout.id) = {Handler::Kind::hit, probe, !plan_[id].tally.empty(), index, {}};
        decoders_.push_back(std::move(*decoder));
    }
}

void TraceBuilder::take_body(const collect::PageFormat& format) {
    const auto layout = parse_page_layout(format.header_page, format.header_event);
    if (layout)
        page_layout_ = *layout;
    else
        error_ = layout.error();
}

void TraceBuilder::take_body(const collect::Page& page) {
    if (!page_layout_) {
        if (!error_) error_ = Error{"the collector sent records before their layout", {}};
        return;
    }
    Cpu& cpu = cpus_[page.cpu];
    cpu.tallies.resize(plan_.probes.size());
    PageReader reader(*page_layout_, page.bytes);
    auto record = reader.next();
    const std::uint64_t first_ns = record ? record->time_ns : reader.time_ns();
    if (cpu.open_loss) story_.trace.losses[*cpu.open_loss].end_ns = first_ns;
    cpu.open_loss.reset();
    if (reader.missed()) take_missed(page.cpu, cpu, *reader.missed(), first_ns);
    for (; record; record = reader.next())
        take_record(page.cpu, cpu, *record);
    if (reader.damaged()) take_damage(page.cpu, cpu);
}

void TraceBuilder::take_missed(std::uint32_t cpu_number, Cpu& cpu, const PageReader::Missed& missed,
                               std::uint64_t until_ns) {
    const std::uint64_t count = missed.count.value_or(UINT64_MAX);
    cpu.missed = count > UINT64_MAX - cpu.missed ? UINT64_MAX : cpu.missed + count;
    break_tallies(cpu);
    add_loss(cpu_number, cpu.last_ns, until_ns, count,
             fmt::format("the ring buffer of cpu {} was overrun", cpu_number));
}

void TraceBuilder::take_damage(std::uint32_t cpu_number, Cpu& cpu) {
    break_tallies(cpu);
    cpu.open_loss = add_loss(cpu_number, cpu.last_ns, UINT64_MAX, UINT64_MAX,
                             fmt::format("records of cpu {} cannot be read", cpu_number));
}

void TraceBuilder::break_tallies(Cpu& cpu) {
    for (TallyCheck& check : cpu.tallies)
        check.gap();
}

std::size_t TraceBuilder::add_loss(std::optional<std::uint32_t> cpu, std::uint64_t begin_ns,
                                   std::uint64_t end_ns, std::uint64_t count, std::string cause) {
    return story_.add_loss({std::nullopt, cpu, begin_ns, end_ns, count, std::move(cause)});
}

void TraceBuilder::take_record(std::uint32_t cpu_number, Cpu& cpu, const RawRecord& record) {
    cpu.last_ns = record.time_ns;
    const auto id = read_integer(record.bytes, 0, 2); // common_type
    if (!id || *id >= handlers_.size()) return;
    const Handler& handler = handlers_[*id];
    if (handler.has_tally)
        cpu.tallies[handler.probe].take(record.time_ns, handler.kind == Handler::Kind::tally);
    if (handler.kind == Handler::Kind::hit) {
        if (!limit_.takes(cpu_number, record.time_ns)) return;
        const auto tid = read_integer(record.bytes, 4, 4); // common_pid
        const auto fields = decoders_[handler.decoder].decode(record.bytes, *story_.trace.storage);
        cpu.entries.push_back({record.time_ns, fields.data(),
                               static_cast<std::uint32_t>(tid.value_or(0)), handler.probe, false});
        ++hits_;
    } else if (handler.kind == Handler::Kind::task) {
        auto event = read_task_event(handler.task, task_layouts_[handler.decoder], record.bytes);
        if (!event) return;
        event->comm = story_.trace.storage->keep(event->comm);
        cpu.entries.push_back(
            {record.time_ns, nullptr, static_cast<std::uint32_t>(tasks_.size()), 0, true});
        tasks_.push_back(*event);
    }
}

} // namespace kps::hits
