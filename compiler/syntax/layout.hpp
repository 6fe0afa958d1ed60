#pragma once

#include "compiler/base/source.hpp"
#include "compiler/syntax/token_printer.hpp"

#include <vector>

namespace kps::syntax {

/// The formatted text as it grows: indentation, blank lines and comments. Items are put in the
/// order of the source, each between `lead` and `trail`; offsets are those of the source.
class Layout {
public:
    Layout(std::string_view text, const std::vector<Span>& comments);

    /// What comes before the item at `begin`: comments on lines of their own, at most one blank
    /// line where the author had any, and the indentation.
    void lead(std::size_t begin, std::size_t indent);
    /// Ends the line of an item, with the comment that stands behind it on its last line.
    void trail(std::size_t end);
    /// Sets the `{` at `brace` and ends the line.
    void open(std::size_t brace);
    /// Ends the block whose `}` is at `brace`: its last comments and the `}`.
    void close(std::size_t brace, std::size_t indent);
    /// The comments behind the last item, and the end of the text.
    std::string finish();

    void put(std::string_view words) { out_ += words; }
    /// `words`, with `blanks` before it.
    void put_padded(std::string_view words, std::size_t blanks);
    std::size_t tokens(std::size_t begin, std::size_t end, const TokenStyle& style);

    [[nodiscard]] std::string_view text(Span span) const;
    /// In columns, a code point each.
    [[nodiscard]] std::size_t width(Span span) const;
    [[nodiscard]] bool has_blank_line(std::size_t begin, std::size_t end) const;
    [[nodiscard]] bool has_comment(std::size_t begin, std::size_t end) const;

private:
    /// A line whose comment is set once its column is known.
    struct Line {
        std::size_t end = 0; ///< in `out_`
        std::string_view comment;
    };

    void own_comments(std::size_t end, std::size_t indent);
    void blank_line(std::size_t begin);
    void end_line(std::size_t end, std::string_view separators);
    void align_comments();
    [[nodiscard]] std::string_view comment_text(Span comment) const;

    std::string_view text_;
    const std::vector<Span>& comments_;
    std::size_t next_comment_ = 0;
    std::size_t last_end_ = 0; ///< of what was put last, in the source
    bool block_start_ = true;  ///< nothing was put into the block yet
    std::vector<Line> lines_;  ///< the last lines of `out_`, each with a comment
    std::string out_;
};

} // namespace kps::syntax
