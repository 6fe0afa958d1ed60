#pragma once

#include "grammar/node.hpp"
#include "grammar/scan.hpp"

#include <string_view>
#include <vector>

namespace kps::grammar {

/// Brackets, casts, ternaries and blocks within each other.
inline constexpr unsigned max_depth = 100;

struct CommentRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

/// The state of one parse. Rules whose meaning depends on where they stand read it.
struct Context {
    std::string_view text;
    NodeStack nodes;
    std::vector<CommentRange> comments; ///< ascending
    std::vector<std::uint32_t> open_braces;

    bool in_fields = false;   ///< every word but `else` is a name
    bool abandoned = false;   ///< recovery met what cannot stand in the block being read
    unsigned depth = 0;       ///< of brackets, casts, ternaries and blocks
    std::size_t error_at = 0; ///< of the last mistake: where recovery starts

    std::size_t token_end = 0;  ///< of the last token, before the blanks behind it
    std::size_t blanks_end = 0; ///< behind those blanks

    /// Skips blanks and comments, keeps the comments, and returns the offset behind them.
    std::size_t skip_blanks(std::size_t at);
    /// The end of what was read when the next token starts at `at`, without the blanks before it.
    [[nodiscard]] std::size_t end_before(std::size_t at) const;
};

/// A mistake that was reported; the nearest `recovering` rule goes on behind it.
struct Mistake {};
/// A mistake after which the rest of the file is not read.
struct HopelessMistake {};

} // namespace kps::grammar
