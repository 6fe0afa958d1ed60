#include "runtime/gate/static_table.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace kps::gate {

namespace {

using sema::Field;
using sema::PointKind;
using sema::Probe;
using sema::ResolvedSpec;

std::string point_text(const Probe& probe) {
    const std::string place =
        probe.module.empty() ? probe.symbol : probe.module + ":" + probe.symbol;
    const std::string where =
        probe.program.empty() ? place : fmt::format("{}:{}", probe.program, probe.symbol);
    switch (probe.kind) {
    case PointKind::entry: return "entry " + where;
    case PointKind::function_return: return "return " + where;
    case PointKind::offset: return fmt::format("at {}+{:#x}", where, probe.offset);
    case PointKind::tracepoint: return "tracepoint " + where;
    }
    return where;
}

/// The probes of one name; `any of` and `all of` have several.
struct Group {
    std::vector<const Probe*> probes;

    [[nodiscard]] const Probe& first() const { return *probes.front(); }
    [[nodiscard]] std::vector<std::string> points() const {
        std::vector<std::string> points;
        for (const Probe* probe : probes)
            points.push_back(point_text(*probe));
        std::ranges::sort(points);
        return points;
    }
    [[nodiscard]] std::string text() const {
        if (probes.size() == 1) return point_text(first());
        return fmt::format("{} and {} more", point_text(first()), probes.size() - 1);
    }
};

using Groups = std::map<std::string, Group>;

Groups groups_of(const ResolvedSpec& spec) {
    Groups groups;
    for (const Probe& probe : spec.probes)
        groups[probe.name].probes.push_back(&probe);
    return groups;
}

/// As a spec would write it, `s32`, `string`, `u64[4]`, `enum zone_type`.
std::string type_name(const sema::ValueType& type, const ResolvedSpec& spec) {
    using sema::TypeKind;
    if (type.enumeration) return "enum " + spec.enums[*type.enumeration].name;
    if (type.kind == TypeKind::string) return "string";
    if (type.kind == TypeKind::bytes) return fmt::format("bytes[{}]", type.count);
    const std::string element = fmt::format("{}{}", type.is_signed ? 's' : 'u', type.size * 8);
    return type.kind == TypeKind::array ? fmt::format("{}[{}]", element, type.count) : element;
}

std::string field_text(const Field& field, const ResolvedSpec& spec, const SourceSet& sources) {
    return fmt::format("{} {}", type_name(field.type, spec),
                       sources.text(spec.exprs[field.source].span));
}

bool touch(Span a, Span b) {
    return a.file == b.file && a.begin < b.end && b.begin < a.end;
}

class Table {
public:
    Table(const OnKernel& old, const OnKernel& now, std::size_t kernel, const SourceSet& sources)
        : old_(old), now_(now), kernel_(kernel), sources_(sources) {}

    std::vector<StaticRow> rows() {
        if (old_.resolves() && now_.resolves())
            compare();
        else if (old_.resolves())
            explain(old_.spec, now_.errors, State::gone);
        else if (now_.resolves())
            explain(now_.spec, old_.errors, State::gained);
        else
            add("spec", now_.errors.front().span, State::gone, old_.errors.front().message,
                now_.errors.front().message);
        return std::move(rows_);
    }

private:
    void add(std::string subject, Span span, State state, std::string old_text,
             std::string new_text) {
        const LineColumn at = sources_.position(span.file, span.begin);
        const std::string& path = old_.spec.path.empty() ? now_.spec.path : old_.spec.path;
        rows_.push_back({kernel_,
                         path,
                         std::move(subject),
                         {sources_[span.file].path, at.line, at.column},
                         state,
                         std::move(old_text),
                         std::move(new_text)});
    }

    void compare() {
        const Groups before = groups_of(old_.spec);
        const Groups after = groups_of(now_.spec);
        for (const auto& [name, group] : before) {
            const auto found = after.find(name);
            if (found == after.end()) {
                add("probe " + name, group.first().span, State::absent, group.text(),
                    absence(now_.spec, name));
                continue;
            }
            const bool same = group.points() == found->second.points();
            add("probe " + name, group.first().span, same ? State::same : State::adapted,
                group.text(), found->second.text());
            compare_fields(name, group.first(), found->second.first());
        }
        for (const auto& [name, group] : after)
            if (!before.contains(name))
                add("probe " + name, group.first().span, State::gained, absence(old_.spec, name),
                    group.text());
    }

    void compare_fields(const std::string& probe, const Probe& before, const Probe& after) {
        for (std::size_t i = 0; i < std::min(before.fields.size(), after.fields.size()); ++i) {
            const Field& a = before.fields[i];
            const Field& b = after.fields[i];
            const bool shifted = type_name(a.type, old_.spec) != type_name(b.type, now_.spec);
            const bool same = old_.spec.exprs[a.source].span == now_.spec.exprs[b.source].span;
            add(fmt::format("field {}.{}", probe, a.name), a.span,
                shifted ? State::shifted
                : same  ? State::same
                        : State::adapted,
                field_text(a, old_.spec, sources_), field_text(b, now_.spec, sources_));
        }
    }

    /// Why an optional probe is not there.
    static std::string absence(const ResolvedSpec& spec, std::string_view probe) {
        for (const sema::Stream& stream : spec.streams)
            if (stream.absent && (probe == stream.name || probe.starts_with(stream.name + ".")))
                return *stream.absent;
        return "not used";
    }

    /// The rows of a spec that the other kernel refuses.
    void explain(const ResolvedSpec& spec, const std::vector<diag::Diagnostic>& errors,
                 State state) {
        std::vector<bool> placed(errors.size());
        const auto error_at = [&](std::initializer_list<Span> spans) -> const diag::Diagnostic* {
            for (std::size_t i = 0; i < errors.size(); ++i)
                if (std::ranges::any_of(spans, [&](Span s) { return touch(s, errors[i].span); })) {
                    placed[i] = true;
                    return &errors[i];
                }
            return nullptr;
        };
        const auto row = [&](const std::string& subject, Span span, const std::string& text,
                             const diag::Diagnostic* error) {
            const std::string other = error == nullptr ? text : error->message;
            const bool is_gone = state == State::gone;
            add(subject, span, error == nullptr ? State::same : state, is_gone ? text : other,
                is_gone ? other : text);
        };
        for (const auto& [name, group] : groups_of(spec)) {
            const Probe& probe = group.first();
            row("probe " + name, probe.span, group.text(),
                error_at({probe.span, probe.point_span}));
            for (const Field& field : probe.fields) {
                row(fmt::format("field {}.{}", name, field.name), field.span,
                    field_text(field, spec, sources_),
                    error_at({field.span, spec.exprs[field.source].span}));
            }
        }
        for (std::size_t i = 0; i < errors.size(); ++i)
            if (!placed[i])
                add("spec", errors[i].span, state, state == State::gone ? "" : errors[i].message,
                    state == State::gone ? errors[i].message : "");
    }

    const OnKernel& old_;
    const OnKernel& now_;
    std::size_t kernel_;
    const SourceSet& sources_;
    std::vector<StaticRow> rows_;
};

} // namespace

std::vector<StaticRow> static_rows(const OnKernel& old, const OnKernel& now, std::size_t kernel,
                                   const SourceSet& sources) {
    return Table(old, now, kernel, sources).rows();
}

} // namespace kps::gate
