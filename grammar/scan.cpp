#include "grammar/scan.hpp"

#include <algorithm>
#include <array>

namespace kps::grammar {

namespace {

enum CharClass : unsigned char { word_start = 1, digit = 2, blank = 4, sign = 8 };

constexpr auto classes = [] {
    std::array<unsigned char, 256> table{};
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = word_start;
    for (unsigned c = 'A'; c <= 'Z'; ++c)
        table[c] = word_start;
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = digit;
    for (const char c : std::string_view("{}()[]:;,.=<>+-*/%&|^~!?@"))
        table[static_cast<unsigned char>(c)] = sign;
    table['_'] = word_start;
    table[' '] = table['\t'] = table['\n'] = table['\r'] = blank;
    return table;
}();

unsigned char_class(char c) {
    return classes[static_cast<unsigned char>(c)];
}

std::size_t over_word_chars(std::string_view text, std::size_t at) {
    while (at < text.size() && is_word_char(text[at]))
        ++at;
    return at;
}

std::size_t line_end(std::string_view text, std::size_t at) {
    return std::min(text.find('\n', at), text.size());
}

/// Whether `first` and `second` are one sign.
bool are_one_sign(char first, char second) {
    switch (first) {
    case '.':
    case '&':
    case '|': return second == first;
    case '-': return second == '>';
    case '!': return second == '=';
    case '=': return second == '=' || second == '>';
    case '<':
    case '>': return second == first || second == '=';
    default: return false;
    }
}

std::size_t scan_punctuation(std::string_view text, std::size_t at) {
    if (char_class(text[at]) != sign) return npos;
    return at + 1 < text.size() && are_one_sign(text[at], text[at + 1]) ? at + 2 : at + 1;
}

/// The column in which the first character of the line that holds `at` stands.
std::size_t indentation(std::string_view text, std::size_t at) {
    const std::size_t before = at == 0 ? npos : text.rfind('\n', at - 1);
    std::size_t column = 0;
    for (std::size_t i = before == npos ? 0 : before + 1; i < text.size(); ++i) {
        if (text[i] == '\t')
            column += 8 - column % 8;
        else if (text[i] == ' ')
            ++column;
        else
            break;
    }
    return column;
}

Lexeme lexeme(LexemeKind kind, std::size_t begin, std::size_t end) {
    return {kind, begin, end};
}

Lexeme quoted_lexeme(std::string_view text, LexemeKind kind, std::size_t at) {
    const std::size_t end =
        kind == LexemeKind::quoted_name ? scan_quoted_name(text, at) : scan_quoted(text, at);
    if (end != npos) return lexeme(kind, at, end);
    return lexeme(LexemeKind::broken, at, line_end(text, at));
}

} // namespace

bool is_word_start(char c) {
    return char_class(c) == word_start;
}

bool is_word_char(char c) {
    return (char_class(c) & (word_start | digit)) != 0;
}

bool is_digit(char c) {
    return char_class(c) == digit;
}

std::size_t scan_word(std::string_view text, std::size_t at) {
    if (at >= text.size() || !is_word_start(text[at])) return npos;
    return over_word_chars(text, at + 1);
}

std::size_t scan_quoted_name(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '`') return npos;
    const std::size_t close = text.find_first_of("`\n", at + 1);
    return close == npos || close == at + 1 || text[close] == '\n' ? npos : close + 1;
}

std::size_t scan_symbol_word(std::string_view text, std::size_t at) {
    at = scan_word(text, at);
    while (at != npos && at + 1 < text.size() && text[at] == '.' && is_word_char(text[at + 1]))
        at = over_word_chars(text, at + 1);
    return at;
}

std::size_t scan_number(std::string_view text, std::size_t at) {
    if (at >= text.size() || !is_digit(text[at])) return npos;
    at = over_word_chars(text, at + 1);
    if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]))
        at = over_word_chars(text, at + 1);
    return at;
}

std::size_t scan_version(std::string_view text, std::size_t at) {
    if (at >= text.size() || !is_digit(text[at])) return npos;
    const auto digits_end = [&](std::size_t i) {
        while (i < text.size() && is_digit(text[i]))
            ++i;
        return i;
    };
    at = digits_end(at);
    while (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1]))
        at = digits_end(at + 1);
    return at < text.size() && is_word_char(text[at]) ? npos : at;
}

std::size_t scan_quoted(std::string_view text, std::size_t at) {
    if (at >= text.size() || (text[at] != '"' && text[at] != '\'')) return npos;
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
        if (text[i] == quote) return i + 1;
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] != '\n') ++i;
    }
    return npos;
}

std::size_t scan_comment(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '#') return npos;
    std::size_t end = line_end(text, at);
    if (end > at && text[end - 1] == '\r') --end;
    return end;
}

std::size_t scan_shell_block(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '{') return npos;
    const std::size_t rest = text.find_first_not_of(" \t\r", at + 1);
    if (rest == npos || (text[rest] != '\n' && text[rest] != '#')) return npos;
    const std::size_t deepest = indentation(text, at);
    for (std::size_t end = line_end(text, rest); end < text.size(); end = line_end(text, end + 1)) {
        const std::size_t first = text.find_first_not_of(" \t", end + 1);
        if (first != npos && text[first] == '}' && indentation(text, first) <= deepest)
            return first + 1;
    }
    return npos;
}

Lexeme next_lexeme(std::string_view text, std::size_t at) {
    while (at < text.size() && char_class(text[at]) == blank)
        ++at;
    if (at >= text.size()) return lexeme(LexemeKind::end, text.size(), text.size());
    const char c = text[at];
    if (is_word_start(c)) return lexeme(LexemeKind::word, at, scan_word(text, at));
    if (is_digit(c)) return lexeme(LexemeKind::number, at, scan_number(text, at));
    if (c == '#') return lexeme(LexemeKind::comment, at, scan_comment(text, at));
    if (c == '"') return quoted_lexeme(text, LexemeKind::string, at);
    if (c == '\'') return quoted_lexeme(text, LexemeKind::character, at);
    if (c == '`') return quoted_lexeme(text, LexemeKind::quoted_name, at);
    const std::size_t end = scan_punctuation(text, at);
    if (end != npos) return lexeme(LexemeKind::punctuation, at, end);
    std::size_t next = at + 1; // all bytes of one code point
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U)
        ++next;
    return lexeme(LexemeKind::broken, at, next);
}

Lexeme next_token(std::string_view text, std::size_t at) {
    Lexeme found = next_lexeme(text, at);
    while (found.kind == LexemeKind::comment)
        found = next_lexeme(text, found.end);
    return found;
}

} // namespace kps::grammar
