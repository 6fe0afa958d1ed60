// What a collector tells of a job: `format` files, the layout of pages, ring-buffer pages,
// counters. The first byte says whether the formats of a real kernel come first; then each message
// is a byte for its kind, two for the size of its content, and that.

#include "runtime/hits/print.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/hits/captured.hpp"

namespace kps::hits {
namespace {

const Captured& captured() {
    static const Captured of_6_12("6.12");
    return of_6_12;
}

std::pair<std::string, std::string> halves(fuzz::Bytes content) {
    const std::string_view text = fuzz::text_of(content);
    const std::size_t end = std::min(text.find('\0'), text.size());
    return {std::string(text.substr(0, end)),
            std::string(text.substr(std::min(end + 1, text.size())))};
}

/// The name is one of those that the decoder looks for.
collect::EventFormat event_format(fuzz::Bytes content) {
    static const std::vector<collect::Event> events = [] {
        auto all = events_to_enable(captured().plan, sample_probes, captured().job.group);
        all.push_back({"task", "task_newtask"});
        all.push_back({"sched", "sched_process_exec"});
        return all;
    }();
    fuzz::Input input(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    const collect::Event& event = events[input.byte() % events.size()];
    return {event, std::string(fuzz::text_of(input.rest()))};
}

collect::Message message(unsigned kind, fuzz::Bytes content) {
    fuzz::Input input(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    switch (kind % 8) {
    case 0: return {7, event_format(content)};
    case 1: {
        auto [page, event] = halves(content);
        return {7, collect::PageFormat{std::move(page), std::move(event)}};
    }
    case 2: {
        const std::uint32_t cpu = input.byte() % 4;
        const fuzz::Bytes page = input.rest();
        return {7, collect::Page{cpu, {page.begin(), page.end()}}};
    }
    case 3: {
        const auto phase = static_cast<collect::Phase>(input.byte() % 4);
        return {7, collect::Mark{phase, input.short_number(), input.byte()}};
    }
    case 4:
        return {7, collect::CpuStats{input.byte() % 4, input.byte(), input.byte(), input.byte(),
                                     input.byte(), input.byte()}};
    case 5: return {7, collect::ProbeProfile{"open_enter", input.byte(), input.byte()}};
    case 6: {
        const auto role = static_cast<collect::CommandRole>(input.byte() % 4);
        return {7, collect::CommandEnded{role, input.byte(), 1, 0, false, 0, {}}};
    }
    default: return {7, collect::Refused{input.byte(), 22, std::string(fuzz::text_of(content))}};
    }
}

void look_at(const Trace& trace) {
    const plan::Plan& plan = captured().plan;
    std::uint64_t last = 0;
    for (const Hit& hit : trace.hits) {
        const plan::Probe& probe = plan[hit.probe];
        fuzz::require(hit.fields.size() == probe.fields.size(), "a hit has all fields");
        for (std::size_t i = 0; i < probe.fields.size(); ++i)
            static_cast<void>(print(hit.fields[i], probe.fields[i].type, {}));
        static_cast<void>(quote(hit.comm));
        last = std::max(last, hit.time_ns);
    }
    fuzz::require(last <= trace.end_ns, "hits lie in the interval observed");
}

} // namespace
} // namespace kps::hits

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    using namespace kps::hits;
    static const std::vector<collect::Message> formats = captured().formats();
    fuzz::Input input(data, size);
    TraceBuilder builder(captured().plan, captured().job, sample_probes);
    if ((input.byte() & 1) != 0)
        for (const collect::Message& format : formats)
            builder.take(format);
    while (!input.empty()) {
        const unsigned kind = input.byte();
        builder.take(message(kind, input.bytes(input.short_number())));
    }
    if (const auto trace = std::move(builder).finish()) look_at(*trace);
    return 0;
}
