#include "runtime/judge/spell.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/operands.hpp"
#include "compiler/semantics/spelling.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/compare.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace kps::judge {

namespace {

using sema::Binary;
using sema::BinaryOp;
using sema::Display;
using sema::ExprId;
using sema::FieldRef;

bool compares(BinaryOp op) {
    switch (op) {
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::equal:
    case BinaryOp::not_equal: return true;
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::shift_left:
    case BinaryOp::shift_right:
    case BinaryOp::bit_and:
    case BinaryOp::bit_xor:
    case BinaryOp::bit_or:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or: return false;
    }
    std::unreachable();
}

/// Indexes of the fields an expression reads, in order of appearance.
void collect_fields(const sema::ResolvedSpec& spec, ExprId id, std::vector<std::uint32_t>& fields) {
    const sema::Expr& expr = spec.exprs[id];
    const auto* field = std::get_if<FieldRef>(&expr.node);
    if (field != nullptr && std::ranges::find(fields, field->index) == fields.end())
        fields.push_back(field->index);
    for (const ExprId operand : sema::operands_of(expr))
        collect_fields(spec, operand, fields);
}

class Explainer {
public:
    Explainer(const Observation& seen, sema::StreamId stream, Reader& reader, const Item& item)
        : spec_(seen.spec()), names_(seen.names()), stream_(spec_.streams[stream]), reader_(reader),
          item_(item) {}

    Violation explain(ExprId condition) {
        const auto* node = std::get_if<Binary>(&spec_.exprs[condition].node);
        if (node != nullptr && node->op == BinaryOp::logical_and) {
            const bool left_holds = reader_.truth(node->left, item_) == Truth::yes;
            return explain(left_holds ? node->right : node->left);
        }
        Violation violation = node != nullptr && compares(node->op) && is_constant(node->right)
                                  ? explain_comparison(*node)
                                  : Violation{.note = list_fields(condition)};
        for (std::uint32_t field : fields_of(condition))
            violation.decisive.push_back(stream_.fields.at(field).name);
        return violation;
    }

private:
    [[nodiscard]] std::vector<std::uint32_t> fields_of(ExprId id) const {
        std::vector<std::uint32_t> fields;
        collect_fields(spec_, id, fields);
        return fields;
    }
    [[nodiscard]] bool is_constant(ExprId id) const { return fields_of(id).empty(); }

    Violation explain_comparison(const Binary& node) {
        const hits::Operand bound = reader_.value(node.right, item_);
        // Either side may say how both are meant: `ret == -ENOENT`, `reason == 3`.
        const sema::ValueType& left = spec_.exprs[node.left].type;
        const sema::ValueType& right = spec_.exprs[node.right].type;
        const sema::ValueType& shown = left.display != Display::decimal ? left : right;
        sema::ValueType type = left;
        type.display = shown.display;
        type.enumeration = shown.enumeration;
        Violation violation;
        violation.seen = print(reader_.value(node.left, item_), bound, type);
        const std::string limit = print(bound, {}, type);
        violation.expected = fmt::format("{} {}", sema::spelling(node.op), limit);
        violation.note = fmt::format("{} is {}, not {}", spell(node.left), violation.seen,
                                     node.op == BinaryOp::equal ? limit : violation.expected);
        return violation;
    }

    /// `beside`: what it is compared with; none for the bound itself.
    [[nodiscard]] std::string print(const hits::Operand& value, const hits::Operand& beside,
                                    const sema::ValueType& type) const {
        if (const auto* text = std::get_if<std::string_view>(&value))
            return hits::print(std::string(*text), type, names_);
        const auto* integer = std::get_if<sema::Integer>(&value);
        if (integer == nullptr) return hits::print(hits::Unreadable{}, type, names_);
        sema::ValueType shown = type;
        shown.is_signed = integer->is_signed;
        const auto* bound = std::get_if<sema::Integer>(&beside);
        return bound != nullptr ? print_beside(integer->bits, bound->bits, shown, names_)
                                : print_bound(integer->bits, shown, names_);
    }

    [[nodiscard]] std::string list_fields(ExprId condition) const {
        std::string text;
        for (std::uint32_t field : fields_of(condition))
            text += fmt::format("{}{} is {}", text.empty() ? "" : ", ", stream_.fields[field].name,
                                reader_.print_field(field, item_));
        return text;
    }

    /// An operand as the spec may have it.
    [[nodiscard]] std::string spell(ExprId id) const {
        return std::visit(
            Overloaded{
                [&](const FieldRef& field) { return stream_.fields.at(field.index).name; },
                [&](const sema::Constant& constant) {
                    return print_bound(constant.bits, spec_.exprs[id].type, names_);
                },
                [&](const sema::StringConstant& constant) { return hits::quote(constant.value); },
                [&](const sema::Unary& node) {
                    return fmt::format("{}{}", sema::spelling(node.op), spell_inner(node.operand));
                },
                [&](const Binary& node) {
                    return fmt::format("{} {} {}", spell_inner(node.left), sema::spelling(node.op),
                                       spell_inner(node.right));
                },
                [&](const sema::Conditional& node) {
                    return fmt::format("{} ? {} : {}", spell_inner(node.condition),
                                       spell_inner(node.then), spell_inner(node.otherwise));
                },
                [&](const sema::Convert& node) { return spell(node.operand); },
                [&](const sema::ExtractBits& node) { return spell(node.container); },
                [](const auto&) { return std::string("it"); },
            },
            spec_.exprs[id].node);
    }

    [[nodiscard]] std::string spell_inner(ExprId id) const {
        const auto& node = spec_.exprs[id].node;
        const bool compound =
            std::holds_alternative<Binary>(node) || std::holds_alternative<sema::Conditional>(node);
        return compound ? fmt::format("({})", spell(id)) : spell(id);
    }

    const sema::ResolvedSpec& spec_;
    hits::Names names_;
    const sema::Stream& stream_;
    Reader& reader_;
    const Item& item_;
};

} // namespace

std::vector<std::string> fields_of(const sema::ResolvedSpec& spec, const sema::StreamUse& use) {
    std::vector<std::uint32_t> fields;
    for (ExprId condition : use.where)
        collect_fields(spec, condition, fields);
    std::vector<std::string> names;
    for (std::uint32_t field : fields)
        names.push_back(spec.streams[use.stream].fields.at(field).name);
    return names;
}

Violation explain(const Observation& seen, sema::StreamId stream, Reader& reader,
                  sema::ExprId condition, const Item& item) {
    return Explainer(seen, stream, reader, item).explain(condition);
}

} // namespace kps::judge
