#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "grammar/context.hpp"

#include <functional>

namespace kps::syntax {

/// Takes the nodes of one declaration, which are gone afterwards, and all comments so far,
/// ascending.
using TakeNodes =
    std::function<void(std::span<const grammar::Node>, std::span<const grammar::CommentRange>)>;

/// Reads `text` by the grammar and hands out each declaration of its top level; at the end no
/// nodes, but the last comments. Mistakes go to `sink`; the items that hold them leave no nodes.
void read_flat(std::string_view text, SourceId source, diag::Sink& sink, const TakeNodes& take);

} // namespace kps::syntax
