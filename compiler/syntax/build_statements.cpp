#include "compiler/syntax/builder.hpp"

#include "compiler/syntax/literals.hpp"

namespace kps::syntax {

Requires Builder::requires_condition(const Node& node) {
    Cursor cursor(node);
    const Node& condition = cursor.take();
    Cursor inside(condition);
    switch (condition.kind) {
    case NodeKind::requires_kernel: return {RequiresKernel{kernel_version(condition)}, span(node)};
    case NodeKind::requires_config: return {RequiresConfig{name(inside.take())}, span(node)};
    case NodeKind::requires_symbol: return {RequiresSymbol{symbol_name(inside.take())}, span(node)};
    case NodeKind::requires_feature: return {RequiresFeature{name(inside.take())}, span(node)};
    default: return {architectures(condition), span(node)};
    }
}

KernelVersion Builder::kernel_version(const Node& node) {
    Cursor cursor(node);
    const Node& op = cursor.take();
    return {comparison_operator(text(op)), text(cursor.take()), span(node)};
}

RequiresArch Builder::architectures(const Node& node) {
    Cursor cursor(node);
    return {names(cursor)};
}

std::vector<StatementId> Builder::statements(Cursor& cursor) {
    std::vector<StatementId> ids;
    while (!cursor.done()) {
        const Node& node = cursor.take();
        auto made = statement(node);
        ids.push_back(file_.statements.add(Statement{std::move(made), span(node)}));
    }
    return ids;
}

decltype(Statement::node) Builder::statement(const Node& node) {
    Cursor cursor(node);
    switch (node.kind) {
    case NodeKind::run_statement: return run(node);
    case NodeKind::background_statement: return BackgroundStatement{command(cursor)};
    case NodeKind::watch_statement: return WatchStatement{operation(cursor.take())};
    case NodeKind::setup_statement: return SetupStatement{command(cursor)};
    case NodeKind::cleanup_statement: return CleanupStatement{command(cursor)};
    case NodeKind::scope_statement: return scope(node);
    case NodeKind::let_statement: {
        const Name let = name(cursor.take());
        return LetStatement{let, stream(cursor.take())};
    }
    case NodeKind::requires_condition: return RequiresStatement{requires_condition(node)};
    case NodeKind::on_statement: return on(node);
    case NodeKind::expect_statement: return ExpectStatement{expectation(node)};
    case NodeKind::known_failure: {
        Text reason = string(cursor.take());
        return KnownFailureStatement{std::move(reason), statements(cursor)};
    }
    case NodeKind::witness_statement: return WitnessStatement{stream(cursor.take())};
    default: return show(node);
    }
}

Text Builder::command(Cursor& cursor) {
    const Node& node = cursor.take();
    if (node.kind == NodeKind::shell_block) return {read_shell_block(text(node)), span(node)};
    return string(node);
}

RunStatement Builder::run(const Node& node) {
    Cursor cursor(node);
    RunStatement run;
    run.is_block = cursor.is(NodeKind::shell_block);
    run.command = command(cursor);
    while (!cursor.done()) {
        const Node& clause = cursor.take();
        const Node& inside = *(&clause + 1);
        if (clause.kind == NodeKind::run_user) {
            if (run.user) report_twice("as", clause);
            run.user = name(inside);
        } else if (clause.kind == NodeKind::run_exits) {
            if (run.exits) report_twice("exits", clause);
            run.exits = operation(inside);
        } else {
            if (run.within) report_twice("within", clause);
            run.within = operation(inside);
        }
    }
    return run;
}

ScopeStatement Builder::scope(const Node& node) {
    Cursor cursor(node);
    if (cursor.is(NodeKind::workload)) return {HitScope::workload, std::nullopt};
    if (cursor.is(NodeKind::system_scope)) return {HitScope::system, std::nullopt};
    return {HitScope::cgroup, string(cursor.take())};
}

OnStatement Builder::on(const Node& node) {
    Cursor cursor(node);
    const Node& condition = cursor.take();
    OnStatement on;
    if (condition.kind == NodeKind::requires_kernel)
        on.condition = RequiresKernel{kernel_version(condition)};
    else
        on.condition = architectures(condition);
    on.body = statements(cursor);
    return on;
}

ShowStatement Builder::show(const Node& node) {
    Cursor cursor(node);
    ShowStatement show;
    if (node.kind == NodeKind::show_top) {
        show.kind = ShowKind::top;
        show.top = number(cursor.take());
    } else if (node.kind == NodeKind::show_hist) {
        show.kind = ShowKind::hist;
    }
    show.stream = stream(cursor.take());
    show.by = optional_key(cursor);
    return show;
}

} // namespace kps::syntax
