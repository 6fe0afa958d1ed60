#include "compiler/semantics/machine_states.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/semantics/graph.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

class States {
public:
    States(const syntax::MachineDeclaration& declared, diag::Sink& sink)
        : declared_(declared), sink_(sink) {
        for (const syntax::MachineEdge& edge : declared.edges) {
            const std::size_t from = state(edge.from);
            graph_.edges.emplace_back(from, state(edge.to));
        }
        graph_.nodes = names_.size();
    }

    std::optional<Machine> check() {
        const auto start = the_start();
        const std::vector<std::size_t> ends = accepted();
        if (!start || !good_) return std::nullopt;
        check_ways(*start, ends);
        if (!good_) return std::nullopt;
        Machine machine{std::string(declared_.name.text), {}, 0, {}, {}, {}};
        for (const syntax::Name& name : names_)
            machine.states.emplace_back(name.text);
        machine.start = static_cast<std::uint32_t>(*start);
        machine.accepts.resize(names_.size());
        for (const std::size_t end : ends)
            machine.accepts[end] = true;
        return machine;
    }

private:
    std::size_t state(const syntax::Name& name) {
        const auto known = std::ranges::find(names_, name.text, &syntax::Name::text);
        const auto index = static_cast<std::size_t>(known - names_.begin());
        if (known == names_.end()) names_.push_back(name);
        return index;
    }

    std::optional<std::size_t> known(const syntax::Name& name) {
        const auto found = std::ranges::find(names_, name.text, &syntax::Name::text);
        if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
        std::vector<std::string_view> candidates;
        for (const syntax::Name& other : names_)
            candidates.push_back(other.text);
        sink_.report(diag::unknown_state, name.span, declared_.name.text, name.text)
            .did_you_mean(nearest_names(name.text, candidates));
        good_ = false;
        return std::nullopt;
    }

    std::optional<std::size_t> the_start() {
        if (declared_.start.size() == 1) return known(declared_.start.front());
        good_ = false;
        if (declared_.start.empty())
            sink_.report(diag::machine_start, declared_.name.span, declared_.name.text, "no state")
                .help("say where each key begins: `start STATE`");
        else
            sink_
                .report(diag::machine_start, declared_.start[1].span, declared_.name.text,
                        "several states")
                .note(declared_.start[0].span, "the first is here");
        return std::nullopt;
    }

    std::vector<std::size_t> accepted() {
        std::vector<std::size_t> states;
        for (const syntax::Name& name : declared_.accept)
            if (const auto state = known(name)) states.push_back(*state);
        if (declared_.accept.empty()) {
            sink_.report(diag::machine_without_accept, declared_.name.span, declared_.name.text)
                .help("say where each key may end: `accept STATE`");
            good_ = false;
        }
        return states;
    }

    void check_ways(std::size_t start, const std::vector<std::size_t>& ends) {
        DirectedGraph back{graph_.nodes, {}};
        for (const auto& [from, to] : graph_.edges)
            back.edges.emplace_back(to, from);
        const std::vector<bool> is_reached = reachable(graph_, {start});
        const std::vector<bool> can_end = reachable(back, ends);
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (!is_reached[i])
                sink_.report(diag::unreachable_state, names_[i].span, names_[i].text,
                             names_[start].text);
            else if (!can_end[i])
                sink_.report(diag::endless_state, names_[i].span, names_[i].text);
            good_ &= is_reached[i] && can_end[i];
        }
    }

    const syntax::MachineDeclaration& declared_;
    diag::Sink& sink_;
    std::vector<syntax::Name> names_; ///< where each is first named by an edge
    DirectedGraph graph_;
    bool good_ = true;
};

} // namespace

std::optional<Machine> states_of(const syntax::MachineDeclaration& declared, diag::Sink& sink) {
    return States(declared, sink).check();
}

} // namespace kps::sema
