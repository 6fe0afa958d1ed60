#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "compiler/syntax/ast.hpp"
#include "compiler/syntax/cursor.hpp"

namespace kps::syntax {

/// Makes the syntax tree of one file from its flat nodes. `build_*.cpp` hold one part of the
/// language each.
class Builder {
public:
    Builder(std::string_view text, File& file, diag::Sink& sink)
        : text_(text), file_(file), sink_(sink) {}

    /// Appends the declarations that `nodes` are to those of the file, which may have been emptied
    /// since.
    void build(std::span<const grammar::Node> nodes);

private:
    using Node = grammar::Node;
    using NodeKind = grammar::NodeKind;

    // build_expressions.cpp
    ExprId expression(Cursor& cursor);
    ExprId operation(const Node& node);
    ExprId binary(Cursor& cursor, int lowest);
    ExprId range(ExprId value, const Node& node);
    ExprId operand(Cursor& cursor);
    ExprId primary(Cursor& cursor);
    ExprId parenthesis(const Node& node);
    ExprId postfix(ExprId base, const Node& node);
    ExprId prefix(const Node& node, ExprId operand);
    ExprId number(const Node& node);
    CType c_type(const Node& cast);
    std::vector<ExprId> arguments(const Node& node);
    static BinaryOperator comparison_operator(std::string_view sign);
    void check_chain(const Cursor& cursor, bool is_comparison);
    template <class T, class... Parts>
    ExprId add(T node, Span span, Parts... parts);

    // build_points.cpp
    std::vector<Field> fields(Cursor& cursor);
    Field field(const Node& node);
    FieldType field_type(const Node& node);
    SymbolName symbol_name(const Node& node);
    Point point(const Node& node);
    Point point_of_function(const Node& node);
    [[nodiscard]] static bool is_point(const Cursor& cursor);

    // build_expectations.cpp
    Path path(const Node& node);
    Stream stream(const Node& node);
    Rare<Stream> optional_stream(Cursor& cursor, NodeKind kind);
    Key key(const Node& node);
    std::optional<Key> optional_key(Cursor& cursor);
    std::optional<ExprId> optional_value(Cursor& cursor, NodeKind kind);
    Comparison comparison(const Node& node);
    Expectation expectation(const Node& statement);
    decltype(Expectation::node) expectation_form(const Node& node);
    decltype(Expectation::node) exists(const Node& node, bool some);
    decltype(Expectation::node) aggregate(const Node& node);
    decltype(Expectation::node) order(const Node& node);
    ExpectThen then_chain(Stream first, Cursor& cursor);
    Rare<ScopeClause> scope_clause(Cursor& cursor);

    // build_statements.cpp
    Requires requires_condition(const Node& node);
    KernelVersion kernel_version(const Node& node);
    RequiresArch architectures(const Node& node);
    std::vector<StatementId> statements(Cursor& cursor);
    decltype(Statement::node) statement(const Node& node);
    RunStatement run(const Node& node);
    ScopeStatement scope(const Node& node);
    OnStatement on(const Node& node);
    ShowStatement show(const Node& node);
    Text command(Cursor& cursor);

    // build_declarations.cpp
    std::vector<DeclarationId> declarations(Cursor& cursor);
    decltype(Declaration::node) declaration(const Node& node);
    ImportDeclaration import(const Node& node);
    ProbeDeclaration probe(const Node& node);
    CallDeclaration call(const Node& node);
    void call_side(const Node& node, CallDeclaration& call);
    SpanDeclaration span_of_hits(const Node& node);
    MachineDeclaration machine(const Node& node);
    MachineEdge machine_edge(const Node& node);
    TestDeclaration test(const Node& node);
    std::optional<Name> optional_alias(Cursor& cursor);

    // builder.cpp
    [[nodiscard]] Span span(const Node& node) const { return {file_.source, node.begin, node.end}; }
    [[nodiscard]] Span span_of(ExprId id) const { return file_.exprs[id].span; }
    [[nodiscard]] std::string_view text(const Node& node) const {
        return text_.substr(node.begin, node.end - node.begin);
    }
    Name name(const Node& node) const;
    std::vector<Name> names(Cursor& cursor) const;
    Text string(const Node& node);
    void report_twice(std::string_view clause, const Node& node);

    std::string_view text_;
    File& file_;
    diag::Sink& sink_;
    std::vector<std::uint16_t> depths_; ///< of each expression
};

} // namespace kps::syntax
