#include "compiler/semantics/streams.hpp"

namespace kps::sema {

std::optional<PointChoice> Streams::choose(const Entity& entity,
                                           const std::vector<PointRequest>& requests, bool optional,
                                           bool live) {
    if (!live || requests.empty()) return std::nullopt;
    if (const auto reason = unmet.find(entity.file); reason != unmet.end()) {
        PointChoice absent;
        absent.why_not = reason->second;
        return absent;
    }
    PointChoice choice = choose_point(context_, requests);
    if (!choice.point && !optional) {
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

std::optional<Field> Streams::add_field(const syntax::Field& field, PointKind kind,
                                        const ProbeParts& parts, StreamInfo& info) {
    const std::size_t file = parts.entity.file;
    const ExprScope scope{file, nullptr, parts.live};
    std::optional<FieldTypeSpec> type;
    if (field.type) type = read_field_type(context_, expressions_, scope, *field.type);
    FieldInfo about = field_info(field, type);
    const bool readable = check_sources(context_, file, field, kind) && (type || !field.type);
    std::optional<MadeField> made;
    if (parts.point() != nullptr && readable) {
        made = make_field(context_, expressions_, scope, *parts.point(), field, type);
        about.known = made.has_value();
    }
    if (made) {
        about.type = made->field.type;
        about.range = made->range;
    }
    info.fields.push_back(std::move(about));
    return made ? std::optional(std::move(made->field)) : std::nullopt;
}

std::optional<ProbeId> Streams::add_probe(const std::vector<syntax::Field>& fields, PointKind kind,
                                          ProbeParts& parts, StreamInfo& info) {
    for (const StreamField& builtin : builtin_fields(false))
        info.fields.push_back(field_info(builtin));
    Probe probe;
    for (const syntax::Field& field : fields)
        if (is_new_field(field, parts))
            if (std::optional<Field> added = add_field(field, kind, parts, info))
                probe.fields.push_back(std::move(*added));
    const FoundPoint* point = parts.point();
    if (point == nullptr || probe.fields.size() != fields.size()) return std::nullopt;
    probe.name = info.name;
    probe.kind = kind;
    probe.module = point->module;
    probe.symbol = point->request.symbol.symbol.text;
    probe.offset = point->request.offset;
    probe.maxactive = point->request.maxactive;
    probe.chosen = parts.choice->chosen;
    probe.remarks = point->remarks;
    probe.span = parts.entity.name.span;
    if (!point->module.empty()) info.btf = point->function.btf;
    return context_.out.probes.add(std::move(probe));
}

void Streams::add_hit_stream(ProbeId probe, Span span, StreamInfo& info) {
    Stream stream{info.name, HitStream{probe}, builtin_fields(false), std::nullopt, span};
    add_probe_fields(stream, probe, 0);
    info.id = context_.out.streams.add(std::move(stream));
    info.probes = {probe};
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
    if (parts.choice && !parts.choice->point) info.absent = parts.choice->why_not;
    PointKind kind = PointKind::entry;
    if (!requests.empty()) kind = requests.front().kind;
    if (parts.point() != nullptr) kind = parts.point()->request.kind;
    const std::optional<ProbeId> id = add_probe(probe.fields, kind, parts, info);
    if (id) add_hit_stream(*id, entity.name.span, info);
}

void Streams::resolve_call(const Entity& entity, const syntax::CallDeclaration& call, bool live,
                           Resolved& resolved) {
    std::vector<PointRequest> requests;
    for (const syntax::SymbolName& symbol : call.symbols)
        requests.push_back({PointKind::entry, symbol, 0, 0, symbol.span});
    ProbeParts parts{entity, choose(entity, requests, call.optional, live), live, {}};
    StreamInfo& whole = resolved.whole;
    if (parts.choice && !parts.choice->point)
        whole.absent = resolved.enter.absent = resolved.exit.absent = parts.choice->why_not;
    const auto enter = add_probe(call.enter, PointKind::entry, parts, resolved.enter);
    if (parts.choice && parts.choice->point)
        parts.choice->point->request.kind = PointKind::function_return;
    const auto exit = add_probe(call.exit, PointKind::function_return, parts, resolved.exit);
    whole.kind = StreamInfo::Kind::call;
    whole.btf = resolved.enter.btf;
    for (const StreamField& builtin : builtin_fields(true))
        whole.fields.push_back(field_info(builtin));
    append_own_fields(resolved.enter, whole);
    append_own_fields(resolved.exit, whole);
    if (!enter || !exit) return;
    const Span span = entity.name.span;
    Stream stream{whole.name, CallStream{*enter, *exit}, builtin_fields(true), std::nullopt, span};
    add_probe_fields(stream, *enter, 0);
    add_probe_fields(stream, *exit, 1);
    whole.id = context_.out.streams.add(std::move(stream));
    whole.probes = {*enter, *exit};
    add_hit_stream(*enter, span, resolved.enter);
    add_hit_stream(*exit, span, resolved.exit);
}

} // namespace kps::sema
