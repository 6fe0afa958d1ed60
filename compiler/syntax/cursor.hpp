#pragma once

#include "grammar/node.hpp"

#include <cassert>

namespace kps::syntax {

/// Walks over sibling nodes.
class Cursor {
public:
    /// The children of `node`.
    explicit Cursor(const grammar::Node& node) : at_(&node + 1), end_(&node + node.size) {}
    Cursor(const grammar::Node* begin, const grammar::Node* end) : at_(begin), end_(end) {}

    [[nodiscard]] bool done() const { return at_ == end_; }
    [[nodiscard]] bool is(grammar::NodeKind kind) const { return !done() && at_->kind == kind; }
    [[nodiscard]] const grammar::Node& peek() const { return *at_; }

    const grammar::Node& take() {
        assert(!done());
        const grammar::Node& node = *at_;
        at_ += node.size;
        return node;
    }
    /// The next node if it is of `kind`, else null.
    const grammar::Node* take_if(grammar::NodeKind kind) { return is(kind) ? &take() : nullptr; }

private:
    const grammar::Node* at_;
    const grammar::Node* end_;
};

} // namespace kps::syntax
