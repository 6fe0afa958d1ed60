// What a collector tells of a job with a BPF object: samples, maps, counters. Each message is a
// byte for its kind, two for the size of its content, and that.

#include "runtime/hits/bpf_trace_builder.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/hits/bpf_sample.hpp"

namespace kps::hits {
namespace {

collect::Job make_job() {
    collect::Job job;
    job.id = 7;
    job.bpf.emplace().attach = {
        {"on_open", collect::Attachment::Kind::kprobe, {{"f", "", 0, 0}, {"g", "", 0, 9}}, 0}};
    return job;
}

std::vector<std::byte> copy(fuzz::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

/// One entry; the first byte says of how many CPUs its value is.
collect::MapContents map(const char* name, std::size_t key_size, fuzz::Input input) {
    collect::MapContents contents{name, input.byte() % 4, {}};
    const fuzz::Bytes key = input.bytes(key_size);
    contents.entries.push_back({copy(key), copy(input.rest())});
    return contents;
}

collect::Message message(unsigned kind, fuzz::Bytes content) {
    fuzz::Input input(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    switch (kind % 7) {
    case 0: return {7, collect::Samples{copy(content)}};
    case 1: return {7, map("sums", 4, input)};
    case 2: return {7, map("keys_1", 16 + plan::key_string_bytes, input)};
    case 3: return {7, map("losses", 4, input)};
    case 4: return {7, collect::ProgramProfile{"on_open", input.byte(), input.byte()}};
    case 5: {
        const auto phase = static_cast<collect::Phase>(input.byte() % 4);
        return {7, collect::Mark{phase, input.short_number(), input.byte()}};
    }
    default: return {7, collect::Done{input.byte() % 2 == 0}};
    }
}

void look_at(const Trace& trace, const sema::ResolvedSpec& spec) {
    std::uint64_t last = trace.live_ns;
    for (const Hit& hit : trace.hits) {
        fuzz::require(hit.fields.size() == spec.probes[hit.probe].fields.size(),
                      "a hit has all fields");
        fuzz::require(hit.time_ns >= last, "hits are in order");
        last = hit.time_ns;
    }
    fuzz::require(trace.hits.empty() || last <= trace.end_ns, "hits lie in the interval observed");
    const Summed& summed = trace.summed.value();
    fuzz::require(summed.sent.size() == trace.hits.size(), "of every hit is known why it is there");
    for (const Summed::Tally& tally : summed.tallies)
        for (const Summed::Occurrence& item : tally.evidence)
            fuzz::require(
                item.opening < trace.hits.size() &&
                    (item.closing == Summed::Occurrence::none || item.closing < trace.hits.size()),
                "evidence is among the hits");
}

} // namespace
} // namespace kps::hits

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kps;
    using namespace kps::hits;
    static const sema::ResolvedSpec spec = bpf::spec();
    static const collect::Job job = make_job();
    fuzz::Input input(data, size);
    BpfTraceBuilder builder(spec, bpf::work(), job);
    while (!input.empty()) {
        const unsigned kind = input.byte();
        builder.take(message(kind, input.bytes(input.short_number())));
    }
    if (const auto trace = std::move(builder).finish()) look_at(*trace, spec);
    return 0;
}
