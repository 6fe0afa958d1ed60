#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "grammar/context.hpp"

namespace kps::syntax {

/// A parse before it becomes syntax: the nodes of what was understood and the comments.
struct FlatTree {
    std::vector<grammar::Node> nodes;
    std::vector<grammar::CommentRange> comments;
};

/// Reads `text` by the grammar. Mistakes go to `sink`; the items that hold them leave no nodes.
FlatTree read_flat(std::string_view text, SourceId source, diag::Sink& sink);

} // namespace kps::syntax
