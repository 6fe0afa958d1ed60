#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace kps::sema {

/// Which file imports which, by number.
struct ImportGraph {
    std::size_t files = 0;
    std::vector<std::pair<std::size_t, std::size_t>> edges; ///< importing, imported
};

/// One cycle as indexes into `edges`, each edge beginning where the one before ends; empty if there
/// is none.
std::vector<std::size_t> find_cycle(const ImportGraph& graph);

/// Every file after those that it imports. There must be no cycle.
std::vector<std::size_t> dependency_order(const ImportGraph& graph);

} // namespace kps::sema
