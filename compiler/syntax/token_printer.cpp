#include "compiler/syntax/token_printer.hpp"

#include "compiler/syntax/literals.hpp"
#include "grammar/words.hpp"

#include <utility>
#include <vector>

namespace kps::syntax {

namespace {

using grammar::Lexeme;
using grammar::LexemeKind;
using grammar::next_lexeme;
using grammar::npos;

class TokenPrinter {
public:
    TokenPrinter(std::string_view text, const TokenStyle& style, std::string& out)
        : text_(text), style_(style), out_(out), line_indent_(style.indent) {}

    std::size_t run(std::size_t begin, std::size_t end) {
        std::size_t at = begin;
        for (Lexeme next = next_lexeme(text_, begin); next.begin < end;
             next = next_lexeme(text_, at)) {
            if (style_.header && text_[next.begin] == '{') {
                if (after_comment_) new_line(style_.indent);
                break;
            }
            break_line(at, next, at == begin);
            at = print(next);
        }
        return at;
    }

private:
    /// What the token before calls for.
    enum class Before { nothing, operand, keyword, infix, tight };

    [[nodiscard]] std::string_view token(const Lexeme& lexeme) const {
        return text_.substr(lexeme.begin, lexeme.end - lexeme.begin);
    }

    void new_line(std::size_t indent) {
        out_ += '\n';
        out_.append(indent, ' ');
        line_indent_ = indent;
        line_is_empty_ = true;
    }

    /// The gap is nearly always one blank: not worth a call of `find`.
    [[nodiscard]] bool has_line_end(std::size_t begin, std::size_t end) const {
        while (begin < end && text_[begin] != '\n')
            ++begin;
        return begin < end;
    }

    void break_line(std::size_t last_end, const Lexeme& next, bool is_first) {
        if (is_first) return;
        const bool authors_break = text_[next.begin] != '{' && has_line_end(last_end, next.begin);
        if (after_comment_ ||
            (authors_break && (style_.keep_breaks || next.kind == LexemeKind::comment)))
            new_line(style_.indent + 4);
        after_comment_ = false;
    }

    std::size_t print(const Lexeme& next) {
        switch (next.kind) {
        case LexemeKind::comment: return print_comment(next);
        case LexemeKind::word: return print_word(next);
        case LexemeKind::quoted_name:
        case LexemeKind::number:
        case LexemeKind::string:
        case LexemeKind::character: separate(); return put(next, Before::operand);
        case LexemeKind::punctuation: return print_sign(next);
        case LexemeKind::end:
        case LexemeKind::broken: break;
        }
        return put(next, Before::operand);
    }

    std::size_t put(const Lexeme& lexeme, Before before) {
        out_ += token(lexeme);
        before_ = before;
        line_is_empty_ = false;
        return lexeme.end;
    }

    /// A blank before what starts an operand or is set like one.
    void separate() {
        if (before_ != Before::nothing && before_ != Before::tight && !line_is_empty_) out_ += ' ';
    }

    std::size_t print_comment(const Lexeme& comment) {
        if (!line_is_empty_) out_ += "  ";
        std::string_view words = token(comment);
        words = words.substr(0, words.find_last_not_of(" \t") + 1);
        out_ += words;
        after_comment_ = true;
        line_is_empty_ = false;
        return comment.end;
    }

    std::size_t print_word(const Lexeme& word) {
        separate();
        const std::string_view spelled = token(word);
        const bool is_address = spelled == "ip" && text_.substr(word.end, 1) == "\"";
        const bool is_keyword = is_keyword_here(spelled);
        after_dot_ = false;
        counts_tainted_ = spelled == "tainted";
        return put(word, is_address   ? Before::tight
                         : is_keyword ? Before::keyword
                                      : Before::operand);
    }

    [[nodiscard]] bool is_keyword_here(std::string_view word) const {
        if (style_.in_fields) return word == "else";
        if (word == "exits" && before_ == Before::operand) return true;
        return grammar::is_reserved(word) && !after_dot_;
    }

    std::size_t print_sign(const Lexeme& sign) {
        const std::string_view spelled = token(sign);
        switch (spelled[0]) {
        case '{': return print_shell_block(sign);
        case '(': return print_open(sign);
        case '[': return put_open(sign);
        case ')':
        case ']': return put_close(sign);
        case ',':
        case ';': return put(sign, Before::infix);
        case ':': return print_colon(sign);
        case '@': separate(); return put(sign, Before::tight);
        default: break;
        }
        if (spelled == "." || spelled == ".." || spelled == "->") {
            after_dot_ = spelled != "..";
            return put(sign, Before::tight);
        }
        if (before_ != Before::operand) return print_prefix(sign);
        if (std::exchange(counts_tainted_, false) && spelled == "%")
            return put(sign, Before::operand);
        if (spelled == "?") ++ternaries_;
        return print_infix(sign);
    }

