#include "compiler/semantics/streams.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>

namespace kps::sema {

// ---------------------------------------------------------------- by name

const StreamInfo* Streams::find(std::size_t file, const std::vector<syntax::Name>& path,
                                std::size_t parts, bool live) {
    const std::vector<syntax::Name> named(path.begin(),
                                          path.begin() + static_cast<std::ptrdiff_t>(parts));
    const Names::Lookup found = names_.look_up(context_, file, named);
    if (found.reported) return nullptr;
    if (found.entity == nullptr) {
        unknown(file, path, parts);
        return nullptr;
    }
    const Entity& entity = *found.entity;
    switch (entity.kind) {
    case Entity::Kind::other: return nullptr; // refused where it is declared
    case Entity::Kind::probe:
    case Entity::Kind::call:
    case Entity::Kind::span: return part_of(entity, path, found.parts, parts, live);
    case Entity::Kind::constant:
    case Entity::Kind::import: break;
    }
    context_.sink.report(diag::not_a_stream, path[found.parts - 1].span, path[found.parts - 1].text,
                         describe(entity.kind));
    return nullptr;
}

const StreamInfo* Streams::part_of(const Entity& entity, const std::vector<syntax::Name>& path,
                                   std::size_t named, std::size_t parts, bool live) {
    used_.insert({entity.file, entity.declaration});
    const Parts* resolved = resolve(entity, live);
    if (resolved == nullptr) return nullptr;
    if (named == parts) return &resolved->whole;
    const bool is_call = entity.kind == Entity::Kind::call;
    if (is_call && named + 1 == parts && path[named].text == "enter") return &resolved->enter;
    if (is_call && named + 1 == parts && path[named].text == "exit") return &resolved->exit;
    std::string name;
    for (std::size_t i = 0; i < parts; ++i)
        name += (i > 0 ? "." : "") + std::string(path[i].text);
    auto report = context_.sink.report(diag::unknown_stream, path[named].span, name);
    if (is_call)
        report.help(
            fmt::format("`{0}` is a call: it has `{0}.enter` and `{0}.exit`", entity.name.text));
    else
        report.help(fmt::format("`{}` has no parts", entity.name.text));
    return nullptr;
}

void Streams::unknown(std::size_t file, const std::vector<syntax::Name>& path, std::size_t parts) {
    std::vector<std::string_view> candidates;
    for (std::string_view name : names_.all(file)) {
        const Entity::Kind kind = names_.find(file, name)->kind;
        if (kind != Entity::Kind::constant) candidates.push_back(name);
    }
    std::string name;
    for (std::size_t i = 0; i < parts; ++i)
        name += (i > 0 ? "." : "") + std::string(path[i].text);
    context_.sink.report(diag::unknown_stream, path.front().span, name)
        .did_you_mean(nearest_names(path.front().text, candidates));
}

std::string Streams::qualified(const Entity& entity) const {
    const std::string name(entity.name.text);
    if (entity.file + 1 == context_.spec.files.size()) return name;
    for (const SpecFile::Import& import : context_.spec.root().imports)
        if (import.file == entity.file) return std::string(import.alias.text) + "." + name;
    return name;
}

const Streams::Parts* Streams::resolve(const Entity& entity, bool live) {
    const Key key{entity.file, entity.declaration, live};
    if (const auto known = streams_.find(key); known != streams_.end()) return &known->second;
    if (!open_.insert(key).second) {
        context_.sink.report(diag::stream_cycle, entity.name.span, entity.name.text);
        return nullptr;
    }
    Parts parts;
    parts.whole.name = qualified(entity);
    parts.enter.name = parts.whole.name + ".enter";
    parts.exit.name = parts.whole.name + ".exit";
    const syntax::File& file = context_.file(entity.file);
    std::visit(
        Overloaded{
            [&](const syntax::ProbeDeclaration& d) { resolve_probe(entity, d, live, parts); },
            [&](const syntax::CallDeclaration& d) { resolve_call(entity, d, live, parts); },
            [&](const syntax::SpanDeclaration& d) { resolve_span(entity, d, live, parts); },
            [](const auto&) {},
        },
        file.all_declarations[entity.declaration].node);
    open_.erase(key);
    return &streams_.emplace(key, std::move(parts)).first->second;
}

// ---------------------------------------------------------------- probes

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

void Streams::check_field_names(const std::vector<const std::vector<syntax::Field>*>& groups) {
    std::map<std::string_view, Span> seen;
    for (const std::vector<syntax::Field>* fields : groups) {
        for (const syntax::Field& field : *fields) {
            if (is_builtin_field(field.name.text)) {
                context_.sink.report(diag::builtin_field, field.name.span, field.name.text)
                    .help("leave it out, or give this one another name");
                continue;
            }
            const auto [first, is_new] = seen.try_emplace(field.name.text, field.name.span);
            if (is_new) continue;
            context_.sink.report(diag::duplicate_name, field.name.span, field.name.text)
                .note(first->second, "the first is here");
        }
    }
}

std::optional<ProbeId> Streams::add_probe(const Entity& entity, const std::string& name,
                                          const std::vector<syntax::Field>& fields, PointKind kind,
                                          const PointChoice* choice, bool live, StreamInfo& info) {
    const ExprScope scope{entity.file, nullptr, live};
    for (const StreamField& builtin : builtin_fields(false))
        info.fields.push_back(field_info(builtin));
    Probe probe;
    const bool found = choice != nullptr && choice->point;
    bool complete = found;
    for (const syntax::Field& field : fields) {
        std::optional<FieldTypeSpec> type;
        if (field.type) type = read_field_type(context_, expressions_, scope, *field.type);
        FieldInfo about = field_info(field, type);
        const bool readable =
            check_sources(context_, entity.file, field, kind) && (type || !field.type);
        std::optional<MadeField> made;
        if (found && readable) {
            made = make_field(context_, expressions_, scope, *choice->point, field, type);
            about.known = made.has_value();
        }
        if (made) {
            about.type = made->field.type;
            about.range = made->range;
            probe.fields.push_back(std::move(made->field));
        } else {
            complete = false;
        }
        info.fields.push_back(std::move(about));
    }
    if (!complete) return std::nullopt;
    const FoundPoint& point = *choice->point;
    probe.name = name;
    probe.kind = kind;
    probe.module = point.module;
    probe.symbol = point.request.symbol.symbol.text;
    probe.offset = point.request.offset;
    probe.maxactive = point.request.maxactive;
    probe.chosen = choice->chosen;
    probe.remarks = point.remarks;
    probe.span = entity.name.span;
    if (!point.module.empty()) info.btf = point.function.btf;
    return context_.out.probes.add(std::move(probe));
}

void Streams::add_hit_stream(ProbeId probe, Span span, StreamInfo& info) {
    Stream stream{info.name, HitStream{probe}, builtin_fields(false), std::nullopt, span};
    const std::vector<Field>& fields = context_.out.probes[probe].fields;
    for (std::uint32_t i = 0; i < fields.size(); ++i)
        stream.fields.push_back({fields[i].name, fields[i].type, StreamField::OfProbe{0, i}});
    info.id = context_.out.streams.add(std::move(stream));
    info.probes = {probe};
}

void Streams::resolve_probe(const Entity& entity, const syntax::ProbeDeclaration& probe, bool live,
                            Parts& parts) {
    const ExprScope scope{entity.file, nullptr, live};
    std::vector<PointRequest> requests;
    for (const syntax::Point& point : probe.points)
        if (auto request = point_request(context_, expressions_, scope, point))
            requests.push_back(std::move(*request));
    const bool all_understood = requests.size() == probe.points.size();
    if (!all_understood) requests.clear();
    const std::optional<PointChoice> choice = choose(entity, requests, probe.optional, live);
    StreamInfo& info = parts.whole;
    check_field_names({&probe.fields});
    PointKind kind = PointKind::entry;
    if (!requests.empty()) kind = requests.front().kind;
    if (choice && choice->point) kind = choice->point->request.kind;
    if (choice && !choice->point) info.absent = choice->why_not;
    const std::optional<ProbeId> id =
        add_probe(entity, info.name, probe.fields, kind, choice ? &*choice : nullptr, live, info);
    if (id) add_hit_stream(*id, entity.name.span, info);
}

void Streams::resolve_call(const Entity& entity, const syntax::CallDeclaration& call, bool live,
                           Parts& parts) {
    std::vector<PointRequest> requests;
    for (const syntax::SymbolName& symbol : call.symbols)
        requests.push_back({PointKind::entry, symbol, 0, 0, symbol.span});
    std::optional<PointChoice> choice = choose(entity, requests, call.optional, live);
    check_field_names({&call.enter, &call.exit});
    if (choice && !choice->point)
        parts.whole.absent = parts.enter.absent = parts.exit.absent = choice->why_not;
    const PointChoice* found = choice ? &*choice : nullptr;
    const auto enter =
        add_probe(entity, parts.enter.name, call.enter, PointKind::entry, found, live, parts.enter);
    if (choice && choice->point) choice->point->request.kind = PointKind::function_return;
    const auto exit = add_probe(entity, parts.exit.name, call.exit, PointKind::function_return,
                                found, live, parts.exit);
    StreamInfo& whole = parts.whole;
    whole.kind = StreamInfo::Kind::call;
    whole.btf = parts.enter.btf;
    const std::size_t builtins = builtin_fields(false).size();
    for (const StreamField& builtin : builtin_fields(true))
        whole.fields.push_back(field_info(builtin));
    for (const StreamInfo* side : {&parts.enter, &parts.exit})
        whole.fields.insert(whole.fields.end(),
                            side->fields.begin() + static_cast<std::ptrdiff_t>(builtins),
                            side->fields.end());
    if (!enter || !exit) return;
    Stream stream{whole.name, CallStream{*enter, *exit}, builtin_fields(true), std::nullopt,
                  entity.name.span};
    for (std::uint8_t side = 0; side < 2; ++side) {
        const std::vector<Field>& fields = context_.out.probes[side == 0 ? *enter : *exit].fields;
        for (std::uint32_t i = 0; i < fields.size(); ++i)
            stream.fields.push_back(
                {fields[i].name, fields[i].type, StreamField::OfProbe{side, i}});
    }
    whole.id = context_.out.streams.add(std::move(stream));
    whole.probes = {*enter, *exit};
    add_hit_stream(*enter, entity.name.span, parts.enter);
    add_hit_stream(*exit, entity.name.span, parts.exit);
}

// ---------------------------------------------------------------- spans and uses

void Streams::resolve_span(const Entity& entity, const syntax::SpanDeclaration& span, bool live,
                           Parts& parts) {
    StreamInfo& info = parts.whole;
    info.kind = StreamInfo::Kind::span;
    for (const StreamField& builtin : builtin_fields(true))
        info.fields.push_back(field_info(builtin));
    if (span.by)
        for (const syntax::Name& name : span.by->fields)
            info.keys.emplace_back(name.text);
    const StreamInfo* sides[2] = {};
    std::optional<StreamUse> uses[2];
    std::optional<std::vector<std::uint32_t>> keys[2];
    const syntax::Stream* written[2] = {&span.from, &span.to};
    for (std::size_t i = 0; i < 2; ++i) {
        const std::vector<syntax::Name>& path = written[i]->name.parts;
        sides[i] = find(entity.file, path, path.size(), live);
        if (sides[i] == nullptr) continue;
        if (sides[i]->kind != StreamInfo::Kind::hit) {
            const bool is_call = sides[i]->kind == StreamInfo::Kind::call;
            auto report = context_.sink.report(diag::not_a_hit, written[i]->name.span,
                                               sides[i]->name, is_call ? "calls" : "spans");
            if (is_call) report.help(fmt::format("use `{0}.enter` or `{0}.exit`", sides[i]->name));
            continue;
        }
        uses[i] = use(entity.file, *written[i], *sides[i], live);
        keys[i] = key(span.by, *sides[i], true);
        if (sides[i]->absent) info.absent = sides[i]->absent;
    }
    if (sides[0] == nullptr || sides[1] == nullptr) {
        info.fields.clear(); // nothing can be said of its fields
        return;
    }
    const bool agree = !span.by || keys_agree(*span.by, *sides[0], *sides[1]);
    const std::size_t builtins = builtin_fields(false).size();
    for (const StreamInfo* side : sides)
        info.fields.insert(info.fields.end(),
                           side->fields.begin() + static_cast<std::ptrdiff_t>(builtins),
                           side->fields.end());
    info.btf = sides[0]->btf;
    if (!uses[0] || !uses[1] || !keys[0] || !keys[1] || !agree) return;
    Stream stream{info.name, SpanStream{*uses[0], *uses[1], *keys[0], *keys[1]},
                  builtin_fields(true), std::nullopt, entity.name.span};
    for (std::uint8_t side = 0; side < 2; ++side) {
        const Stream& of = context_.out.streams[uses[side]->stream];
        for (std::uint32_t i = static_cast<std::uint32_t>(builtins); i < of.fields.size(); ++i)
            stream.fields.push_back(
                {of.fields[i].name, of.fields[i].type,
                 StreamField::OfProbe{side, i - static_cast<std::uint32_t>(builtins)}});
        info.probes.push_back(sides[side]->probes.front());
    }
    info.id = context_.out.streams.add(std::move(stream));
}

std::optional<ExprId> Streams::where(std::size_t file, syntax::ExprId condition,
                                     const StreamInfo& info, bool live) {
    std::vector<AlwaysTrue> always;
    const Value value = expressions_.condition({file, &info, live}, condition, always);
    for (const AlwaysTrue& found : always)
        context_.sink.report(diag::always_true, found.span, found.why);
    return value.known() ? std::optional(value.expr) : std::nullopt;
}

std::optional<StreamUse> Streams::use(std::size_t file, const syntax::Stream& stream,
                                      const StreamInfo& info, bool live) {
    StreamUse use{{}, {}, context_.words(stream.span), stream.span};
    if (stream.where) {
        const std::optional<ExprId> condition = where(file, *stream.where, info, live);
        if (!condition) return std::nullopt;
        use.where.push_back(*condition);
    }
    if (!info.id) return std::nullopt;
    use.stream = *info.id;
    return use;
}

std::optional<std::vector<std::uint32_t>>
Streams::key(const std::optional<syntax::Key>& by, const StreamInfo& info, bool tid_is_default) {
    std::vector<std::uint32_t> key;
    if (!by) {
        if (tid_is_default && !info.fields.empty()) key = info.find("tid");
        return key;
    }
    bool good = true;
    for (const syntax::Name& name : by->fields) {
        const std::vector<std::uint32_t> found = info.find(name.text);
        if (found.size() == 1) {
            key.push_back(found.front());
            continue;
        }
        good = false;
        if (found.size() > 1)
            context_.sink.report(diag::field_of_both_sides, name.span, info.name, name.text);
        else if (!info.fields.empty())
            context_.sink.report(diag::unknown_field, name.span, info.name, name.text)
                .did_you_mean(nearest_names(name.text, info.field_names()));
    }
    return good ? std::optional(key) : std::nullopt;
}

bool Streams::keys_agree(const syntax::Key& by, const StreamInfo& left, const StreamInfo& right) {
    bool good = true;
    for (const syntax::Name& name : by.fields) {
        const std::vector<std::uint32_t> a = left.find(name.text);
        const std::vector<std::uint32_t> b = right.find(name.text);
        if (a.size() != 1 || b.size() != 1) continue;
        const FieldInfo& x = left.fields[a[0]];
        const FieldInfo& y = right.fields[b[0]];
        if (!x.known || !y.known || x.type.kind == y.type.kind) continue;
        context_.sink.report(diag::mismatched_keys, name.span, name.text,
                             describe(x.type, context_.out), left.name,
                             describe(y.type, context_.out), right.name);
        good = false;
    }
    return good;
}

void Streams::resolve_rest(bool live, bool report_unused) {
    const std::size_t root = context_.spec.files.size() - 1;
    const auto rest = [&](auto wanted) {
        for (std::string_view name : names_.all(root)) {
            const Entity& entity = *names_.find(root, name);
            const bool is_used = used_.contains({root, entity.declaration});
            if (!wanted(entity.kind) || is_used) continue;
            resolve(entity, live);
            if (report_unused)
                context_.sink.report(diag::unused_stream, entity.name.span, entity.name.text);
        }
    };
    // Spans first: they use probes.
    rest([](Entity::Kind kind) { return kind == Entity::Kind::span; });
    rest([](Entity::Kind kind) {
        return kind == Entity::Kind::probe || kind == Entity::Kind::call;
    });
}

} // namespace kps::sema
