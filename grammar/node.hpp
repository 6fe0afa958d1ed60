#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

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

/// A vector of nodes whose `push` is cheap: one is pushed for each alternative that is tried.
class NodeStack {
public:
    /// Field by field: a node put together elsewhere and copied as a whole costs several times
    /// that.
    void push(NodeKind kind, std::uint32_t begin, std::uint32_t end) {
        if (size_ == nodes_.size()) [[unlikely]]
            nodes_.resize(2 * size_ + 256);
        Node& node = nodes_[size_++];
        node.kind = kind;
        node.begin = begin;
        node.end = end;
        node.size = 1;
    }
    void truncate(std::size_t size) { size_ = size; }
    [[nodiscard]] std::size_t size() const { return size_; }
    Node& operator[](std::size_t at) { return nodes_[at]; }
    [[nodiscard]] std::span<const Node> all() const { return {nodes_.data(), size_}; }

private:
    std::vector<Node> nodes_;
    std::size_t size_ = 0;
};

} // namespace kps::grammar
