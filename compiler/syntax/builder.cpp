#include "compiler/syntax/builder.hpp"

#include "compiler/diagnostics/messages.hpp"
#include "compiler/syntax/literals.hpp"

namespace kps::syntax {

void Builder::build(std::span<const Node> nodes) {
    depths_.resize(file_.exprs.size());
    Cursor cursor(nodes.data(), nodes.data() + nodes.size());
    for (const DeclarationId id : declarations(cursor))
        file_.declarations.push_back(id);
}

Name Builder::name(const Node& node) const {
    std::string_view word = text(node);
    if (word.starts_with('`')) word = word.substr(1, word.size() - 2);
    return {word, span(node)};
}

std::vector<Name> Builder::names(Cursor& cursor) const {
    std::vector<Name> names;
    while (const Node* node = cursor.take_if(NodeKind::name))
        names.push_back(name(*node));
    return names;
}

Text Builder::string(const Node& node) {
    return {read_string(text(node), span(node), sink_), span(node)};
}

void Builder::report_twice(std::string_view clause, const Node& node) {
    sink_.report(diag::clause_twice, span(node), clause);
}

} // namespace kps::syntax
