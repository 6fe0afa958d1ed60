// Random traces come out of our own format and of JSON lines as they went in.

#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/export.hpp"
#include "runtime/recordings/json_lines.hpp"
#include "runtime/recordings/reader.hpp"
#include "runtime/recordings/writer.hpp"
#include "tests/unit/recordings/sample.hpp"

#include <gtest/gtest.h> // before it
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace kps::recordings {
namespace {

hits::Value random_value(const sema::ValueType& type, hits::Storage& storage) {
    if (*rc::gen::inRange(0, 8) == 0) return hits::Unreadable{};
    if (type.kind == sema::TypeKind::string)
        return storage.keep(*rc::gen::arbitrary<std::string>());
    if (type.kind == sema::TypeKind::array) {
        const auto numbers = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
        const auto kept = storage.make<std::uint64_t>(numbers.size());
        std::ranges::copy(numbers, kept.begin());
        return hits::Elements(kept);
    }
    const auto bits = *rc::gen::arbitrary<std::uint64_t>();
    return type.size == 4
               ? (type.is_signed ? static_cast<std::uint64_t>(static_cast<std::int32_t>(bits))
                                 : bits & 0xffffffff)
               : bits;
}

/// The sample with other hits, whose times grow so that their order is known.
Recording random_recording() {
    Recording recording = sample();
    hits::Trace& trace = recording.tests[0].trace;
    trace.hits.clear();
    trace.symbols = *rc::gen::arbitrary<hits::SymbolNames>();
    std::uint64_t time = 0;
    const auto sources =
        *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 2));
    for (const std::uint32_t source : sources) {
        time += *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
        std::vector<hits::Value> values;
        for (const Source::Field& field : recording.sources[0].sources[source].fields)
            values.push_back(random_value(field.type, *trace.storage));
        trace.hits.push_back(hit(trace, source, time, values));
        trace.hits.back().cpu = *rc::gen::arbitrary<std::uint32_t>();
        trace.hits.back().tid = *rc::gen::arbitrary<std::uint32_t>();
        if (*rc::gen::arbitrary<bool>()) trace.hits.back().comm = {};
    }
    return recording;
}

RC_GTEST_PROP(Recordings, ComeOutOfOurFormatAsTheyWentIn, ()) {
    const Recording recording = random_recording();
    const auto read = read_recording(encode(recording));
    RC_ASSERT(read.has_value());
    RC_ASSERT(print(*read) == print(recording));
}

RC_GTEST_PROP(Recordings, ComeOutOfJsonLinesAsTheyWentIn, ()) {
    const Recording recording = random_recording();
    std::string lines;
    write_json_lines(recording, [&](std::string_view part) { lines += part; });
    const Recording read = read_json_lines(lines);
    const auto spec = spec_of(recording.sources[0]);
    Recording again = recording;
    const Binding binding(read.sources[0], spec, {});
    std::vector<sema::ProbeId> hit; // lines have nothing of the others
    for (std::uint32_t probe = 0; probe < spec.probes.size(); ++probe)
        if (binding.has({probe})) hit.push_back({probe});
    again.tests[0].trace = binding.bind(read.tests.at(0).trace, hit);
    again.tests[0].trace.failed_setup = recording.tests[0].trace.failed_setup;
    again.tests[0].trace.symbols = recording.tests[0].trace.symbols;
    RC_ASSERT(print(again) == print(recording));
}

} // namespace
} // namespace kps::recordings
