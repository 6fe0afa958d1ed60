#include "compiler/semantics/errno_names.hpp"
#include "compiler/semantics/expressions.hpp"

#include <algorithm>
#include <utility>

namespace kps::sema {

std::optional<Value> Expressions::named(const ExprScope& scope, const syntax::Name& name,
                                        const ValueType* hint) {
    const Entity* entity = names_.find(scope.file, name.text);
    if (entity != nullptr && entity->kind == Entity::Kind::constant)
        return of_constant(*entity, scope.live);
    if (hint != nullptr && hint->enumeration)
        for (const EnumType::Enumerator& item : context_.out.enums[*hint->enumeration].enumerators)
            if (item.name == name.text) return enumerator_of(*hint->enumeration, item.value, name);
    if (const auto error = errno_value(name.text)) {
        const auto number = static_cast<std::uint64_t>(*error);
        Value value = build_.constant({number, true}, Display::errno_code, name.span);
        value.name = name.text;
        return value;
    }
    if (const auto signal = signal_value(name.text)) {
        const auto number = static_cast<std::uint64_t>(*signal);
        Value value = build_.constant({number, true}, Display::decimal, name.span);
        value.name = name.text;
        return value;
    }
    return enumerator(scope, name);
}

Value Expressions::of_constant(const Entity& entity, bool live) {
    const auto [at, is_new] = constants_.try_emplace({entity.file, entity.declaration, live});
    ConstantState& state = at->second; // stays where it is: a map
    if (!is_new && !state.done) {
        std::string way;
        const auto first =
            std::ranges::find(open_constants_, entity.declaration, &Entity::declaration);
        for (auto open = first; open != open_constants_.end(); ++open)
            way += fmt::format("`{}` -> ", open->name.text);
        context_.sink.report(diag::constant_cycle, entity.name.span, entity.name.text)
            .remark(fmt::format("{}`{}`", way, entity.name.text));
        return {};
    }
    if (state.done) return state.value;
    const syntax::File& file = context_.file(entity.file);
    const auto& declaration =
        std::get<syntax::ConstDeclaration>(file.all_declarations[entity.declaration].node);
    open_constants_.push_back(entity);
    std::vector<AlwaysTrue>* const always = std::exchange(always_, nullptr);
    Value value = constant({entity.file, nullptr, live}, declaration.value);
    always_ = always;
    open_constants_.pop_back();
    value.is_bare = false;
    state.done = true;
    state.value = value;
    return value;
}

Value Expressions::enumerator_of(EnumId id, std::int64_t number, const syntax::Name& name) {
    Value value =
        build_.constant({static_cast<std::uint64_t>(number), true}, Display::enumerator, name.span);
    value.type.enumeration = id;
    context_.out.exprs[value.expr].type = value.type;
    value.name = name.text;
    return value;
}

std::optional<Value> Expressions::enumerator(const ExprScope& scope, const syntax::Name& name) {
    if (!scope.live) return Value{};
    const kernel::Btf* btf = scope.stream != nullptr ? scope.stream->btf : nullptr;
    if (btf == nullptr) btf = context_.kernel->btf();
    if (btf == nullptr) return std::nullopt;
    const auto found = btf->find_enumerators(name.text);
    if (found.empty()) return std::nullopt;
    const std::int64_t number = found.front().enumerator.value;
    const bool agree = std::ranges::all_of(
        found, [&](const auto& item) { return item.enumerator.value == number; });
    if (agree)
        return enumerator_of(context_.enumeration(*btf, found.front().enum_type), number, name);
    auto report = context_.sink.report(diag::ambiguous_enumerator, name.span, name.text,
                                       context_.kernel->release());
    for (const auto& item : found) {
        const std::string_view owner = btf->type(item.enum_type).name;
        report.remark(fmt::format("{} in {}", item.enumerator.value,
                                  owner.empty() ? "an enum without a name"
                                                : fmt::format("`enum {}`", owner)));
    }
    report.help("compare it with a field of type `enum NAME`, which settles it");
    return Value{};
}

} // namespace kps::sema
