#include "compiler/semantics/streams.hpp"

#include <algorithm>

namespace kps::sema {

std::optional<PointChoice> Streams::choose(const Entity& entity,
                                           const std::vector<PointRequest>& requests, bool optional,
                                           bool live) {
    if (!live || requests.empty()) return std::nullopt;
    for (std::optional<std::size_t> file = entity.file; file;
         file = context_.spec.files[*file].within)
        if (const auto reason = unmet.find(*file); reason != unmet.end()) {
            PointChoice absent;
            absent.why_not = reason->second;
            return absent;
        }
    PointChoice choice = choose_point(context_, requests);
    if (choice.points.empty() && !optional) {
        report_no_point(context_, entity.name, choice);
        return std::nullopt;
    }
    return choice;
}

bool Streams::is_new_field(const syntax::Field& field, ProbeParts& parts) {
    if (is_builtin_field(field.name.text)) {
        context_.sink.report(diag::builtin_field, field.name.span, field.name.text)
            .help("leave it out, or give this one another name");
        return false;
    }
    const auto [first, is_new] = parts.field_names.try_emplace(field.name.text, field.name.span);
    if (!is_new)
        context_.sink.report(diag::duplicate_name, field.name.span, field.name.text)
            .note(first->second, "the first is here");
    return is_new;
}

std::optional<MadeField> Streams::add_field(const syntax::Field& field, PointKind kind,
                                            const FoundPoint* point, const ProbeParts& parts,
                                            StreamInfo& info) {
    const std::size_t file = parts.entity.file;
    const ExprScope scope{file, nullptr, parts.live};
    std::optional<FieldTypeSpec> type;
    if (field.type) type = read_field_type(context_, expressions_, scope, *field.type);
    FieldInfo about = field_info(field, type);
    const bool readable = check_sources(context_, file, field, kind) && (type || !field.type);
    std::optional<MadeField> made;
    if (point != nullptr && readable) {
        made = make_field({context_, expressions_, scope, *point, field, type ? &*type : nullptr});
        about.known = made.has_value();
    }
    if (made) {
        about.type = made->field.type;
        about.range = made->range;
    }
    info.fields.push_back(std::move(about));
    return made;
}

std::vector<ProbeId> Streams::add_probes(const std::vector<syntax::Field>& fields, PointKind kind,
                                         ProbeParts& parts, StreamInfo& info) {
    for (const StreamField& builtin : builtin_fields(false))
        info.fields.push_back(field_info(builtin));
    std::vector<syntax::Field> own;
    std::ranges::copy_if(fields, std::back_inserter(own),
                         [&](const syntax::Field& field) { return is_new_field(field, parts); });
    if (!parts.choice || parts.absent()) {
        for (const syntax::Field& field : own)
            add_field(field, kind, nullptr, parts, info);
        return {};
    }
    std::vector<Probe> probes;
    for (const FoundPoint& point : parts.choice->points) {
        StreamInfo of_point;
        auto probe = make_probe(own, kind, point, parts, of_point);
        if (!merge_fields(of_point, point, probes, info) || !probe) return {};
        probe->name = info.name + (parts.choice->points.size() > 1 ? ":" + point.symbol : "");
        probes.push_back(std::move(*probe));
    }
    if (own.size() != fields.size()) return {};
    std::vector<ProbeId> ids;
    for (Probe& probe : probes)
        ids.push_back(context_.out.probes.add(std::move(probe)));
    return ids;
}

std::optional<Probe> Streams::make_probe(const std::vector<syntax::Field>& fields, PointKind kind,
                                         const FoundPoint& point, const ProbeParts& parts,
                                         StreamInfo& info) {
    Probe probe;
    probe.remarks = point.remarks;
    for (const syntax::Field& field : fields) {
        std::optional<MadeField> added = add_field(field, kind, &point, parts, info);
        if (!added) continue;
        probe.fields.push_back(std::move(added->field));
        std::ranges::move(added->remarks, std::back_inserter(probe.remarks));
    }
    if (probe.fields.size() != fields.size()) return std::nullopt;
    probe.kind = kind;
    probe.program = point.program;
    probe.module = point.module;
    probe.symbol = point.symbol;
    probe.offset = point.offset;
    probe.text_offset = point.text_offset;
    probe.maxactive = point.maxactive;
    probe.chosen = parts.choice->chosen;
    probe.span = parts.entity.name.span;
    probe.point_span = point.span;
    return probe;
}

bool Streams::merge_fields(StreamInfo& from, const FoundPoint& point,
                           const std::vector<Probe>& before, StreamInfo& to) {
    if (!point.module.empty()) to.btf = point.function.btf;
    if (before.empty()) {
        std::ranges::move(from.fields, std::back_inserter(to.fields));
        return true;
    }
    const std::size_t first = to.fields.size() - from.fields.size();
    for (std::size_t i = 0; i < from.fields.size(); ++i) {
        FieldInfo& known = to.fields[first + i];
        const FieldInfo& added = from.fields[i];
        if (!added.known) return false;
        if (added.type != known.type) {
            context_.sink
                .report(diag::differing_fields, before[0].fields[i].span, known.name,
                        describe(known.type, context_.out), before[0].symbol,
                        describe(added.type, context_.out), point.symbol)
                .help(fmt::format("give it a type: `{} : u64 = ...`", known.name));
            return false;
        }
        known.range = {std::min(known.range.low, added.range.low),
                       std::max(known.range.high, added.range.high)};
    }
    return true;
}

void Streams::add_hit_stream(std::vector<ProbeId> probes, Span span, StreamInfo& info) {
    Stream stream{info.name, HitStream{probes}, builtin_fields(false), std::nullopt, span};
    add_probe_fields(stream, probes.front(), 0);
    info.id = context_.out.streams.add(std::move(stream));
    info.probes = std::move(probes);
}

void Streams::add_probe_fields(Stream& stream, ProbeId probe, std::uint8_t side) {
    const std::vector<Field>& fields = context_.out.probes[probe].fields;
    for (std::uint32_t i = 0; i < fields.size(); ++i)
        stream.fields.push_back({fields[i].name, fields[i].type, StreamField::OfProbe{side, i}});
}

void Streams::append_own_fields(const StreamInfo& from, StreamInfo& to) {
    const auto builtins = static_cast<std::ptrdiff_t>(builtin_fields(false).size());
    to.fields.insert(to.fields.end(), from.fields.begin() + builtins, from.fields.end());
}

void Streams::resolve_probe(const Entity& entity, const syntax::ProbeDeclaration& probe, bool live,
                            StreamInfo& info) {
    const ExprScope scope{entity.file, nullptr, live};
    std::vector<PointRequest> requests;
    for (const syntax::Point& point : probe.points)
        if (auto request = point_request(context_, expressions_, scope, point))
            requests.push_back(std::move(*request));
    if (requests.size() != probe.points.size()) requests.clear();
    ProbeParts parts{entity, choose(entity, requests, probe.optional, live), live, {}};
    if (parts.absent()) info.absent = parts.choice->why_not;
    PointKind kind = PointKind::entry;
    if (!requests.empty()) kind = requests.front().kind;
    if (parts.choice && !parts.absent()) kind = parts.choice->points.front().kind;
    std::vector<ProbeId> probes = add_probes(probe.fields, kind, parts, info);
    if (probes.empty()) return;
    add_stand_ins(requests, parts, {{probe.fields, probes.front(), std::nullopt}});
    add_hit_stream(std::move(probes), entity.name.span, info);
}

void Streams::resolve_call(const Entity& entity, const syntax::CallDeclaration& call, bool live,
                           Resolved& resolved) {
    std::vector<PointRequest> requests;
    for (const syntax::SymbolName& symbol : call.symbols)
        requests.push_back({PointKind::entry, {symbol}, {}, 0, 0, symbol.span});
    ProbeParts parts{entity, choose(entity, requests, call.optional, live), live, {}};
    StreamInfo& whole = resolved.whole;
    if (parts.absent())
        whole.absent = resolved.enter.absent = resolved.exit.absent = parts.choice->why_not;
    const auto enter = add_probes(call.enter, PointKind::entry, parts, resolved.enter);
    if (parts.choice && !parts.absent())
        parts.choice->points.front().kind = PointKind::function_return;
    const auto exit = add_probes(call.exit, PointKind::function_return, parts, resolved.exit);
    whole.kind = StreamInfo::Kind::call;
    whole.btf = resolved.enter.btf;
    for (const StreamField& builtin : builtin_fields(true))
        whole.fields.push_back(field_info(builtin));
    append_own_fields(resolved.enter, whole);
    append_own_fields(resolved.exit, whole);
    if (enter.empty() || exit.empty()) return;
    add_stand_ins(requests, parts,
                  {{call.enter, enter[0], PointKind::entry},
                   {call.exit, exit[0], PointKind::function_return}});
    const Span span = entity.name.span;
    Stream stream{whole.name, CallStream{enter[0], exit[0]}, builtin_fields(true), std::nullopt,
                  span};
    add_probe_fields(stream, enter[0], 0);
    add_probe_fields(stream, exit[0], 1);
    whole.id = context_.out.streams.add(std::move(stream));
    whole.probes = {enter[0], exit[0]};
    add_hit_stream(enter, span, resolved.enter);
    add_hit_stream(exit, span, resolved.exit);
}

} // namespace kps::sema
