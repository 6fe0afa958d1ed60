#include "compiler/syntax/builder.hpp"

namespace kps::syntax {

std::vector<DeclarationId> Builder::declarations(Cursor& cursor) {
    std::vector<DeclarationId> ids;
    while (!cursor.done()) {
        const Node& node = cursor.take();
        auto made = declaration(node);
        ids.push_back(file_.all_declarations.add(Declaration{std::move(made), span(node)}));
    }
    return ids;
}

decltype(Declaration::node) Builder::declaration(const Node& node) {
    Cursor cursor(node);
    switch (node.kind) {
    case NodeKind::import_declaration: return import(node);
    case NodeKind::requires_condition: return RequiresDeclaration{requires_condition(node)};
    case NodeKind::const_declaration: {
        const Name constant = name(cursor.take());
        return ConstDeclaration{constant, expression(cursor)};
    }
    case NodeKind::probe_declaration: return probe(node);
    case NodeKind::call_declaration: return call(node);
    case NodeKind::span_declaration: return span_of_hits(node);
    case NodeKind::machine_declaration: return machine(node);
    case NodeKind::template_declaration: {
        const Name group = name(cursor.take());
        Cursor parameters(cursor.take());
        std::vector<Name> formal = names(parameters);
        return TemplateDeclaration{group, std::move(formal), declarations(cursor)};
    }
    case NodeKind::use_declaration: {
        Path used = path(cursor.take());
        std::vector<ExprId> values = arguments(cursor.take());
        return UseDeclaration{std::move(used), std::move(values), optional_alias(cursor)};
    }
    default: return test(node);
    }
}

std::optional<Name> Builder::optional_alias(Cursor& cursor) {
    const Node* node = cursor.take_if(NodeKind::alias);
    if (node == nullptr) return std::nullopt;
    return name(*(node + 1));
}

ImportDeclaration Builder::import(const Node& node) {
    Cursor cursor(node);
    const Node& what = cursor.take();
    ImportDeclaration import;
    if (what.kind == NodeKind::string)
        import.what = string(what);
    else
        import.what = path(what);
    import.alias = optional_alias(cursor);
    return import;
}

ProbeDeclaration Builder::probe(const Node& node) {
    Cursor cursor(node);
    ProbeDeclaration probe;
    probe.name = name(cursor.take());
    while (is_point(cursor))
        probe.points.push_back(point(cursor.take()));
    probe.optional = cursor.take_if(NodeKind::optional) != nullptr;
    probe.fields = fields(cursor);
    return probe;
}

CallDeclaration Builder::call(const Node& node) {
    Cursor cursor(node);
    CallDeclaration call;
    call.name = name(cursor.take());
    while (const Node* symbol = cursor.take_if(NodeKind::symbol_name))
        call.symbols.push_back(symbol_name(*symbol));
    call.optional = cursor.take_if(NodeKind::optional) != nullptr;
    while (!cursor.done())
        call_side(cursor.take(), call);
    return call;
}

void Builder::call_side(const Node& node, CallDeclaration& call) {
    const bool is_enter = node.kind == NodeKind::enter_fields;
    std::optional<Span>& side = is_enter ? call.enter_span : call.exit_span;
    if (side) report_twice(is_enter ? "enter" : "exit", node);
    side = span(node);
    Cursor cursor(node);
    (is_enter ? call.enter : call.exit) = fields(cursor);
}

SpanDeclaration Builder::span_of_hits(const Node& node) {
    Cursor cursor(node);
    SpanDeclaration declared;
    declared.name = name(cursor.take());
    declared.from = stream(cursor.take());
    declared.to = stream(cursor.take());
    declared.by = optional_key(cursor);
    return declared;
}

MachineDeclaration Builder::machine(const Node& node) {
    Cursor cursor(node);
    MachineDeclaration machine;
    machine.name = name(cursor.take());
    machine.by = optional_key(cursor);
    while (!cursor.done()) {
        const Node& part = cursor.take();
        machine.parts.push_back(span(part));
        Cursor inside(part);
        if (part.kind == NodeKind::machine_edge) {
            machine.edges.push_back(machine_edge(part));
            continue;
        }
        std::vector<Name>& states =
            part.kind == NodeKind::machine_start ? machine.start : machine.accept;
        for (const Name& state : names(inside))
            states.push_back(state);
    }
    return machine;
}

MachineEdge Builder::machine_edge(const Node& node) {
    Cursor cursor(node);
    MachineEdge edge;
    edge.span = span(node);
    edge.from = name(cursor.take());
    while (const Node* event = cursor.take_if(NodeKind::stream))
        edge.events.push_back(stream(*event));
    edge.to = name(cursor.take());
    return edge;
}

TestDeclaration Builder::test(const Node& node) {
    Cursor cursor(node);
    TestDeclaration test;
    test.name = string(cursor.take());
    if (const Node* tagged = cursor.take_if(NodeKind::tags)) {
        Cursor inside(*tagged);
        test.tags = names(inside);
    }
    test.body = statements(cursor);
    return test;
}

} // namespace kps::syntax
