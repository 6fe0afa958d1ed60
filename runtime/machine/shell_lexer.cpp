#include "runtime/machine/shell_lexer.hpp"

#include <algorithm>
#include <array>

namespace kps::machine {

namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view operation_starts = "\n;&|()<>";
constexpr std::string_view digits = "0123456789";
constexpr std::array<std::string_view, 13> long_operations{
    "<<<", "<<-", "&&", "||", ";;", ">>", "<<", ">&", "<&", "<>", ">|", "&>", ";&"};

bool is_one_of(char c, std::string_view set) {
    return c != '\0' && set.contains(c);
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view text) {
    return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, [](char c) {
        return is_name_start(c) || is_one_of(c, digits);
    });
}

} // namespace

ShellToken ShellLexer::next() {
    skip_blanks();
    if (at_ >= text_.size()) return {};
    if (is_one_of(peek(), operation_starts)) return operation();
    return word();
}

void ShellLexer::skip_blanks() {
    while (at_ < text_.size()) {
        if (is_one_of(peek(), blanks)) {
            ++at_;
        } else if (peek() == '\\' && peek(1) == '\n') {
            at_ += 2;
        } else if (peek() == '#') {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else {
            return;
        }
    }
}

ShellToken ShellLexer::operation() {
    ShellToken token{ShellToken::Kind::operation, std::string(1, peek())};
    const std::string_view rest = text_.substr(at_);
    const auto* const found = std::ranges::find_if(
        long_operations, [&](std::string_view operation) { return rest.starts_with(operation); });
    if (found != long_operations.end()) token.text = *found;
    at_ += token.text.size();
    if (token.text == "<<" || token.text == "<<-") delimiter_follows_ = true;
    if (token.text == "\n") skip_documents();
    return token;
}

ShellToken ShellLexer::word() {
    ShellToken token{ShellToken::Kind::word, {}};
    while (at_ < text_.size() && !is_one_of(peek(), blanks) &&
           !is_one_of(peek(), operation_starts)) {
        switch (peek()) {
        case '\\':
            token.quoted = true;
            if (peek(1) != '\n' && peek(1) != '\0') token.text += peek(1);
            at_ = std::min(at_ + 2, text_.size());
            break;
        case '\'': single_quoted(token); break;
        case '"': double_quoted(token); break;
        case '$': expansion(token); break;
        case '`': back_quoted(token); break;
        case '*':
        case '?': token.constant = false; [[fallthrough]];
        default:
            token.assignment =
                token.assignment || (peek() == '=' && !token.quoted && is_name(token.text));
            token.text += text_[at_++];
            break;
        }
    }
    const bool number = !token.text.empty() && !token.quoted &&
                        token.text.find_first_not_of(digits) == std::string::npos;
    if (number && is_one_of(peek(), "<>")) return operation(); // `2>file`
    if (delimiter_follows_) documents_.push_back(token.text);
    delimiter_follows_ = false;
    return token;
}

void ShellLexer::single_quoted(ShellToken& word) {
    word.quoted = true;
    const std::size_t close = std::min(text_.find('\'', at_ + 1), text_.size());
    word.text += text_.substr(at_ + 1, close - at_ - 1);
    at_ = std::min(close + 1, text_.size());
}

void ShellLexer::double_quoted(ShellToken& word) {
    word.quoted = true;
    ++at_;
    while (at_ < text_.size() && peek() != '"') {
        if (peek() == '$') {
            expansion(word);
        } else if (peek() == '`') {
            back_quoted(word);
        } else if (peek() == '\\' && is_one_of(peek(1), "$`\"\\\n")) {
            if (peek(1) != '\n') word.text += peek(1);
            at_ += 2;
        } else {
            word.text += text_[at_++];
        }
    }
    if (at_ < text_.size()) ++at_;
}

void ShellLexer::expansion(ShellToken& word) {
    ++at_; // the dollar
    if (peek() == '(') {
        const bool arithmetic = peek(1) == '(';
        const std::string_view inner = balanced('(', ')');
        if (!arithmetic) substitutions_.emplace_back(inner);
    } else if (peek() == '{') {
        balanced('{', '}');
    } else if (is_name_start(peek())) {
        while (is_name_start(peek()) || is_one_of(peek(), digits))
            ++at_;
    } else if (is_one_of(peek(), "?$!#@*-0123456789")) {
        ++at_;
    } else {
        word.text += '$';
        return;
    }
    word.constant = false;
}

void ShellLexer::back_quoted(ShellToken& word) {
    word.constant = false;
    std::string inner;
    ++at_;
    while (at_ < text_.size() && peek() != '`') {
        if (peek() == '\\' && is_one_of(peek(1), "\\`$")) ++at_;
        inner += text_[at_++];
    }
    if (at_ < text_.size()) ++at_;
    substitutions_.push_back(std::move(inner));
}

// The text between the bracket here and the one that closes it; both are passed.
std::string_view ShellLexer::balanced(char open, char close) {
    const std::size_t begin = at_ + 1;
    std::size_t depth = 0;
    char quote = '\0';
    for (; at_ < text_.size(); ++at_) {
        const char c = text_[at_];
        if (c == '\\' && quote != '\'') {
            ++at_;
        } else if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == open) {
            ++depth;
        } else if (c == close && --depth == 0) {
            return text_.substr(begin, at_++ - begin);
        }
    }
    at_ = text_.size();
    return text_.substr(std::min(begin, text_.size()));
}

void ShellLexer::skip_documents() {
    for (const std::string& delimiter : documents_) {
        while (at_ < text_.size()) {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            std::string_view line = text_.substr(at_, end - at_);
            line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
            at_ = std::min(end + 1, text_.size());
            if (line == delimiter) break;
        }
    }
    documents_.clear();
}

} // namespace kps::machine