    std::size_t print_prefix(const Lexeme& sign) {
        const char c = text_[sign.begin];
        const bool would_join = (c == '&' || c == '-') && out_.ends_with(c);
        if (would_join && before_ == Before::tight) out_ += ' ';
        separate();
        return put(sign, Before::tight);
    }

    std::size_t print_infix(const Lexeme& sign) {
        const bool compares = std::string_view("<>=!").find(text_[sign.begin]) != npos;
        if (style_.tight && !compares) return put(sign, Before::tight);
        separate();
        return put(sign, Before::infix);
    }

    std::size_t print_colon(const Lexeme& colon) {
        if (ternaries_ > 0) {
            --ternaries_;
            separate();
            return put(colon, Before::infix);
        }
        return put(colon, style_.tight ? Before::tight : Before::infix);
    }

    std::size_t print_open(const Lexeme& paren) {
        const bool is_call = before_ == Before::operand;
        if (const std::size_t end = is_call ? npos : cast_end(paren.end); end != npos)
            return print_cast(paren.begin, end);
        if (!is_call) separate();
        return put_open(paren);
    }

    std::size_t put_open(const Lexeme& bracket) {
        outer_ternaries_.push_back(std::exchange(ternaries_, 0));
        return put(bracket, Before::tight);
    }

    std::size_t put_close(const Lexeme& bracket) {
        ternaries_ = outer_ternaries_.back();
        outer_ternaries_.pop_back();
        return put(bracket, Before::operand);
    }

    /// The end of a cast whose parenthesis ends at `at`; see `cast_type` in the grammar.
    [[nodiscard]] std::size_t cast_end(std::size_t at) const {
        Lexeme next = next_lexeme(text_, at);
        const std::string_view first = token(next);
        const bool has_tag = first == "struct" || first == "union" || first == "enum";
        if (has_tag) next = next_lexeme(text_, next.end);
        if (next.kind != LexemeKind::word && next.kind != LexemeKind::quoted_name) return npos;
        const bool is_integer = grammar::is_integer_type(token(next));
        next = next_lexeme(text_, next.end);
        const bool has_star = token(next) == "*";
        while (token(next) == "*")
            next = next_lexeme(text_, next.end);
        return token(next) == ")" && (has_tag || has_star || is_integer) ? next.end : npos;
    }

    std::size_t print_cast(std::size_t begin, std::size_t end) {
        separate();
        bool after_word = false;
        for (std::size_t at = begin; at < end;) {
            const Lexeme part = next_lexeme(text_, at);
            const bool is_word = part.kind != LexemeKind::punctuation;
            if (after_word && token(part) != ")") out_ += ' ';
            at = put(part, Before::tight);
            after_word = is_word;
        }
        return end;
    }

    /// The lines stand deeper than that of the braces, whatever they start with.
    std::size_t print_shell_block(const Lexeme& brace) {
        const std::size_t end = grammar::scan_shell_block(text_, brace.begin);
        separate();
        put(brace, Before::operand);
        const Lexeme beside = next_lexeme(text_, brace.end);
        const bool same_line = !has_line_end(brace.end, beside.begin);
        if (beside.kind == LexemeKind::comment && same_line) print_comment(beside);
        after_comment_ = false;
        out_ += '\n';
        print_shell_lines(read_shell_block(text_.substr(brace.begin, end - brace.begin)));
        out_.append(line_indent_, ' ');
        out_ += '}';
        return end;
    }

    void print_shell_lines(std::string_view lines) {
        while (!lines.empty()) {
            const std::size_t end = lines.find('\n');
            if (end > 0) out_.append(line_indent_ + 4, ' ');
            out_ += lines.substr(0, end + 1);
            lines.remove_prefix(end + 1);
        }
    }

    std::string_view text_;
    const TokenStyle& style_;
    std::string& out_;
    Before before_ = Before::nothing;
    std::size_t line_indent_;
    bool line_is_empty_ = false;
    bool after_comment_ = false;
    bool after_dot_ = false;
    bool counts_tainted_ = false;           ///< `%` is no operator after `tainted 5`
    unsigned ternaries_ = 0;                ///< `?` without its `:` since the last open bracket
    std::vector<unsigned> outer_ternaries_; ///< the same, for each bracket around that
};

} // namespace

std::size_t print_tokens(std::string_view text, std::size_t begin, std::size_t end,
                         const TokenStyle& style, std::string& out) {
    return TokenPrinter(text, style, out).run(begin, end);
}

} // namespace kps::syntax
