#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The lexical level of the language, without PEGTL: the rules of the grammar, error recovery and
/// the formatter agree on it. Every function takes a text and an offset into it and returns the
/// offset behind what it names, or `npos` if that does not stand there.
namespace kps::grammar {

inline constexpr std::size_t npos = std::string_view::npos;

bool is_word_start(char c);
bool is_word_char(char c);
bool is_digit(char c);

std::size_t scan_word(std::string_view text, std::size_t at);
/// A name between backquotes: one line, not empty.
std::size_t scan_quoted_name(std::string_view text, std::size_t at);
/// A function name with the suffixes a compiler adds: `tcp_ack.isra.0`.
std::size_t scan_symbol_word(std::string_view text, std::size_t at);
/// A digit and all word characters behind it, with a fraction if a digit follows the point. Whether
/// that is a number is for the caller to find out.
std::size_t scan_number(std::string_view text, std::size_t at);
/// `5.6.12`
std::size_t scan_version(std::string_view text, std::size_t at);
/// A string or a character, up to the quote it started with, on one line; a backslash hides the
/// character behind it.
std::size_t scan_quoted(std::string_view text, std::size_t at);
/// From `#` to before the end of the line.
std::size_t scan_comment(std::string_view text, std::size_t at);
/// From `{` to behind the `}` that ends a block of shell text: the first line that starts with `}`
/// and is indented no deeper than the line of the `{` (a tab counts to the next multiple of 8).
/// Behind the `{` only blanks and a comment may stand on its line.
std::size_t scan_shell_block(std::string_view text, std::size_t at);

enum class LexemeKind : std::uint8_t {
    end,
    word,
    quoted_name,
    number,
    string,
    character,
    punctuation,
    comment,
    broken, ///< an open quote up to the end of its line, or a character that starts nothing
};

struct Lexeme {
    LexemeKind kind = LexemeKind::end;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// The first lexeme at or behind `at`, over blanks and line ends. Punctuation is the longest that
/// the language knows.
Lexeme next_lexeme(std::string_view text, std::size_t at);

/// `next_lexeme`, over comments too.
Lexeme next_token(std::string_view text, std::size_t at);

} // namespace kps::grammar
