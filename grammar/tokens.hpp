#pragma once

#include "grammar/context.hpp"
#include "grammar/words.hpp"

#include <algorithm>
#include <cstring>
#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/analyze_traits.hpp>

namespace kps::grammar {

namespace pegtl = tao::pegtl;

/// What `analyze` is told about rules of our own that consume input when they match.
struct consuming {};
/// ... and about those that may match without.
struct testing {};

/// Base of the tokens: `Derived::scan(text, at, context)` returns the offset behind the token or
/// `npos`. Every token takes the blanks and comments behind it, so that none stand before one.
template <class Derived>
struct token {
    using rule_t = consuming;
    using subs_t = pegtl::empty_list;

    template <pegtl::apply_mode, pegtl::rewind_mode, template <class...> class,
              template <class...> class, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        const auto at = static_cast<std::size_t>(in.current() - in.begin());
        const std::size_t end = Derived::scan(context.text, at, context);
        if (end == npos) return false;
        in.bump(context.skip_blanks(end) - at);
        return true;
    }
};

/// Matches where `Derived::holds(text, at, context)`, without consuming.
template <class Derived>
struct predicate {
    using rule_t = testing;
    using subs_t = pegtl::empty_list;

    template <pegtl::apply_mode, pegtl::rewind_mode, template <class...> class,
              template <class...> class, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        return Derived::holds(context.text, static_cast<std::size_t>(in.current() - in.begin()),
                              context);
    }
};

template <std::size_t N>
struct Spelling {
    char chars[N] = {};
    consteval Spelling(const char (&text)[N]) { std::copy_n(text, N, chars); }
    [[nodiscard]] constexpr std::string_view view() const { return {chars, N - 1}; }
};

/// Its length is known when this is compiled, so that no call is left of the comparison.
template <Spelling Word>
bool stands_at(std::string_view text, std::size_t at) {
    constexpr std::size_t size = Word.view().size();
    return text.size() - at >= size && std::memcmp(text.data() + at, Word.chars, size) == 0;
}

/// A keyword, reserved or not.
template <Spelling Word>
struct kw : token<kw<Word>> {
    static constexpr std::string_view spelling = Word.view();

    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const std::size_t end = at + spelling.size();
        const bool found =
            stands_at<Word>(text, at) && (end == text.size() || !is_word_char(text[end]));
        return found ? end : npos;
    }
};

/// A sign that is no beginning of a longer one.
template <Spelling Sign>
struct op : token<op<Sign>> {
    static constexpr std::string_view spelling = Sign.view();

    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return stands_at<Sign>(text, at) ? at + spelling.size() : npos;
    }
};

struct blanks : predicate<blanks> {
    template <pegtl::apply_mode, pegtl::rewind_mode, template <class...> class,
              template <class...> class, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        const auto at = static_cast<std::size_t>(in.current() - in.begin());
        in.bump(context.skip_blanks(at) - at);
        return true;
    }
};

struct end_of_file : predicate<end_of_file> {
    static bool holds(std::string_view text, std::size_t at, Context&) { return at == text.size(); }
};

/// A name as it may stand here: reserved words only in field lists.
struct name : token<name> {
    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        const std::size_t end = scan_word(text, at);
        if (end == npos) return scan_quoted_name(text, at);
        const std::string_view word = text.substr(at, end - at);
        const bool keyword = context.in_fields ? word == "else" : is_reserved(word);
        return keyword ? npos : end;
    }
};

/// A name where no keyword could stand: behind `.`, `->`, `%`, `@`.
struct any_name : token<any_name> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const std::size_t end = scan_word(text, at);
        return end == npos ? scan_quoted_name(text, at) : end;
    }
};

/// A function's name, with suffixes such as `.isra.0`.
struct symbol_word : token<symbol_word> {
    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        const std::size_t end = scan_symbol_word(text, at);
        if (end == npos) return scan_quoted_name(text, at);
        const std::string_view word = text.substr(at, end - at);
        return is_reserved(word) && !context.in_fields ? npos : end;
    }
};

/// The name of a measure, before its parenthesis; `p99.9` is one.
struct measure_name : token<measure_name> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const std::size_t end = scan_symbol_word(text, at);
        if (end == npos || is_reserved(text.substr(at, end - at))) return npos;
        const Lexeme next = next_token(text, end);
        return text.substr(next.begin, 1) == "(" ? end : npos;
    }
};

struct number : token<number> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return scan_number(text, at);
    }
};

struct version : token<version> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return scan_version(text, at);
    }
};

struct string : token<string> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return at < text.size() && text[at] == '"' ? scan_quoted(text, at) : npos;
    }
};

struct character : token<character> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return at < text.size() && text[at] == '\'' ? scan_quoted(text, at) : npos;
    }
};

struct address : token<address> { // ip"10.0.0.1"
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return stands_at<"ip\"">(text, at) ? scan_quoted(text, at + 2) : npos;
    }
};

struct shell_block : token<shell_block> {
    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        const std::size_t end = scan_shell_block(text, at);
        if (end != npos) context.skip_blanks(at + 1); // a comment beside the brace
        return end;
    }
};

struct open_brace : token<open_brace> {
    static constexpr std::string_view spelling = "{";

    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        if (at >= text.size() || text[at] != '{') return npos;
        context.open_braces.push_back(static_cast<std::uint32_t>(at));
        return at + 1;
    }
};

struct close_brace : token<close_brace> {
    static constexpr std::string_view spelling = "}";

    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        if (at >= text.size() || text[at] != '}') return npos;
        context.open_braces.pop_back();
        return at + 1;
    }
};

/// Brackets, blocks, casts and ternaries: what nests without end in hostile input.
template <class Rule>
struct nested {
    using rule_t = nested;
    using subs_t = pegtl::type_list<Rule>;

    template <pegtl::apply_mode A, pegtl::rewind_mode M, template <class...> class Action,
              template <class...> class Control, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        struct Guard {
            unsigned& depth;
            ~Guard() { --depth; }
        } guard{++context.depth};
        if (context.depth > max_depth) Control<nested>::raise(in, context);
        return Control<Rule>::template match<A, M, Action, Control>(in, context);
    }
};

} // namespace kps::grammar

namespace tao::pegtl {

template <class Name>
struct analyze_traits<Name, kps::grammar::consuming> : analyze_any_traits<> {};
template <class Name>
struct analyze_traits<Name, kps::grammar::testing> : analyze_opt_traits<> {};
template <class Name, class Rule>
struct analyze_traits<Name, kps::grammar::nested<Rule>> : analyze_seq_traits<Rule> {};

} // namespace tao::pegtl
