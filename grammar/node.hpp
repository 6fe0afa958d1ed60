#pragma once

#include <cstdint>

/// What a parse leaves behind, without PEGTL.
namespace kps::grammar {

enum class NodeKind : std::uint8_t {
    none,
#define NODE(kind) kind,
#include "grammar/node_kind.def"
#undef NODE
};

/// Nodes lie in one sequence, each before its children; `size` counts it and all below it. The
/// bytes `[begin, end)` hold neither blanks nor comments at their ends.
struct Node {
    NodeKind kind = NodeKind::none;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t size = 1;
};

} // namespace kps::grammar
