#include "grammar/resume.hpp"

#include "grammar/scan.hpp"
#include "grammar/words.hpp"

namespace kps::grammar {

namespace {

bool is_first_on_line(std::string_view text, std::size_t at) {
    const std::size_t before = at == 0 ? npos : text.find_last_not_of(" \t\r", at - 1);
    return before == npos || text[before] == '\n';
}

bool starts_item(std::string_view word, LexemeKind kind, Resume resume) {
    switch (resume) {
    case Resume::declaration: return starts_declaration(word);
    case Resume::statement: return starts_statement(word);
    case Resume::field: return kind == LexemeKind::word || kind == LexemeKind::quoted_name;
    }
    return false;
}

} // namespace

bool starts_declaration_line(std::string_view text, std::size_t at) {
    if (at > 0 && text[at - 1] != '\n') return false;
    const std::size_t end = scan_word(text, at);
    if (end == npos) return false;
    const std::string_view word = text.substr(at, end - at);
    return starts_declaration(word) && !starts_statement(word);
}

Resumption resume(std::string_view text, Mishap mishap, Resume resume) {
    std::size_t depth = 0;
    bool separated = false;
    for (Lexeme next = next_token(text, mishap.at); next.kind != LexemeKind::end;
         next = next_token(text, next.end)) {
        const std::string_view token = text.substr(next.begin, next.end - next.begin);
        if (next.begin > mishap.item) {
            if (starts_declaration_line(text, next.begin))
                return {next.begin, resume != Resume::declaration};
            const bool is_start = separated || is_first_on_line(text, next.begin);
            if (depth == 0 && is_start && starts_item(token, next.kind, resume))
                return {next.begin, false};
            if (depth == 0 && token == "}" && mishap.in_block) return {next.begin, false};
        }
        if (token == "{") ++depth;
        if (token == "}" && depth > 0) --depth;
        separated = token == ";" || token == "}";
    }
    return {text.size(), false};
}

} // namespace kps::grammar
