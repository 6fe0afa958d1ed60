#include "runtime/recordings/binding.hpp"

#include "runtime/hits/order.hpp"
#include "runtime/hits/values.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::recordings {

namespace {

/// Of a field that is one field of the tracepoint's event, that one's name.
std::string_view event_field(const sema::ResolvedSpec& spec, const sema::Field& field) {
    sema::ExprId id = field.source;
    while (id.value < spec.exprs.size()) {
        const auto& node = spec.exprs[id].node;
        if (const auto* number = std::get_if<sema::EventField>(&node)) return number->name;
        if (const auto* text = std::get_if<sema::EventText>(&node)) return text->name;
        const auto* convert = std::get_if<sema::Convert>(&node);
        if (convert == nullptr) break;
        id = convert->operand;
    }
    return {};
}

std::optional<std::uint32_t> find_field(const Source& source, std::string_view name) {
    const auto found = std::ranges::find(source.fields, name, &Source::Field::name);
    if (name.empty() || found == source.fields.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - source.fields.begin());
}

/// Which one it is of those with its name: `any of` has a probe for each function of one name.
std::size_t rank_among_namesakes(const std::vector<Source>& sources, std::size_t index) {
    const auto end = sources.begin() + static_cast<std::ptrdiff_t>(index);
    return static_cast<std::size_t>(std::count_if(
        sources.begin(), end, [&](const Source& one) { return one.name == end->name; }));
}

/// An event of a recording; those of ftrace's text have no group.
struct Event {
    std::string_view group;
    std::string_view name;
};

Event event_of(const Source& source) {
    return {source.group, source.name};
}

/// Whether `GROUP:NAME` or `NAME` is the event; one without a group by its name.
bool names(std::string_view text, const Event& event) {
    if (text == event.name) return true; // which has a colon itself where `any of` made the probe
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && text.substr(colon + 1) == event.name &&
           (event.group.empty() || text.substr(0, colon) == event.group);
}

bool is_mapped(const sema::Probe& probe, std::span<const EventMap> maps) {
    return std::ranges::find(maps, probe.name, &EventMap::probe) != maps.end();
}

bool is_mapped_to(const sema::Probe& probe, std::span<const EventMap> maps, const Event& event) {
    return std::ranges::any_of(maps, [&](const EventMap& map) {
        return map.probe == probe.name && names(map.event, event);
    });
}

/// Whether it is that of the probe's tracepoint.
bool is_observed_by(const Event& event, const sema::Probe& probe) {
    return probe.kind == sema::PointKind::tracepoint && event.name == probe.symbol &&
           (event.group.empty() || event.group == probe.module);
}

bool is_text(sema::TypeKind kind) {
    return kind == sema::TypeKind::string || kind == sema::TypeKind::bytes;
}

} // namespace

bool may_be_of(std::string_view group, std::string_view name, const sema::Probe& probe,
               std::span<const EventMap> maps) {
    const Event event{group, name};
    if (is_mapped(probe, maps)) return is_mapped_to(probe, maps, event);
    return names(probe.name, event) || is_observed_by(event, probe);
}

Sources sources_of(const sema::ResolvedSpec& spec) {
    Sources sources;
    sources.path = spec.path;
    sources.enums = spec.enums;
    for (const sema::Probe& probe : spec.probes) {
        Source& source = sources.sources.emplace_back();
        source.name = probe.name;
        for (const sema::Field& field : probe.fields)
            source.fields.push_back({field.name, field.type});
    }
    return sources;
}

Binding::Binding(const Sources& sources, const sema::ResolvedSpec& spec,
                 std::span<const EventMap> maps)
    : sources_(sources), spec_(spec), maps_(maps), targets_(sources.sources.size()) {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        std::map<std::string_view, std::vector<sema::ProbeId>> bound; // namesakes
        for (std::uint32_t probe = 0; probe < spec.probes.size(); ++probe)
            if (binds(sources.sources[i], spec.probes[{probe}]))
                bound[spec.probes[{probe}].name].push_back({probe});
        const std::size_t rank = rank_among_namesakes(sources.sources, i);
        for (const auto& [name, probes] : bound)
            targets_[i].push_back(
                target(sources.sources[i], probes[std::min(rank, probes.size() - 1)]));
    }
}

bool Binding::binds(const Source& source, const sema::Probe& probe) const {
    const Event event = event_of(source);
    if (!may_be_of(event.group, event.name, probe, maps_)) return false;
    const auto has_its_name = [&](const Source& one) { return names(probe.name, event_of(one)); };
    return is_mapped(probe, maps_) || has_its_name(source) ||
           std::ranges::none_of(sources_.sources, has_its_name);
}

Binding::Target Binding::target(const Source& source, sema::ProbeId id) const {
    Target target{id, {}, false};
    const sema::Probe& probe = spec_.probes[id];
    target.is_same = probe.fields.size() == source.fields.size() && sources_.is_typed;
    for (const sema::Field& field : probe.fields) {
        Column column{find_field(source, field.name), nullptr, &field.type};
        if (!column.from) column.from = find_field(source, event_field(spec_, field));
        if (column.from) {
            const Source::Field& from = source.fields[*column.from];
            column.recorded = &from.type;
            column.renamed = renamed(from, field);
            column.is_same = sources_.is_typed && from.type.kind == field.type.kind &&
                             from.type.size == field.type.size &&
                             from.type.is_signed == field.type.is_signed &&
                             from.type.count == field.type.count && column.renamed.empty();
        }
        target.is_same = target.is_same && column.is_same && *column.from == target.columns.size();
        target.columns.push_back(std::move(column));
    }
    if (!target.columns.empty()) target.first = target.columns.front().from;
    for (std::size_t i = 0; target.first && i < target.columns.size(); ++i)
        if (target.columns[i].from != *target.first + i) target.first.reset();
    return target;
}

