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
    case Entity::Kind::machine:
    case Entity::Kind::import: break;
    }
    context_.sink.report(diag::not_a_stream, path[found.parts - 1].span, path[found.parts - 1].text,
                         describe(entity.kind));
    return nullptr;
}

const StreamInfo* Streams::part_of(const Entity& entity, const std::vector<syntax::Name>& path,
                                   std::size_t named, std::size_t parts, bool live) {
    used_.insert({entity.file, entity.declaration});
    const Resolved* resolved = resolve(entity, live);
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
        if (kind != Entity::Kind::constant && kind != Entity::Kind::machine)
            candidates.push_back(name);
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

const Streams::Resolved* Streams::resolve(const Entity& entity, bool live) {
    const Key key{entity.file, entity.declaration, live};
    if (const auto known = streams_.find(key); known != streams_.end()) return &known->second;
    if (!open_.insert(key).second) {
        context_.sink.report(diag::stream_cycle, entity.name.span, entity.name.text);
        return nullptr;
    }
    Resolved resolved;
    resolved.whole.name = qualified(entity);
    resolved.enter.name = resolved.whole.name + ".enter";
    resolved.exit.name = resolved.whole.name + ".exit";
    const syntax::File& file = context_.file(entity.file);
    std::visit(
        Overloaded{
            [&](const syntax::ProbeDeclaration& d) {
                resolve_probe(entity, d, live, resolved.whole);
            },
            [&](const syntax::CallDeclaration& d) { resolve_call(entity, d, live, resolved); },
            [&](const syntax::SpanDeclaration& d) {
                resolve_span(entity, d, live, resolved.whole);
            },
            [](const auto&) {},
        },
        file.all_declarations[entity.declaration].node);
    open_.erase(key);
    return &streams_.emplace(key, std::move(resolved)).first->second;
}

// ---------------------------------------------------------------- spans and uses

Streams::End Streams::resolve_end(const Entity& entity, const syntax::Stream& stream,
                                  const std::optional<syntax::Key>& by, bool live) {
    End end;
    end.info = find(entity.file, stream.name.parts, stream.name.parts.size(), live);
    if (end.info == nullptr) return end;
    if (end.info->kind != StreamInfo::Kind::hit) {
        const bool is_call = end.info->kind == StreamInfo::Kind::call;
        auto report = context_.sink.report(diag::not_a_hit, stream.name.span, end.info->name,
                                           is_call ? "calls" : "spans");
        if (is_call) report.help(fmt::format("use `{0}.enter` or `{0}.exit`", end.info->name));
        return {};
    }
    end.use = use(entity.file, stream, *end.info, live);
    end.key = key(by, *end.info, true);
    return end;
}

void Streams::resolve_span(const Entity& entity, const syntax::SpanDeclaration& span, bool live,
                           StreamInfo& info) {
    info.kind = StreamInfo::Kind::span;
    if (span.by)
        for (const syntax::Name& name : span.by->fields)
            info.keys.emplace_back(name.text);
    const End from = resolve_end(entity, span.from, span.by, live);
    const End to = resolve_end(entity, span.to, span.by, live);
    if (from.info == nullptr || to.info == nullptr) return; // nothing can be said of its fields
    info.absent = from.info->absent ? from.info->absent : to.info->absent;
    info.btf = from.info->btf;
    for (const StreamField& builtin : builtin_fields(true))
        info.fields.push_back(field_info(builtin));
    append_own_fields(*from.info, info);
    append_own_fields(*to.info, info);
    const bool agree = !span.by || keys_agree(*span.by, *from.info, *to.info);
    if (!from.use || !to.use || !from.key || !to.key || !agree) return;
    Stream stream{info.name, SpanStream{*from.use, *to.use, *from.key, *to.key},
                  builtin_fields(true), std::nullopt, entity.name.span};
    add_probe_fields(stream, from.info->probes.front(), 0);
    add_probe_fields(stream, to.info->probes.front(), 1);
    info.probes = {from.info->probes.front(), to.info->probes.front()};
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
            if (report_unused && !context_.sink.has_errors())
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
