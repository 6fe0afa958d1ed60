#include "compiler/syntax/layout.hpp"

#include <algorithm>

namespace kps::syntax {

namespace {

std::size_t columns(std::string_view text) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues));
}

constexpr std::string_view blanks = " \t\r";

} // namespace

Layout::Layout(std::string_view text, const std::vector<Span>& comments)
    : text_(text), comments_(comments) {
    out_.reserve(text.size() + text.size() / 4);
}

void Layout::lead(std::size_t begin, std::size_t indent) {
    own_comments(begin, indent);
    blank_line(begin);
    out_.append(indent, ' ');
}

void Layout::trail(std::size_t end) {
    end_line(end, " \t\r;");
}

void Layout::open(std::size_t brace) {
    if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n') out_ += ' ';
    out_ += '{';
    align_comments();
    end_line(brace + 1, blanks);
    align_comments();
    block_start_ = true;
}

void Layout::close(std::size_t brace, std::size_t indent) {
    own_comments(brace, indent + 4);
    align_comments();
    if (block_start_ && out_.ends_with("{\n"))
        out_.pop_back();
    else
        out_.append(indent, ' ');
    out_ += '}';
    block_start_ = false;
}

std::string Layout::finish() {
    own_comments(text_.size(), 0);
    align_comments();
    return std::move(out_);
}

void Layout::put_padded(std::string_view words, std::size_t blanks_before) {
    out_.append(blanks_before, ' ');
    out_ += words;
}

std::size_t Layout::tokens(std::size_t begin, std::size_t end, const TokenStyle& style) {
    return print_tokens(text_, begin, end, style, out_);
}

std::string_view Layout::text(Span span) const {
    return text_.substr(span.begin, span.end - span.begin);
}

std::size_t Layout::width(Span span) const {
    return columns(text(span));
}

bool Layout::has_blank_line(std::size_t begin, std::size_t end) const {
    bool line_is_blank = false;
    for (const char c : text_.substr(begin, end - begin)) {
        if (c == '\n' && line_is_blank) return true;
        if (c == '\n')
            line_is_blank = true;
        else if (blanks.find(c) == std::string_view::npos)
            line_is_blank = false;
    }
    return false;
}

bool Layout::has_comment(std::size_t begin, std::size_t end) const {
    const auto first = comments_.begin() + static_cast<std::ptrdiff_t>(next_comment_);
    const auto found = std::lower_bound(first, comments_.end(), begin,
                                        [](Span comment, auto at) { return comment.begin < at; });
    return found != comments_.end() && found->begin < end;
}

/// Comments before `end`, each on a line of its own.
void Layout::own_comments(std::size_t end, std::size_t indent) {
    for (; next_comment_ < comments_.size() && comments_[next_comment_].begin < end;
         ++next_comment_) {
        const Span comment = comments_[next_comment_];
        align_comments();
        blank_line(comment.begin);
        out_.append(indent, ' ');
        out_ += comment_text(comment);
        out_ += '\n';
        last_end_ = comment.end;
    }
}

void Layout::blank_line(std::size_t begin) {
    if (!block_start_ && has_blank_line(last_end_, begin)) {
        align_comments();
        out_ += '\n';
    }
    block_start_ = false;
}

void Layout::end_line(std::size_t end, std::string_view separators) {
    while (next_comment_ < comments_.size() && comments_[next_comment_].begin < end)
        ++next_comment_;
    last_end_ = end;
    const std::size_t behind = text_.find_first_not_of(separators, end);
    if (next_comment_ < comments_.size() && comments_[next_comment_].begin == behind) {
        const Span comment = comments_[next_comment_++];
        lines_.push_back({out_.size(), comment_text(comment)});
        last_end_ = comment.end;
    } else {
        align_comments();
    }
    out_ += '\n';
}

/// Sets the comments of the last lines in one column.
void Layout::align_comments() {
    if (lines_.empty()) return;
    std::vector<std::size_t> widths;
    for (const Line& line : lines_) {
        const std::size_t begin = out_.rfind('\n', line.end == 0 ? 0 : line.end - 1) + 1;
        widths.push_back(columns(std::string_view(out_).substr(begin, line.end - begin)));
    }
    const std::size_t column = *std::ranges::max_element(widths) + 2;
    const std::size_t first = lines_[0].end;
    const std::string tail = out_.substr(first);
    out_.resize(first);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        out_.append(column - widths[i], ' ');
        out_ += lines_[i].comment;
        const std::size_t next = i + 1 < lines_.size() ? lines_[i + 1].end : first + tail.size();
        out_ += std::string_view(tail).substr(lines_[i].end - first, next - lines_[i].end);
    }
    lines_.clear();
}

std::string_view Layout::comment_text(Span comment) const {
    const std::string_view words = text(comment);
    return words.substr(0, words.find_last_not_of(blanks) + 1);
}

} // namespace kps::syntax
