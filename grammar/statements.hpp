#pragma once

#include "grammar/expectations.hpp"
#include "grammar/points.hpp"

namespace kps::grammar {

struct requires_kernel : pegtl::if_must<kw<"kernel">, comparison_operator, version> {};
struct requires_config : pegtl::if_must<kw<"config">, name> {};
struct requires_symbol : pegtl::if_must<kw<"symbol">, symbol_name> {};
struct requires_feature : pegtl::if_must<kw<"feature">, name> {};
struct requires_arch : pegtl::if_must<kw<"arch">, name, pegtl::star_must<op<",">, name>> {};
struct kernel_condition : pegtl::sor<requires_kernel, requires_config, requires_symbol,
                                     requires_feature, requires_arch> {};
struct requires_condition : pegtl::if_must<kw<"requires">, kernel_condition> {};

struct command : pegtl::sor<string, shell_block> {};
struct run_user : pegtl::if_must<kw<"as">, name> {};
struct run_exits : pegtl::if_must<kw<"exits">, value> {};
struct run_statement : pegtl::seq<kw<"run">, pegtl::must<command>,
                                  pegtl::star<pegtl::sor<run_user, run_exits, within>>> {};
struct background_statement : pegtl::if_must<kw<"background">, command> {};
struct watch_statement : pegtl::if_must<kw<"watch">, value> {};
struct setup_statement : pegtl::if_must<kw<"setup">, command> {};
struct cleanup_statement : pegtl::if_must<kw<"cleanup">, command> {};

struct workload : kw<"workload"> {};
struct system_scope : kw<"system"> {};
struct hit_scope : pegtl::sor<workload, system_scope, pegtl::if_must<kw<"cgroup">, string>> {};
struct scope_statement : pegtl::if_must<kw<"scope">, hit_scope> {};

struct let_statement : pegtl::if_must<kw<"let">, name, assign, stream> {};
struct witness_statement : pegtl::if_must<kw<"witness">, stream> {};
struct expect_statement
    : pegtl::seq<kw<"expect">, pegtl::must<expectation>, pegtl::opt<scope_clause>,
                 pegtl::opt<allow_tainted>> {};

struct show_hist
    : pegtl::seq<kw<"show">, kw<"hist">, pegtl::at<op<"(">>, in_parentheses, pegtl::opt<key>> {};
struct show_top : pegtl::seq<kw<"show">, kw<"top">, number,
                             pegtl::must<kw<"count">, op<"(">, stream, op<")">, key>> {};
struct show_stream : pegtl::if_must<kw<"show">, stream> {};
struct show_statement : pegtl::sor<show_hist, show_top, show_stream> {};

struct statement_block;
struct on_condition : pegtl::sor<requires_kernel, requires_arch> {};
struct on_statement : pegtl::if_must<kw<"on">, on_condition, statement_block> {};
struct known_failure : pegtl::if_must<kw<"known">, kw<"failure">, string, statement_block> {};

struct statement
    : pegtl::sor<expect_statement, let_statement, run_statement, requires_condition, on_statement,
                 known_failure, background_statement, watch_statement, setup_statement,
                 cleanup_statement, scope_statement, witness_statement, show_statement> {};

/// A declaration in the first column: the test before it was not closed.
struct at_declaration : predicate<at_declaration> {
    static bool holds(std::string_view text, std::size_t at, Context&) {
        return starts_declaration_line(text, at);
    }
};
struct statement_item : pegtl::sor<op<";">, recovering<statement, skip_to_statement>> {};
struct statements : pegtl::star<block_goes_on, pegtl::not_at<at_declaration>, statement_item> {};
struct statement_block : nested<pegtl::if_must<open_brace, statements, close_brace>> {};

} // namespace kps::grammar
