#include "compiler/changes/spec_use.hpp"

#include "compiler/base/overloaded.hpp"

namespace kps::changes {

namespace {

using sema::CKind;
using sema::Display;

std::string base_name(const std::string& symbol) {
    return symbol.substr(0, symbol.find('.', 1));
}

void add_probe(Used& used, const sema::Probe& probe) {
    if (!probe.program.empty()) return;
    if (probe.kind == sema::PointKind::tracepoint)
        used.events.insert(probe.module + ":" + probe.symbol);
    else
        used.functions.insert(base_name(probe.symbol));
}

void add_members(Used& used, const sema::MemberAddress& address) {
    std::string owner = address.root.name;
    std::string prefix; // inside of a type without a name
    std::string path;
    for (const sema::MemberStep& step : address.steps) {
        if (!step.member.empty()) {
            path = prefix + step.member;
            used.members[owner].insert(path);
        }
        if (step.shape.kind != CKind::structure && step.shape.kind != CKind::union_type) continue;
        if (step.shape.name.empty()) {
            prefix = path + ".";
        } else {
            owner = step.shape.name;
            prefix.clear();
        }
    }
}

void add_enumerator(Used& used, const sema::Constant& constant, const sema::ValueType& type,
                    const sema::ResolvedSpec& spec) {
    if (type.display != Display::enumerator || !type.enumeration) return;
    for (const auto& item : spec.enums[*type.enumeration].enumerators)
        if (static_cast<std::uint64_t>(item.value) == constant.bits)
            used.enumerators.insert(item.name);
}

void add_requirement(Used& used, const syntax::Requires& condition) {
    if (const auto* const config = std::get_if<syntax::RequiresConfig>(&condition.node)) {
        const std::string name(config->name.text);
        used.options.insert(name.starts_with("CONFIG_") ? name : "CONFIG_" + name);
    } else if (const auto* const symbol = std::get_if<syntax::RequiresSymbol>(&condition.node)) {
        used.functions.insert(std::string(symbol->symbol.symbol.text));
    }
}

} // namespace

Used used_by(const sema::LoadedSpec& loaded, const sema::ResolvedSpec& resolved) {
    Used used;
    for (const sema::Probe& probe : resolved.probes)
        add_probe(used, probe);
    for (const sema::Expr& expr : resolved.exprs) {
        if (const auto* const member = std::get_if<sema::MemberAddress>(&expr.node))
            add_members(used, *member);
        if (const auto* const constant = std::get_if<sema::Constant>(&expr.node))
            add_enumerator(used, *constant, expr.type, resolved);
        if (const auto* const address = std::get_if<sema::SymbolAddress>(&expr.node))
            used.functions.insert(address->symbol);
    }
    for (const sema::SpecFile& file : loaded.files) {
        for (const syntax::Statement& statement : file.file.statements)
            if (const auto* const one = std::get_if<syntax::RequiresStatement>(&statement.node))
                add_requirement(used, one->condition);
        for (const syntax::Declaration& declaration : file.file.all_declarations)
            if (const auto* const one = std::get_if<syntax::RequiresDeclaration>(&declaration.node))
                add_requirement(used, one->condition);
    }
    return used;
}

} // namespace kps::changes
