#include "compiler/semantics/context.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kps::sema {

std::string Context::words(Span span) const {
    std::string words;
    bool blank = false;
    for (char c : sources.text(span)) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_blank && blank && !words.empty()) words += ' ';
        if (!is_blank) words += c;
        blank = is_blank;
    }
    return words;
}

EnumId Context::enumeration(const kernel::Btf& btf, kernel::TypeId type) {
    const kernel::Btf* base = kernel->btf();
    const bool is_in_base = base != nullptr && type.value < base->type_count();
    const auto [known, is_new] = enums.try_emplace({is_in_base ? base : &btf, type});
    if (!is_new) return known->second;
    EnumType enumeration{std::string(btf.type(type).name), {}};
    for (const kernel::Enumerator& item : btf.enumerators(type))
        enumeration.enumerators.push_back({std::string(item.name), item.value});
    known->second = out.enums.add(std::move(enumeration));
    return known->second;
}

std::string listing(const std::vector<std::string>& names, std::string_view last_word) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 < names.size() ? ", " : fmt::format(" {} ", last_word);
        text += "`" + names[i] + "`";
    }
    return text;
}

std::string_view describe(Entity::Kind kind) {
    switch (kind) {
    case Entity::Kind::constant: return "a constant";
    case Entity::Kind::probe: return "a probe";
    case Entity::Kind::call: return "a call";
    case Entity::Kind::span: return "a span";
    case Entity::Kind::machine: return "a state machine";
    case Entity::Kind::import: return "an import";
    case Entity::Kind::other: return "a declaration";
    }
    std::unreachable();
}

namespace {

std::optional<std::pair<Entity::Kind, syntax::Name>>
declared(const syntax::Declaration& declaration) {
    using Result = std::optional<std::pair<Entity::Kind, syntax::Name>>;
    using Kind = Entity::Kind;
    return std::visit(
        Overloaded{
            [](const syntax::ConstDeclaration& d) { return Result{{Kind::constant, d.name}}; },
            [](const syntax::ProbeDeclaration& d) { return Result{{Kind::probe, d.name}}; },
            [](const syntax::CallDeclaration& d) { return Result{{Kind::call, d.name}}; },
            [](const syntax::SpanDeclaration& d) { return Result{{Kind::span, d.name}}; },
            [](const syntax::MachineDeclaration& d) { return Result{{Kind::machine, d.name}}; },
            [](const syntax::TemplateDeclaration& d) { return Result{{Kind::other, d.name}}; },
            [](const auto&) { return Result{}; },
        },
        declaration.node);
}

} // namespace

Names::Names(const Context& context) : files_(context.spec.files.size()) {
    for (const SpecFile& file : context.spec.files)
        within_.push_back(file.within);
    for (std::size_t i = 0; i < files_.size(); ++i) {
        for (const SpecFile::Import& import : context.spec.files[i].imports)
            declare(context, i, {Entity::Kind::import, i, {}, import.file, import.alias});
        const syntax::File& file = context.file(i);
        for (syntax::DeclarationId id : file.declarations)
            if (const auto found = declared(file.all_declarations[id]))
                declare(context, i, {found->first, i, id, {}, found->second});
    }
}

void Names::declare(const Context& context, std::size_t file, Entity entity) {
    const auto [first, is_new] = files_[file].try_emplace(entity.name.text, entity);
    if (is_new) return;
    context.sink.report(diag::duplicate_name, entity.name.span, entity.name.text)
        .note(first->second.name.span, "the first is here");
}

const Entity* Names::find(std::size_t file, std::string_view name) const {
    const auto found = files_[file].find(name);
    if (found != files_[file].end()) return &found->second;
    return within_[file] ? find(*within_[file], name) : nullptr;
}

std::vector<std::string_view> Names::all(std::size_t file) const {
    std::vector<std::string_view> names;
    for (const auto& [name, entity] : files_[file])
        names.push_back(name);
    if (within_[file]) std::ranges::copy(all(*within_[file]), std::back_inserter(names));
    return names;
}

Names::Lookup Names::look_up(const Context& context, std::size_t file,
                             const std::vector<syntax::Name>& path) const {
    const Entity* first = find(file, path.front().text);
    if (first == nullptr) return {};
    if (first->kind != Entity::Kind::import) return {first, 1, false};
    if (!first->target) return {nullptr, 0, true};
    if (path.size() == 1) return {first, 1, false};
    const Entity* found = find(*first->target, path[1].text);
    if (found != nullptr && found->kind != Entity::Kind::import) return {found, 2, false};
    context.sink.report(diag::unknown_import_name, path[1].span, path[0].text, path[1].text)
        .did_you_mean(nearest_names(path[1].text, all(*first->target)));
    return {nullptr, 0, true};
}

} // namespace kps::sema
