#pragma once

#include "grammar/tokens.hpp"

namespace kps::grammar {

struct expression;

/// What binds tighter than a comparison: `&`, `^` and `|` do, other than in C.
struct arithmetic_operator : token<arithmetic_operator> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const char c = at < text.size() ? text[at] : '\0';
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        switch (c) {
        case '*':
        case '/':
        case '%':
        case '+':
        case '^': return at + 1;
        case '-': return next == '>' ? npos : at + 1;
        case '&':
        case '|': return next == c ? npos : at + 1;
        case '<':
        case '>': return next == c ? at + 2 : npos;
        default: return npos;
        }
    }
};

struct comparison_operator : token<comparison_operator> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const char c = at < text.size() ? text[at] : '\0';
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (next == '=' && (c == '=' || c == '!' || c == '<' || c == '>')) return at + 2;
        return (c == '<' || c == '>') && next != c ? at + 1 : npos;
    }
};

struct binary_operator : token<binary_operator> {
    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        std::size_t end = arithmetic_operator::scan(text, at, context);
        if (end == npos) end = comparison_operator::scan(text, at, context);
        const bool logical = text.substr(at, 2) == "&&" || text.substr(at, 2) == "||";
        return end == npos && logical ? at + 2 : end;
    }
};

struct prefix_operator : token<prefix_operator> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const char c = at < text.size() ? text[at] : '\0';
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        const bool is_prefix = c == '-' || c == '~' || c == '*' || (c == '!' && next != '=') ||
                               (c == '&' && next != '&');
        return is_prefix ? at + 1 : npos;
    }
};

/// `.` but not the `..` of a range.
struct dot_sign : token<dot_sign> {
    static constexpr std::string_view spelling = ".";

    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        return text.substr(at, 1) == "." && text.substr(at, 2) != ".." ? at + 1 : npos;
    }
};

/// `in` is a name in field lists and an operator elsewhere.
struct outside_fields : predicate<outside_fields> {
    static bool holds(std::string_view, std::size_t, Context& context) {
        return !context.in_fields;
    }
};

// A cast to a bare name would be ambiguous with a parenthesis (`a = (b) c`, two fields), so a type
// is told by its tag, by a star, or by being one of the built-in integers.
struct tag : pegtl::sor<kw<"struct">, kw<"union">, kw<"enum">> {};
struct star_sign : op<"*"> {};
struct integer_type : token<integer_type> {
    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const std::size_t end = scan_word(text, at);
        return end != npos && is_integer_type(text.substr(at, end - at)) ? end : npos;
    }
};
struct cast_type : pegtl::sor<pegtl::seq<tag, any_name, pegtl::star<star_sign>, op<")">>,
                              pegtl::seq<any_name, pegtl::plus<star_sign>, op<")">>,
                              pegtl::seq<integer_type, op<")">>> {};
struct cast : pegtl::seq<op<"(">, cast_type> {};

struct expressions : pegtl::list_must<expression, op<",">> {};
struct arguments : pegtl::seq<op<"(">, nested<pegtl::opt<expressions>>, pegtl::must<op<")">>> {};
struct parenthesis : pegtl::seq<op<"(">, nested<pegtl::must<expression>>, pegtl::must<op<")">>> {};
struct index : pegtl::seq<op<"[">, nested<pegtl::must<expression>>, pegtl::must<op<"]">>> {};
struct arrow : pegtl::if_must<op<"->">, any_name> {};
struct dot : pegtl::if_must<dot_sign, any_name> {};
struct register_name : pegtl::if_must<op<"%">, any_name> {};
struct symbol_address : pegtl::if_must<op<"@">, any_name> {};

struct literal : pegtl::sor<number, string, character, address> {};
struct place : pegtl::sor<pegtl::seq<name, pegtl::opt<arguments>>, parenthesis, register_name,
                          symbol_address> {};
struct operand
    : pegtl::seq<
          pegtl::star<pegtl::sor<prefix_operator, cast>>,
          pegtl::sor<literal, pegtl::seq<place, pegtl::star<pegtl::sor<arrow, dot, index>>>>> {};

/// An expression without comparisons: what stands behind a comparison, `within` and the like.
struct value : pegtl::seq<operand, pegtl::star<arithmetic_operator, pegtl::must<operand>>> {};

/// `in LOW..HIGH`
struct range : pegtl::seq<kw<"in">, pegtl::must<value, op<"..">, value>> {};

/// An expression without a ternary outside of parentheses: what a `:` or a block may follow.
struct operation
    : pegtl::seq<operand, pegtl::star<pegtl::sor<pegtl::seq<binary_operator, pegtl::must<operand>>,
                                                 pegtl::seq<outside_fields, range>>>> {};
struct condition : operation {};

struct ternary : nested<pegtl::seq<op<"?">, pegtl::must<expression, op<":">, expression>>> {};
struct expression : pegtl::seq<operation, pegtl::opt<ternary>> {};

} // namespace kps::grammar
