#include "compiler/syntax/mistakes.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/diagnostics/messages.hpp"
#include "grammar/resume.hpp"
#include "grammar/words.hpp"

#include <algorithm>

namespace kps::syntax {

namespace {

using grammar::Lexeme;
using grammar::LexemeKind;

std::string quoted(std::string_view text) {
    return fmt::format("`{}`", text);
}

std::vector<std::string> similar(std::string_view word, std::span<const std::string_view> words) {
    return nearest_names(word, words, 1);
}

} // namespace

void Mistakes::report(const Expected& expected, std::size_t at) {
    if (++count_ > most) return;
    const Lexeme found = grammar::next_token(context_.text, at);
    if (count_ == most) {
        sink_.report(diag::too_many_mistakes, span(found.begin, found.end), most - 1);
        return;
    }
    if (expected.wanted == Wanted::less_nesting) {
        sink_.report(diag::nested_too_deeply, span(found.begin, found.end), grammar::max_depth);
        return;
    }
    if (report_broken(found) || report_by_found(expected, found) ||
        report_by_wanted(expected, found))
        return;
    report_plain(expected, found);
}

Span Mistakes::span(std::size_t begin, std::size_t end) const {
    return {source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

std::string_view Mistakes::text_of(const Lexeme& lexeme) const {
    return context_.text.substr(lexeme.begin, lexeme.end - lexeme.begin);
}

bool Mistakes::report_broken(const Lexeme& found) {
    if (found.kind != LexemeKind::broken) return false;
    const char first = context_.text[found.begin];
    if (first != '"' && first != '\'' && first != '`') return false;
    const std::string_view what = first == '"'    ? "this text"
                                  : first == '\'' ? "this character"
                                                  : "this name in backquotes";
    auto report = sink_.report(diag::open_quote, span(found.begin, found.end), what);
    if (first == '"')
        report.help("a text does not go over the end of its line; write `\\n` for a line end");
    return true;
}

/// Mistakes told by what stands there, whatever was expected.
bool Mistakes::report_by_found(const Expected& expected, const Lexeme& found) {
    const std::string_view text = text_of(found);
    const bool wants_name = expected.wanted == Wanted::name || expected.wanted == Wanted::value;
    if (text == "=" && !context_.in_fields && !wants_name) {
        sink_.report(diag::equals_in_comparison, span(found.begin, found.end))
            .fix(span(found.begin, found.end), "==");
        return true;
    }
    if (text == "?") {
        sink_.report(diag::bare_ternary, span(found.begin, found.end))
            .help("write `(CONDITION ? VALUE : VALUE)`");
        return true;
    }
    if (found.kind != LexemeKind::word || !wants_name || !grammar::is_reserved(text)) return false;
    sink_.report(diag::keyword_as_name, span(found.begin, found.end), expected.text, text)
        .help(fmt::format("as a name it is written in backquotes: `` `{}` ``", text));
    return true;
}

bool Mistakes::report_by_wanted(const Expected& expected, const Lexeme& found) {
    switch (expected.wanted) {
    case Wanted::declaration:
    case Wanted::statement:
    case Wanted::expectation: return report_start(expected, found);
    case Wanted::command: return report_shell_block(found);
    case Wanted::closing_brace: return report_open_brace(found);
    case Wanted::relation: return report_relation(expected, found);
    case Wanted::token:
    case Wanted::name:
    case Wanted::value:
    case Wanted::less_nesting: return false;
    }
    return false;
}

bool Mistakes::report_start(const Expected& expected, const Lexeme& found) {
    const std::string_view word = text_of(found);
    const Span place = span(found.begin, found.end);
    if (expected.wanted == Wanted::declaration && word == "}") {
        sink_.report(diag::closing_brace_too_many, place);
        return true;
    }
    if (found.kind != LexemeKind::word || expected.wanted == Wanted::expectation) return false;
    if (expected.wanted == Wanted::statement && grammar::starts_declaration(word)) {
        sink_.report(diag::declaration_in_test, place, word);
    } else if (expected.wanted == Wanted::statement) {
        sink_.report(diag::unknown_statement, place, word)
            .did_you_mean(similar(word, grammar::statement_words()));
    } else if (grammar::starts_statement(word)) {
        sink_.report(diag::statement_outside_test, place, word)
            .help("write it between the braces of `test \"...\" { }`");
    } else {
        sink_.report(diag::unknown_declaration, place, word)
            .did_you_mean(similar(word, grammar::declaration_words()));
    }
    return true;
}

bool Mistakes::report_shell_block(const Lexeme& found) {
    if (text_of(found) != "{") return false;
    const std::string_view text = context_.text;
    const std::size_t beside = text.find_first_not_of(" \t\r", found.end);
    const Span brace = span(found.begin, found.end);
    if (beside != grammar::npos && text[beside] != '\n' && text[beside] != '#') {
        sink_.report(diag::shell_text_beside_brace, brace)
            .help("write a command of one line in double quotes");
    } else {
        sink_.report(diag::open_shell_block, brace)
            .help("it ends at the first line that starts with `}` and is indented no deeper than "
                  "this one");
    }
    return true;
}

bool Mistakes::report_open_brace(const Lexeme& found) {
    const bool block_ends = found.kind == LexemeKind::end ||
                            grammar::starts_declaration_line(context_.text, found.begin);
    if (!block_ends) return false;
    const std::uint32_t open = context_.open_braces.back();
    sink_.report(diag::open_brace, span(open, open + 1), describe(found))
        .note(span(found.begin, found.end), "a `}` was expected before this");
    return true;
}

/// `expect sme open`: what was read as a stream may be a misspelled word.
bool Mistakes::report_relation(const Expected& expected, const Lexeme& found) {
    constexpr std::string_view words[] = {"count", "every", "no", "some"};
    const auto nodes = context_.nodes.all();
    const auto stream = std::ranges::find(nodes.rbegin(), nodes.rend(), grammar::NodeKind::name,
                                          &grammar::Node::kind);
    if (stream == nodes.rend()) return false;
    const std::string_view name = context_.text.substr(stream->begin, stream->end - stream->begin);
    const std::vector<std::string> meant = similar(name, words);
    if (meant.empty()) return false;
    sink_
        .report(diag::expected_syntax, span(stream->begin, found.end), expected.text,
                describe(found))
        .did_you_mean(meant);
    return true;
}

void Mistakes::report_plain(const Expected& expected, const Lexeme& found) {
    auto report = sink_.report(diag::expected_syntax, span(found.begin, found.end), expected.text,
                               describe(found));
    if (found.kind == LexemeKind::word)
        report.did_you_mean(similar(text_of(found), expected.words));
}

std::string Mistakes::describe(const Lexeme& found) const {
    switch (found.kind) {
    case LexemeKind::end: return "the end of the file";
    case LexemeKind::number: return fmt::format("the number {}", text_of(found));
    case LexemeKind::string: return "a text";
    case LexemeKind::character: return "a character";
    case LexemeKind::word:
        if (grammar::is_reserved(text_of(found)))
            return fmt::format("the keyword `{}`", text_of(found));
        return quoted(text_of(found));
    case LexemeKind::quoted_name: return text_of(found).empty() ? "" : std::string(text_of(found));
    case LexemeKind::punctuation:
    case LexemeKind::comment:
    case LexemeKind::broken: return quoted(text_of(found));
    }
    return "";
}

} // namespace kps::syntax
