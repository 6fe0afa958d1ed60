#include "compiler/syntax/builder.hpp"

#include <utility>

namespace kps::syntax {

std::vector<Field> Builder::fields(Cursor& cursor) {
    std::vector<Field> fields;
    while (const Node* node = cursor.take_if(NodeKind::field))
        fields.push_back(field(*node));
    return fields;
}

Field Builder::field(const Node& node) {
    Cursor cursor(node);
    Field field;
    field.span = span(node);
    field.name = name(cursor.take());
    if (const Node* type = cursor.take_if(NodeKind::field_type)) field.type = field_type(*type);
    while (!cursor.done())
        field.sources.push_back(expression(cursor));
    return field;
}

FieldType Builder::field_type(const Node& node) {
    Cursor cursor(node);
    FieldType type;
    type.span = span(node);
    const Node& first = cursor.take();
    type.name = name(first);
    if (first.kind == NodeKind::enum_type) {
        Cursor inside(first);
        type.name = {"enum", {file_.source, first.begin, first.begin + 4}};
        type.enum_name = name(inside.take());
    } else if (first.kind == NodeKind::bits_type) {
        Cursor inside(first);
        type.name = {"bits", {file_.source, first.begin, first.begin + 4}};
        type.bit_offset = expression(inside);
        type.bit_width = expression(inside);
    }
    if (const Node* count = cursor.take_if(NodeKind::element_count)) {
        Cursor inside(*count);
        type.count = expression(inside);
    }
    return type;
}

SymbolName Builder::symbol_name(const Node& node) {
    Cursor cursor(node);
    SymbolName symbol{std::nullopt, name(cursor.take()), span(node)};
    if (cursor.done()) return symbol;
    symbol.module = std::exchange(symbol.symbol, name(cursor.take()));
    return symbol;
}

bool Builder::is_point(const Cursor& cursor) {
    if (cursor.done()) return false;
    const NodeKind kind = cursor.peek().kind;
    return kind >= NodeKind::entry_point && kind <= NodeKind::user_point;
}

Point Builder::point(const Node& node) {
    Cursor cursor(node);
    switch (node.kind) {
    case NodeKind::offset_point: {
        SymbolName symbol = symbol_name(cursor.take());
        return {OffsetPoint{std::move(symbol), operation(cursor.take())}, span(node)};
    }
    case NodeKind::symbol_line_point: {
        SymbolName symbol = symbol_name(cursor.take());
        return {FunctionLinePoint{std::move(symbol), number(cursor.take())}, span(node)};
    }
    case NodeKind::file_line_point: {
        Text file = string(cursor.take());
        return {FileLinePoint{std::move(file), number(cursor.take())}, span(node)};
    }
    case NodeKind::tracepoint: {
        const Name group = name(cursor.take());
        return {TracepointPoint{group, name(cursor.take())}, span(node)};
    }
    case NodeKind::user_point: {
        UserPoint user;
        user.is_return = cursor.take_if(NodeKind::returns) != nullptr;
        user.path = string(cursor.take());
        user.symbol = name(cursor.take());
        return {std::move(user), span(node)};
    }
    default: return point_of_function(node);
    }
}

Point Builder::point_of_function(const Node& node) {
    Cursor cursor(node);
    const bool is_return = node.kind == NodeKind::return_point;
    const Node& place = cursor.take();
    Cursor inside(place);
    if (place.kind == NodeKind::any_of)
        return {AnyOfPoint{is_return, string(inside.take())}, span(node)};
    if (place.kind == NodeKind::all_of) {
        AllOfPoint all{is_return, {}};
        while (!inside.done())
            all.symbols.push_back(symbol_name(inside.take()));
        return {std::move(all), span(node)};
    }
    if (!is_return) return {EntryPoint{symbol_name(place)}, span(node)};
    ReturnPoint point{symbol_name(place), std::nullopt};
    point.maxactive = optional_value(cursor, NodeKind::maxactive);
    return {std::move(point), span(node)};
}

} // namespace kps::syntax
