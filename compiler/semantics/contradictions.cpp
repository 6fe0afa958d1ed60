#include "compiler/semantics/contradictions.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/graph.hpp"

namespace kps::sema {

namespace {

/// Which hits need which others, and the expectation that says so.
class Orders {
public:
    explicit Orders(const Context& context) : context_(context) {}

    void add(const StreamUse& needs, const StreamUse& needed, const Expectation& expectation) {
        graph_.edges.emplace_back(node(needs), node(needed));
        origins_.push_back(&expectation);
        graph_.nodes = names_.size();
    }

    /// `how`: what a hit needs of the next in the circle.
    void report_cycle(std::string_view how) const {
        const std::vector<std::size_t> cycle = find_cycle(graph_);
        if (cycle.empty()) return;
        std::string way;
        for (const std::size_t edge : cycle)
            way += "`" + names_[graph_.edges[edge].first] + "` -> ";
        way += "`" + names_[graph_.edges[cycle.front()].first] + "`";
        auto report =
            context_.sink.report(diag::contradicting_orders, origins_[cycle.front()]->span, way);
        for (std::size_t i = 1; i < cycle.size(); ++i)
            report.note(origins_[cycle[i]]->span, "and this one");
        report.remark(std::string(how));
    }

private:
    std::size_t node(const StreamUse& use) {
        std::string meaning = std::to_string(use.stream.value);
        for (const ExprId condition : use.where)
            meaning += "; " + dump(context_.out, condition);
        const auto [known, is_new] = numbers_.try_emplace(meaning, names_.size());
        if (is_new) names_.push_back(use.text);
        return known->second;
    }

    const Context& context_;
    DirectedGraph graph_;
    std::vector<const Expectation*> origins_; ///< of the edges
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::string> names_;
};

} // namespace

void check_orders(const Context& context, const Test& test) {
    Orders later(context);
    Orders earlier(context);
    for (const Expectation& expectation : test.expectations) {
        if (expectation.known_failure || expectation.scope) continue;
        std::visit(Overloaded{
                       [&](const ExpectThen& e) {
                           for (std::size_t i = 1; i < e.steps.size(); ++i)
                               later.add(e.steps.front(), e.steps[i], expectation);
                       },
                       [&](const ExpectOnlyAfter& e) {
                           earlier.add(e.subject.use, e.earlier.use, expectation);
                       },
                       [&](const ExpectPaired& e) {
                           later.add(e.opener.use, e.closer.use, expectation);
                           earlier.add(e.closer.use, e.opener.use, expectation);
                       },
                       [](const auto&) {},
                   },
                   expectation.node);
    }
    later.report_cycle("each of them needs a later one, so the last of a run has none");
    earlier.report_cycle("each of them needs an earlier one, so the first of a run has none");
}

} // namespace kps::sema
