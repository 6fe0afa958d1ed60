#pragma once

#include "runtime/recordings/recording.hpp"

namespace kps::recordings {

inline sema::ValueType type_of(sema::TypeKind kind, std::uint8_t size = 8, bool is_signed = false,
                               std::uint32_t count = 0) {
    return {.kind = kind, .size = size, .is_signed = is_signed, .count = count};
}

inline hits::Hit hit(hits::Trace& trace, std::uint32_t probe, std::uint64_t time_ns,
                     const std::vector<hits::Value>& fields) {
    hits::Hit hit;
    hit.probe = {probe};
    hit.time_ns = time_ns;
    hit.cpu = 1;
    hit.tid = 71;
    hit.pid = 70;
    hit.comm = trace.storage->keep("cat");
    const auto kept = trace.storage->make<hits::Value>(fields.size());
    std::ranges::copy(fields, kept.begin());
    hit.fields = kept;
    return hit;
}

inline constexpr std::uint64_t in_vfs_open = 0xffff'ffff'8100'0010;

/// A recording with something of everything.
inline Recording sample() {
    Recording recording;
    recording.release = "6.12.0-test";
    recording.architecture = "x86_64";
    recording.started = "2026-11-21T03:00:00";
    recording.made_by = "kps 0.1.0";
    recording.kernel = std::vector<std::byte>(1000, std::byte{7});
    Sources& sources = recording.sources.emplace_back();
    sources.path = "a.kps";
    const sema::EnumId colours = sources.enums.add({"colour", {{"RED", -1}, {"GREEN", 2}}});
    Source& open = sources.sources.emplace_back();
    open.name = "open.enter";
    open.fields = {{"path", type_of(sema::TypeKind::string)},
                   {"flags", type_of(sema::TypeKind::integer, 4)},
                   {"array", type_of(sema::TypeKind::array, 8, false, 3)}};
    open.fields.push_back({"colour", type_of(sema::TypeKind::integer, 4, true)});
    open.fields.back().type.display = sema::Display::enumerator;
    open.fields.back().type.enumeration = colours;
    Source& exit = sources.sources.emplace_back();
    exit.name = "open.exit";
    exit.fields = {{"ret", type_of(sema::TypeKind::integer, 8, true)},
                   {"caller", type_of(sema::TypeKind::integer, 8)}};
    exit.fields.back().type.display = sema::Display::symbol;

    Observed& test = recording.tests.emplace_back();
    test.test = "a test";
    test.backend = "bpf";
    test.duration_ns = 5'000'000;
    hits::Trace& trace = test.trace;
    const auto elements = trace.storage->make<std::uint64_t>(3);
    std::ranges::copy(std::vector<std::uint64_t>{1, UINT64_MAX, 3}, elements.begin());
    trace.hits = {
        hit(trace, 0, 100, {std::string_view("/etc"), 3U, hits::Elements(elements), UINT64_MAX}),
        hit(trace, 1, 90, {UINT64_MAX - 1, in_vfs_open}), // of another CPU, a little earlier
        hit(trace, 0, 2000, {hits::Unreadable{}, 0U, hits::Unreadable{}, 2U}),
        hit(trace, 1, UINT64_MAX, {std::uint64_t{1} << 63, hits::Unreadable{}}),
    };
    trace.hits[1].comm = {};
    trace.hits[2].comm = "";
    trace.losses = {{std::nullopt, 1, 5, 10, UINT64_MAX, "overrun"},
                    {sema::ProbeId{1}, std::nullopt, 0, UINT64_MAX, 3, "missed"}};
    trace.runs = {{"cat /x", -1, 9, true, 77, "output\n"}, {"true", 0, 0, false, 1, ""}};
    trace.failed_setup = {"setup `x` exited 1"};
    trace.live_ns = 50;
    trace.end_ns = UINT64_MAX;
    trace.symbols = {{in_vfs_open, "vfs_open+0x10"}, {in_vfs_open + 1, ""}};
    Observed& refused = recording.tests.emplace_back();
    refused.test = "refused";
    refused.error = "the kernel refused a probe";
    refused.error_remarks = {"why"};
    refused.trace.cut_short = "";
    return recording;
}

/// A spec with the same probes.
inline sema::ResolvedSpec spec_of(const Sources& sources) {
    sema::ResolvedSpec spec;
    spec.enums = sources.enums;
    for (const Source& source : sources.sources) {
        sema::Probe probe;
        probe.name = source.name;
        for (const Source::Field& field : source.fields)
            probe.fields.push_back({field.name, field.type, {UINT32_MAX}, {}});
        spec.probes.add(probe);
    }
    return spec;
}

/// All of a recording as text, to compare by.
std::string print(const Recording& recording);

} // namespace kps::recordings
