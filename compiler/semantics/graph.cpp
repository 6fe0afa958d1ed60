#include "compiler/semantics/graph.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>

namespace kps::sema {

namespace {

struct EdgeNumber {
    std::size_t number = 0;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                                    EdgeNumber>;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

Graph build(const DirectedGraph& plain) {
    Graph graph(plain.nodes);
    for (std::size_t i = 0; i < plain.edges.size(); ++i)
        add_edge(plain.edges[i].first, plain.edges[i].second, EdgeNumber{i}, graph);
    return graph;
}

/// Keeps the tree edges that lead to each vertex; the first back edge closes a cycle over them.
struct CycleFinder : boost::default_dfs_visitor {
    std::vector<Edge>* into;
    std::vector<std::size_t>* cycle;

    void tree_edge(Edge edge, const Graph& graph) { (*into)[target(edge, graph)] = edge; }
    void back_edge(Edge edge, const Graph& graph) {
        if (!cycle->empty()) return;
        cycle->push_back(graph[edge].number);
        for (auto at = source(edge, graph); at != target(edge, graph);) {
            cycle->push_back(graph[(*into)[at]].number);
            at = source((*into)[at], graph);
        }
        std::ranges::reverse(*cycle);
    }
};

} // namespace

std::vector<std::size_t> find_cycle(const DirectedGraph& plain) {
    const Graph graph = build(plain);
    std::vector<Edge> into(plain.nodes);
    std::vector<std::size_t> cycle;
    CycleFinder finder;
    finder.into = &into;
    finder.cycle = &cycle;
    depth_first_search(graph, boost::visitor(finder));
    return cycle;
}

std::vector<std::size_t> dependency_order(const DirectedGraph& plain) {
    std::vector<std::size_t> order;
    const Graph graph = build(plain);
    topological_sort(graph, std::back_inserter(order));
    return order;
}

std::vector<bool> reachable(const DirectedGraph& plain, const std::vector<std::size_t>& from) {
    const Graph graph = build(plain);
    std::vector<boost::default_color_type> colours(plain.nodes);
    const auto by_node =
        make_iterator_property_map(colours.begin(), get(boost::vertex_index, graph));
    for (const std::size_t node : from)
        if (colours[node] == boost::white_color)
            depth_first_visit(graph, node, boost::default_dfs_visitor(), by_node);
    std::vector<bool> reached;
    for (const auto colour : colours)
        reached.push_back(colour != boost::white_color);
    return reached;
}

} // namespace kps::sema
