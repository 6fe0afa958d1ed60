#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace kps::sema {

/// Which of some numbered things needs which, files by import and streams by the orders of a test,
/// or leads to which, as states do.
struct DirectedGraph {
    std::size_t nodes = 0;
    std::vector<std::pair<std::size_t, std::size_t>> edges; ///< what needs, what is needed
};

/// One cycle as indexes into `edges`, each edge beginning where the one before ends; empty if there
/// is none.
std::vector<std::size_t> find_cycle(const DirectedGraph& graph);

/// Every node after those that it needs. There must be no cycle.
std::vector<std::size_t> dependency_order(const DirectedGraph& graph);

/// For each node whether a way along edges leads to it from one of `from`, which count too.
std::vector<bool> reachable(const DirectedGraph& graph, const std::vector<std::size_t>& from);

} // namespace kps::sema