std::map<std::uint64_t, std::uint64_t> Binding::renamed(const Source::Field& from,
                                                        const sema::Field& to) const {
    std::map<std::uint64_t, std::uint64_t> values;
    if (!from.type.enumeration || !to.type.enumeration) return values;
    const auto& wanted = spec_.enums[*to.type.enumeration].enumerators;
    bool differ = false;
    for (const auto& enumerator : sources_.enums[*from.type.enumeration].enumerators) {
        const auto same =
            std::ranges::find(wanted, enumerator.name, &sema::EnumType::Enumerator::name);
        if (same == wanted.end()) continue;
        values.emplace(static_cast<std::uint64_t>(enumerator.value),
                       static_cast<std::uint64_t>(same->value));
        differ = differ || same->value != enumerator.value;
    }
    return differ ? values : std::map<std::uint64_t, std::uint64_t>{};
}

bool Binding::has(sema::ProbeId probe) const {
    const std::string& name = spec_.probes[probe].name;
    if (is_mapped(spec_.probes[probe], maps_)) return true;
    return std::ranges::any_of(targets_, [&](const std::vector<Target>& targets) {
        return std::ranges::any_of(
            targets, [&](const Target& target) { return spec_.probes[target.probe].name == name; });
    });
}

hits::Value Binding::convert(const hits::Value& value, const Column& column,
                             hits::Storage& storage) const {
    const sema::ValueType& wanted = *column.wanted;
    const auto* const text = std::get_if<std::string_view>(&value);
    if (text != nullptr && is_text(wanted.kind) && !sources_.as_printed)
        return hits::limited(*text, wanted, storage);
    if (text != nullptr && !sources_.is_typed)
        return read_printed(*text, wanted, spec_.enums, storage);
    if (const auto* number = std::get_if<std::uint64_t>(&value);
        number != nullptr && wanted.kind == sema::TypeKind::integer) {
        const auto other = column.renamed.find(*number);
        const std::uint64_t bits = other == column.renamed.end() ? *number : other->second;
        return hits::extended(bits, wanted.size, wanted.is_signed);
    }
    const bool is_array = std::holds_alternative<hits::Elements>(value);
    return is_array && wanted.kind == sema::TypeKind::array ? value : hits::Unreadable{};
}

std::optional<std::span<const hits::Value>> Binding::unchanged(std::span<const hits::Value> fields,
                                                               const Target& target,
                                                               hits::Storage& storage) const {
    const std::size_t count = target.columns.size();
    if (!target.first || *target.first + count > fields.size()) return std::nullopt;
    const auto kept = fields.subspan(*target.first, count);
    for (std::size_t i = 0; i < count; ++i) {
        const Column& column = target.columns[i];
        const bool is_number = std::holds_alternative<std::uint64_t>(kept[i]);
        if (!column.is_same && (!is_number || convert(kept[i], column, storage) != kept[i]))
            return std::nullopt;
    }
    return kept;
}

std::span<const hits::Value> Binding::converted(std::span<const hits::Value> fields,
                                                const Target& target,
                                                hits::Storage& storage) const {
    if (target.is_same && fields.size() == target.columns.size()) return fields;
    if (const auto same = unchanged(fields, target, storage)) return *same;
    const auto values = storage.make<hits::Value>(target.columns.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Column& column = target.columns[i];
        if (!column.from || *column.from >= fields.size())
            values[i] = hits::Unreadable{};
        else if (column.is_same)
            values[i] = fields[*column.from];
        else
            values[i] = convert(fields[*column.from], column, storage);
    }
    return values;
}

void Binding::bind_losses(const std::vector<hits::Loss>& losses,
                          std::vector<hits::Loss>& bound) const {
    for (const hits::Loss& loss : losses) {
        if (!loss.probe) {
            bound.push_back(loss);
            continue;
        }
        for (const Target& target : targets_.at(loss.probe->value)) {
            bound.push_back(loss);
            bound.back().probe = target.probe;
        }
    }
}

std::vector<bool> Binding::are_wanted(std::span<const sema::ProbeId> probes) const {
    std::vector<bool> are_wanted(spec_.probes.size());
    for (const sema::ProbeId probe : probes)
        are_wanted[probe.value] = true;
    return are_wanted;
}

hits::Trace Binding::bind(const hits::Trace& trace, std::span<const sema::ProbeId> wanted) const {
    hits::Trace bound;
    bound.storage = trace.storage;
    bound.runs = trace.runs;
    bound.failed_setup = trace.failed_setup;
    bound.live_ns = trace.live_ns;
    bound.end_ns = trace.end_ns;
    bound.cut_short = trace.cut_short;
    bound.symbols = trace.symbols;
    bound.hits.reserve(trace.hits.size());
    const std::vector<bool> is_wanted = are_wanted(wanted);
    for (const hits::Hit& hit : trace.hits)
        bind(hit, is_wanted, *bound.storage,
             [&](const hits::Hit& one) { bound.hits.push_back(one); });
    hits::sort_by_time(bound.hits);
    bind_losses(trace.losses, bound.losses);
    for (const sema::ProbeId probe : wanted)
        if (!has(probe))
            bound.losses.push_back(
                {probe, std::nullopt, 0, UINT64_MAX, UINT64_MAX,
                 fmt::format("the recording has no {}", spec_.probes[probe].name)});
    return bound;
}

} // namespace kps::recordings
