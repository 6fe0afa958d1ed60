#include "compiler/syntax/builder.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/diagnostics/messages.hpp"

#include <algorithm>

namespace kps::syntax {

namespace {

constexpr std::string_view measures[] = {"max",   "mean", "min", "p50",    "p90",     "p99",
                                         "p99.9", "rate", "sum", "stddev", "distinct"};

} // namespace

Path Builder::path(const Node& node) {
    Path path;
    path.span = span(node);
    for (Cursor cursor(node); !cursor.done();) {
        const Node& part = cursor.take();
        path.parts.push_back(name(part.kind == NodeKind::dot ? *(&part + 1) : part));
    }
    return path;
}

Stream Builder::stream(const Node& node) {
    Cursor cursor(node);
    Stream stream;
    stream.span = span(node);
    stream.name = path(cursor.take());
    if (!cursor.done()) stream.where = operation(cursor.take());
    return stream;
}

Rare<Stream> Builder::optional_stream(Cursor& cursor, NodeKind kind) {
    const Node* node = cursor.take_if(kind);
    if (node == nullptr) return {};
    return stream(*(node + 1));
}

Key Builder::key(const Node& node) {
    Cursor cursor(node);
    return {names(cursor), span(node)};
}

std::optional<Key> Builder::optional_key(Cursor& cursor) {
    const Node* node = cursor.take_if(NodeKind::key);
    if (node == nullptr) return std::nullopt;
    return key(*node);
}

std::optional<ExprId> Builder::optional_value(Cursor& cursor, NodeKind kind) {
    const Node* node = cursor.take_if(kind);
    if (node == nullptr) return std::nullopt;
    return operation(*(node + 1));
}

Comparison Builder::comparison(const Node& node) {
    Cursor cursor(node);
    Comparison comparison;
    comparison.span = span(node);
    const Node& first = cursor.take();
    if (first.kind == NodeKind::range) {
        Cursor ends(first);
        comparison.value = operation(ends.take());
        comparison.high = operation(ends.take());
    } else {
        comparison.op = comparison_operator(text(first));
        comparison.value = operation(cursor.take());
    }
    return comparison;
}

Expectation Builder::expectation(const Node& statement) {
    Cursor cursor(statement);
    Expectation expectation;
    expectation.span = span(statement);
    expectation.node = expectation_form(cursor.take());
    expectation.scope = scope_clause(cursor);
    if (const Node* allowed = cursor.take_if(NodeKind::allow_tainted))
        expectation.allow_tainted = number(*(allowed + 1));
    return expectation;
}

decltype(Expectation::node) Builder::expectation_form(const Node& node) {
    Cursor cursor(node);
    switch (node.kind) {
    case NodeKind::expect_some: return exists(node, true);
    case NodeKind::expect_no: return exists(node, false);
    case NodeKind::expect_no_overlap: {
        Stream span = stream(cursor.take());
        return ExpectNoOverlap{std::move(span), optional_key(cursor)};
    }
    case NodeKind::expect_no_gap: {
        Stream recurring = stream(cursor.take());
        return ExpectNoGap{std::move(recurring), operation(cursor.take())};
    }
    case NodeKind::expect_every: {
        Stream each = stream(cursor.take());
        const bool if_any = cursor.take_if(NodeKind::if_any) != nullptr;
        return ExpectEvery{std::move(each), if_any, operation(cursor.take())};
    }
    case NodeKind::expect_count: {
        Stream counted = stream(cursor.take());
        const Comparison bound = comparison(cursor.take());
        return ExpectCount{std::move(counted), bound, optional_key(cursor)};
    }
    case NodeKind::expect_aggregate: return aggregate(node);
    default: return order(node);
    }
}

decltype(Expectation::node) Builder::exists(const Node& node, bool some) {
    Cursor cursor(node);
    ExpectExists expect;
    expect.some = some;
    expect.stream = stream(cursor.take());
    expect.during = optional_stream(cursor, NodeKind::during);
    expect.by = optional_key(cursor);
    return expect;
}

decltype(Expectation::node) Builder::aggregate(const Node& node) {
    Cursor cursor(node);
    const Name function = name(cursor.take());
    if (function.text == "hist")
        sink_.report(diag::unknown_measure, function.span, function.text)
            .help("a histogram is only shown: `show hist(...)`");
    else if (std::ranges::find(measures, function.text) == std::end(measures))
        sink_.report(diag::unknown_measure, function.span, function.text)
            .did_you_mean(nearest_names(function.text, measures, 1))
            .help(
                "the measures are `count min max mean sum stddev p50 p90 p99 p99.9 rate distinct`");
    Stream measured = stream(cursor.take());
    const Comparison bound = comparison(cursor.take());
    return ExpectAggregate{function, std::move(measured), bound, optional_key(cursor)};
}

decltype(Expectation::node) Builder::order(const Node& node) {
    Cursor cursor(node);
    Stream first = stream(cursor.take());
    if (cursor.is(NodeKind::then_step)) return then_chain(std::move(first), cursor);
    const Node& relation = cursor.take();
    Cursor inside(relation);
    if (relation.kind == NodeKind::follows)
        return ExpectFollows{std::move(first), path(inside.take())};
    Stream second = stream(inside.take());
    if (relation.kind == NodeKind::paired_with)
        return ExpectPaired{std::move(first), std::move(second), optional_key(inside)};
    ExpectOnlyAfter expect{std::move(first), std::move(second), {}, {}};
    expect.by = optional_key(inside);
    expect.within = optional_value(inside, NodeKind::within);
    if (!expect.by) expect.by = optional_key(inside);
    return expect;
}

ExpectThen Builder::then_chain(Stream first, Cursor& cursor) {
    ExpectThen expect;
    expect.steps.push_back(std::move(first));
    while (Rare<Stream> step = optional_stream(cursor, NodeKind::then_step))
        expect.steps.push_back(std::move(*step));
    expect.by = optional_key(cursor);
    expect.within = optional_value(cursor, NodeKind::within);
    if (!expect.by) expect.by = optional_key(cursor);
    return expect;
}

Rare<ScopeClause> Builder::scope_clause(Cursor& cursor) {
    if (cursor.done() || cursor.is(NodeKind::allow_tainted)) return {};
    const Node& node = cursor.take();
    Cursor inside(node);
    ScopeClause clause;
    clause.first = stream(inside.take());
    if (!inside.done()) clause.second = stream(inside.take());
    if (node.kind == NodeKind::scope_before)
        clause.kind = ScopeKind::before;
    else if (node.kind == NodeKind::scope_between)
        clause.kind = ScopeKind::between;
    else if (clause.second)
        clause.kind = ScopeKind::after_until;
    return clause;
}

} // namespace kps::syntax
