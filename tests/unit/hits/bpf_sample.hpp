#pragma once

#include "compiler/plan/kernel_work.hpp"

namespace kps::hits::bpf {

inline constexpr sema::ValueType number{};
inline constexpr sema::ValueType small{.size = 2, .is_signed = true};
inline constexpr sema::ValueType text{.kind = sema::TypeKind::string};
inline constexpr sema::ValueType name{.kind = sema::TypeKind::string, .count = 5};
inline constexpr sema::ValueType mac{.kind = sema::TypeKind::bytes, .count = 6};
inline constexpr sema::ValueType pair_of_numbers{
    .kind = sema::TypeKind::array, .size = 2, .is_signed = true, .count = 2};

inline constexpr sema::ProbeId enter{0}, leave{1}, tick{2};

/// A call `open`, and hits `tick` with a field of every kind.
inline sema::ResolvedSpec spec() {
    sema::ResolvedSpec made;
    const auto probe = [&](std::string probe_name, std::vector<sema::ValueType> types) {
        sema::Probe added;
        added.name = std::move(probe_name);
        for (const sema::ValueType& type : types)
            added.fields.push_back({"f", type, {}, {}});
        made.probes.add(std::move(added));
    };
    probe("open.enter", {text, number});
    probe("open.exit", {small});
    probe("tick", {number, name, mac, pair_of_numbers});
    const auto stream = [&](std::string stream_name, decltype(sema::Stream::node) node) {
        using OfProbe = sema::StreamField::OfProbe;
        made.streams.add({std::move(stream_name),
                          std::move(node),
                          {{"n", small, OfProbe{0, 0}}, {"name", name, OfProbe{0, 1}}},
                          std::nullopt,
                          {}});
    };
    stream("open", sema::CallStream{enter, leave});
    stream("tick", sema::HitStream{{tick}});
    return made;
}

/// Tally 0: over the calls `open`; 1: over the hits `tick` by both fields.
inline plan::KernelWork work() {
    plan::KernelWork made;
    made.tallies.push_back({.subject = {}, .form = plan::Form::values, .use = {{0}, {}, {}, {}}});
    made.tallies.push_back({.subject = {}, .use = {{1}, {}, {}, {}}, .key = {0, 1}});
    made.calls = {{0}};
    return made;
}

} // namespace kps::hits::bpf
