#include "compiler/semantics/templates.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

/// The end of what begins at the start of `rest` and has no parameters in it; 0 if they may stand
/// there.
std::size_t length_without_parameters(std::string_view rest) {
    const char first = rest.front();
    if (first == '#') return std::min(rest.find('\n'), rest.size());
    if (first == '"' || first == '\'') {
        std::size_t end = 1;
        while (end < rest.size() && rest[end] != first)
            end += rest[end] == '\\' ? 2U : 1U;
        return std::min(end + 1, rest.size());
    }
    if (is_digit(first))
        return static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin());
    return 0;
}

bool is_behind_member_sign(std::string_view before) {
    const std::size_t last = before.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) return false;
    before = before.substr(0, last + 1);
    const bool is_range = before.ends_with("..");
    return (before.ends_with('.') && !is_range) || before.ends_with("->");
}

/// A word, with its backquotes if it has them; empty if there is none.
std::string_view word_at(std::string_view rest) {
    if (rest.front() == '`') {
        const std::size_t end = rest.find('`', 1);
        return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end + 1);
    }
    return {rest.begin(), std::ranges::find_if_not(rest, is_word)};
}

std::string_view without_backquotes(std::string_view word) {
    return word.starts_with('`') ? word.substr(1, word.size() - 2) : word;
}

} // namespace

std::string instantiate(std::string_view text, Span body,
                        const std::map<std::string_view, std::string>& arguments) {
    std::string made(text.substr(0, body.begin));
    std::ranges::replace_if(made, [](char c) { return c != '\n'; }, ' ');
    std::size_t at = body.begin;
    while (at < body.end) {
        const std::string_view rest = text.substr(at, body.end - at);
        std::size_t length = length_without_parameters(rest);
        const std::string_view word = length == 0 ? word_at(rest) : std::string_view{};
        const auto argument = arguments.find(without_backquotes(word));
        if (!word.empty() && argument != arguments.end() &&
            !is_behind_member_sign(text.substr(0, at))) {
            made += argument->second;
            at += word.size();
            continue;
        }
        length = std::max({length, word.size(), std::size_t{1}});
        made += rest.substr(0, length);
        at += length;
    }
    return made;
}

} // namespace kps::sema
