#pragma once

#include "compiler/syntax/mistakes.hpp"
#include "grammar/declarations.hpp"

/// What each rule that must match is called in messages.
namespace kps::syntax {

template <class Rule>
struct ExpectedOf {
    static constexpr std::size_t size = Rule::spelling.size() + 2;
    static constexpr auto quoted = [] {
        std::array<char, size> text{};
        text.front() = text.back() = '`';
        std::ranges::copy(Rule::spelling, text.begin() + 1);
        return text;
    }();
    static constexpr Expected value{Wanted::token, {quoted.data(), size}};
};

inline constexpr std::string_view point_words[] = {"at", "entry", "return", "tracepoint", "user"};
inline constexpr std::string_view condition_words[] = {"arch", "config", "feature", "kernel",
                                                       "symbol"};
inline constexpr std::string_view scope_words[] = {"cgroup", "system", "workload"};
inline constexpr std::string_view relation_words[] = {"follows", "only", "paired", "then"};
inline constexpr std::string_view side_words[] = {"enter", "exit"};

#define KPS_EXPECTED(rule, wanted, ...)                                                            \
    template <>                                                                                    \
    struct ExpectedOf<grammar::rule> {                                                             \
        static constexpr Expected value{Wanted::wanted, __VA_ARGS__};                              \
    };

KPS_EXPECTED(name, name, "a name")
KPS_EXPECTED(any_name, name, "a name")
KPS_EXPECTED(symbol_word, name, "the name of a function")
KPS_EXPECTED(symbol_name, name, "the name of a function")
KPS_EXPECTED(path, name, "a name")
KPS_EXPECTED(stream, name, "the name of a stream")
KPS_EXPECTED(key, token, "`by`")
KPS_EXPECTED(key_fields, name, "a field or `(FIELD, ...)`")
KPS_EXPECTED(number, token, "a number")
KPS_EXPECTED(version, token, "a version such as `6.12`")
KPS_EXPECTED(string, token, "a text in double quotes")
KPS_EXPECTED(value, value, "a value")
KPS_EXPECTED(operand, value, "a value")
KPS_EXPECTED(expression, value, "an expression")
KPS_EXPECTED(source, value, "a source")
KPS_EXPECTED(condition, value, "a condition")
KPS_EXPECTED(comparison, token, "a comparison such as `>= 1` or `in 1..5`")
KPS_EXPECTED(comparison_operator, token, "a comparison such as `>=`")
KPS_EXPECTED(field_type, value, "a type")
KPS_EXPECTED(field, token, "a field or `}`")
KPS_EXPECTED(point, token, "a probe point: `entry`, `return`, `at`, `tracepoint` or `user`",
             point_words)
KPS_EXPECTED(place_of_function, name, "the name of a function")
KPS_EXPECTED(place_in_code, token,
             "a place in code: `FUNCTION+OFFSET`, `FUNCTION:LINE` or `\"FILE\":LINE`")
KPS_EXPECTED(expectation, expectation, "an expectation")
KPS_EXPECTED(order_relation, relation, "`then`, `only after`, `paired with` or `follows`",
             relation_words)
KPS_EXPECTED(kernel_condition, token, "`kernel`, `config`, `symbol`, `feature` or `arch`",
             condition_words)
KPS_EXPECTED(on_condition, token, "`kernel` or `arch`", condition_words)
KPS_EXPECTED(command, command, "a command in double quotes or a block")
KPS_EXPECTED(hit_scope, token, "`workload`, `system` or `cgroup`", scope_words)
KPS_EXPECTED(imported, token, "a module such as `kps.vfs` or a path in double quotes")
KPS_EXPECTED(names, name, "a name")
KPS_EXPECTED(arguments, token, "`(`")
KPS_EXPECTED(parameters, token, "`(`")
KPS_EXPECTED(fields, token, "`{`")
KPS_EXPECTED(statement_block, token, "`{`")
KPS_EXPECTED(template_block, token, "`{`")
KPS_EXPECTED(machine_block, token, "`{`")
KPS_EXPECTED(machine_part, token, "`start`, `accept`, a transition or `}`")
KPS_EXPECTED(statement, statement, "a statement or `}`")
KPS_EXPECTED(declaration, declaration, "a declaration")
KPS_EXPECTED(close_brace, closing_brace, "`}`")
KPS_EXPECTED(call_end, closing_brace, "`enter`, `exit` or `}`", side_words)
#undef KPS_EXPECTED

/// Repetitions and options always match; nothing is said of them.
struct AlwaysMatches {
    static constexpr Expected value{};
};
template <class... Rules>
struct ExpectedOf<tao::pegtl::star<Rules...>> : AlwaysMatches {};
template <class... Rules>
struct ExpectedOf<tao::pegtl::opt<Rules...>> : AlwaysMatches {};
template <class... Rules>
struct ExpectedOf<tao::pegtl::star_must<Rules...>> : AlwaysMatches {};
template <class Rule>
struct ExpectedOf<grammar::with_words_as_names<Rule>> : AlwaysMatches {};
template <>
struct ExpectedOf<grammar::statements> : AlwaysMatches {};

template <class Rule>
struct ExpectedOf<grammar::nested<Rule>> {
    static constexpr Expected value{Wanted::less_nesting, "fewer brackets and blocks"};
};

} // namespace kps::syntax
