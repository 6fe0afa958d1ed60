#include "compiler/semantics/sources.hpp"

#include <utility>

namespace kps::sema {

Operand Sources::read_missing(syntax::ExprId id) {
    keep_missing_ = true;
    Operand operand = read(id);
    keep_missing_ = false;
    return operand;
}

/// A member of something missing is one of a struct of which nothing is known.
Operand Sources::missing_member(Place aggregate, const syntax::Name& name) {
    if (aggregate.type.known()) begin_path(aggregate, name.span);
    if (aggregate.root.name.empty()) return {};
    if (!aggregate.type.known()) aggregate.steps.back().shape.kind = CKind::structure;
    aggregate.steps.push_back({std::string(name.text), 0, 0, 0, {}});
    aggregate.type = {};
    return MissingMember{std::move(aggregate)};
}

namespace {

/// What C knows of it; unknown for what is computed or a whole register.
CType type_of(const Operand& operand) {
    if (const auto* place = std::get_if<Place>(&operand)) return place->type;
    const auto* scalar = std::get_if<Scalar>(&operand);
    return scalar != nullptr ? scalar->type : CType{};
}

} // namespace

Operand Sources::supposed(const MissingMember& member, const Operand& model, const ValueType& held,
                          Span span) {
    Place place = member.place;
    CShape& shape = place.steps.back().shape;
    place.type = type_of(model);
    if (place.type.known()) {
        shape = shape_of(place.type);
        return place;
    }
    if (!std::holds_alternative<Scalar>(model) && !std::holds_alternative<Place>(model)) return {};
    const ValueType loaded =
        held.kind == TypeKind::integer ? integer_type(held.size, held.is_signed) : address_type();
    const bool is_pointer = held.kind != TypeKind::integer;
    shape = {is_pointer ? CKind::pointer : CKind::integer, "", loaded.size, loaded.is_signed};
    return Scalar{load(place, loaded, span), {}, false, false, place.user};
}

} // namespace kps::sema
