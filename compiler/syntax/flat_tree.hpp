#pragma once

#include "compiler/diagnostics/sink.hpp"
#include "grammar/context.hpp"

#include <functional>

namespace kps::syntax {

/// Takes the nodes of one declaration; they are gone afterwards.
using TakeDeclaration = std::function<void(std::span<const grammar::Node>)>;

/// Reads `text` by the grammar and hands out each declaration of its top level. Mistakes go to
/// `sink`; the items that hold them leave no nodes. Returns the comments, ascending.
std::vector<grammar::CommentRange> read_flat(std::string_view text, SourceId source,
                                             diag::Sink& sink, const TakeDeclaration& take);

} // namespace kps::syntax
