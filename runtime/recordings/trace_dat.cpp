#include "runtime/recordings/trace_dat.hpp"

#include "compiler/base/lines.hpp"
#include "runtime/hits/event_format.hpp"
#include "runtime/recordings/event_values.hpp"
#include "runtime/recordings/trace_dat_cpu.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <utility>

namespace kps::recordings {

namespace {

constexpr std::size_t bytes_of_record = 24; // or more, of a probe's event

/// The number behind `words` in a text of `stats`, 0 if there is none.
std::uint64_t number_behind(std::string_view text, std::string_view words) {
    const std::size_t at = text.find(words);
    std::uint64_t value = 0;
    if (at == std::string_view::npos) return 0;
    text.remove_prefix(at + words.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

class TraceDatReader {
public:
    TraceDatReader(TraceDat file, Wanted wanted, HitSink* sink)
        : file_(std::move(file)), unpack_(file_.compression), sink_(sink),
          out_(std::move(wanted), sink) {}

    Result<Recording> read() {
        const auto layout = hits::parse_page_layout(file_.header_page, file_.header_event);
        if (!layout) return std::unexpected(layout.error());
        for (const TraceDat::Format& format : file_.formats)
            add_event(format);
        read_names();
        if (sink_ == nullptr || out_.begin()) read_records(*layout);
        add_counted_losses();
        Recording recording = std::move(out_).finish(file_.cut_short);
        recording.made_by = "trace-cmd";
        return recording;
    }

private:
    struct Event {
        std::string name;
        EventValues values;
        std::optional<hits::EventField> tid;
        ForeignTrace::Kind kind;
        bool occurs = false;
    };

    /// Files describe events that were not enabled, too: what was recorded its records tell.
    void add_event(const TraceDat::Format& format) {
        const auto layout = hits::parse_event_format(format.text);
        const kernel::TraceEvent event = kernel::parse_format(format.group, format.text);
        if (!layout || event.name.empty() || layout->id > UINT16_MAX) return;
        if (layout->id >= events_.size()) events_.resize(layout->id + std::size_t{1});
        std::optional<Event>& known = events_[layout->id];
        if (known) return;
        const hits::EventField* const tid = layout->find("common_pid");
        known.emplace(Event{fmt::format("{}:{}", event.group, event.name),
                            EventValues(event),
                            tid != nullptr ? std::optional(*tid) : std::nullopt,
                            {}});
        std::vector<Source::Field> fields;
        for (const kernel::EventField& field : event.fields)
            fields.push_back({field.name});
        const auto kind = out_.declare(known->name, std::move(fields));
        if (kind)
            known->kind = *kind;
        else
            known.reset();
    }

    void read_names() {
        for (std::string_view rest = file_.command_lines; !rest.empty();) {
            const std::string_view line = take_line(rest);
            std::uint32_t tid = 0;
            const auto [after, error] =
                std::from_chars(line.data(), line.data() + line.size(), tid);
            const auto digits = static_cast<std::size_t>(after - line.data());
            if (error != std::errc{} || digits + 1 >= line.size()) continue;
            const std::string_view name = line.substr(digits + 1);
            if (name != "<...>") comms_[tid] = out_.trace().storage->keep(name);
        }
    }

    void read_records(const hits::PageLayout& layout) {
        std::size_t size = 0;
        std::vector<CpuRecords> cpus;
        cpus.reserve(file_.cpus.size());
        for (const TraceDat::Cpu& cpu : file_.cpus) {
            cpus.emplace_back(layout, file_, cpu, unpack_, out_);
            for (const Packed& pages : cpu.pages)
                size += std::max<std::size_t>(pages.size, pages.bytes.size());
        }
        out_.expect(size / bytes_of_record);
        in_order_of_time(cpus, [&](std::uint32_t cpu, const hits::RawRecord& record) {
            take_record(cpu, record);
            return !out_.is_done();
        });
        for (const CpuRecords& cpu : cpus) {
            records_[cpu.cpu()] += cpu.count();
            if (cpu.is_cut_short()) file_.cut_short = damaged_pages;
        }
    }

    void take_record(std::uint32_t cpu, const hits::RawRecord& record) {
        out_.saw(cpu, record.time_ns);
        const auto id = hits::read_integer(record.bytes, 0, 2);
        if (!id || *id >= events_.size() || !events_[*id]) return;
        Event& event = *events_[*id];
        if (!std::exchange(event.occurs, true)) out_.occurs(event.name, event.kind);
        if (!event.kind.is_wanted || !out_.takes(cpu, record.time_ns)) return;
        hits::Hit hit;
        hit.probe = {event.kind.source};
        hit.time_ns = record.time_ns;
        hit.cpu = cpu;
        if (event.tid)
            hit.tid = static_cast<std::uint32_t>(
                hits::read_integer(record.bytes, event.tid->offset, event.tid->size).value_or(0));
        hit.comm = comm_of(hit.tid);
        hit.fields = event.values.read(record.bytes, out_.storage());
        out_.add(hit);
    }

    /// Hits of a task come in runs.
    std::string_view comm_of(std::uint32_t tid) {
        if (tid != last_tid_ || last_comm_.data() == nullptr) {
            const auto comm = comms_.find(tid);
            last_tid_ = tid;
            last_comm_ = comm != comms_.end() ? comm->second : std::string_view{};
        }
        return last_comm_;
    }

    /// What pages were never written of. The counters are of before trace-cmd takes the last pages
    /// out of the kernel: what they call left is in the file as a rule.
    void add_left(std::uint32_t cpu, std::string_view text) {
        const std::uint64_t recorded =
            number_behind(text, "\nread events:") + number_behind(text, "\nentries:");
        if (recorded > records_[cpu])
            out_.lost(cpu, recorded - records_[cpu],
                      fmt::format("events of cpu {} that trace-cmd did not save", cpu));
    }

    /// What the pages did not tell of; it may have been before the first one, too.
    void add_counted_losses() {
        std::vector<hits::Loss>& losses = out_.trace().losses;
        for (const std::string_view text : file_.cpu_stats) {
            const auto cpu = static_cast<std::uint32_t>(number_behind(text, "CPU:"));
            std::uint64_t told = 0;
            for (const hits::Loss& loss : losses)
                if (loss.cpu == cpu) told += std::min(loss.count, UINT64_MAX - told);
            const std::uint64_t count = number_behind(text, "\noverrun:") +
                                        number_behind(text, "\ncommit overrun:") +
                                        number_behind(text, "\ndropped events:");
            if (count > told)
                losses.push_back({std::nullopt, cpu, 0, UINT64_MAX, count - told,
                                  fmt::format("ring buffer overrun on cpu {}", cpu)});
            add_left(cpu, text);
        }
        for (const std::string& name : file_.other_buffers)
            losses.push_back({std::nullopt, std::nullopt, 0, UINT64_MAX, UINT64_MAX,
                              fmt::format("events of the instance `{}` are not read", name)});
    }

    TraceDat file_;
    Unpacker unpack_;
    HitSink* sink_;
    ForeignTrace out_;
    std::deque<std::optional<Event>> events_; // by id; their names stay where they are
    std::unordered_map<std::uint32_t, std::string_view> comms_;
    std::uint32_t last_tid_ = 0;
    std::string_view last_comm_;
    std::unordered_map<std::uint32_t, std::uint64_t> records_; // by CPU
};

} // namespace

Result<Recording> read_trace_dat(Bytes file, Wanted wanted, const Limits& limits, HitSink* sink) {
    auto parts = take_apart(file, limits.bytes);
    if (!parts) return std::unexpected(parts.error());
    return TraceDatReader(std::move(*parts), std::move(wanted), sink).read();
}

} // namespace kps::recordings
