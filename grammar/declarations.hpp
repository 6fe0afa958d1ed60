#pragma once

#include "grammar/statements.hpp"

namespace kps::grammar {

struct alias : pegtl::if_must<kw<"as">, name> {};
struct imported : pegtl::sor<path, string> {};
struct import_declaration : pegtl::seq<kw<"import">, pegtl::must<imported>, pegtl::opt<alias>> {};

struct const_declaration : pegtl::if_must<kw<"const">, name, assign, expression> {};

struct optional : kw<"optional"> {};
struct points : pegtl::seq<pegtl::must<point>, pegtl::star_must<kw<"else">, point>> {};
struct probe_declaration : pegtl::seq<kw<"probe">, pegtl::must<name, kw<"on">>, points,
                                      pegtl::opt<optional>, pegtl::opt<fields>> {};

struct functions : pegtl::seq<pegtl::must<symbol_name>, pegtl::star_must<kw<"else">, symbol_name>> {
};
struct enter_fields : pegtl::if_must<kw<"enter">, fields> {};
struct exit_fields : pegtl::if_must<kw<"exit">, fields> {};
struct call_end : close_brace {};
struct call_sides
    : pegtl::if_must<open_brace, pegtl::star<pegtl::sor<enter_fields, exit_fields, op<";">>>,
                     call_end> {};
struct call_declaration : pegtl::seq<kw<"call">, pegtl::must<name, kw<"on">>, functions,
                                     pegtl::opt<optional>, pegtl::opt<call_sides>> {};

struct span_declaration
    : pegtl::seq<kw<"span">, pegtl::must<name, assign, stream, op<"=>">, stream>, pegtl::opt<key>> {
};

struct machine_start : pegtl::seq<kw<"start">, name, pegtl::star_must<op<",">, name>> {};
struct machine_accept : pegtl::seq<kw<"accept">, name, pegtl::star_must<op<",">, name>> {};
struct machine_edge : pegtl::seq<name, pegtl::must<op<":">, stream>,
                                 pegtl::star_must<op<",">, stream>, pegtl::must<op<"=>">, name>> {};
struct machine_part : pegtl::sor<machine_start, machine_accept, machine_edge> {};
struct machine_item : pegtl::sor<op<";">, recovering<machine_part, skip_to_field>> {};
struct machine_block
    : pegtl::if_must<open_brace, pegtl::star<block_goes_on, machine_item>, close_brace> {};
struct machine_declaration
    : pegtl::seq<kw<"machine">, pegtl::must<name>, pegtl::opt<key>, pegtl::must<machine_block>> {};

struct declaration_item;
struct names : pegtl::list_must<name, op<",">> {};
struct parameters : pegtl::if_must<op<"(">, pegtl::opt<names>, op<")">> {};
struct template_block
    : nested<
          pegtl::if_must<open_brace, pegtl::star<block_goes_on, declaration_item>, close_brace>> {};
struct template_declaration : pegtl::if_must<kw<"template">, name, parameters, template_block> {};
struct use_declaration : pegtl::seq<kw<"use">, pegtl::must<path, arguments>, pegtl::opt<alias>> {};

struct tags : pegtl::if_must<kw<"tags">, names> {};
struct test_declaration
    : pegtl::seq<kw<"test">, pegtl::must<string>, pegtl::opt<tags>, pegtl::must<statement_block>> {
};

struct declaration
    : pegtl::sor<test_declaration, call_declaration, probe_declaration, const_declaration,
                 import_declaration, requires_condition, span_declaration, machine_declaration,
                 template_declaration, use_declaration> {};
struct declaration_item : pegtl::sor<op<";">, recovering<declaration, skip_to_declaration>> {};

struct byte_order_mark : pegtl::utf8::bom {};
struct file_start : pegtl::seq<pegtl::opt<byte_order_mark>, blanks> {};
/// One at a time, so that the nodes of a declaration can be used and dropped before the next.
struct file_item : pegtl::seq<pegtl::not_at<end_of_file>, declaration_item> {};
struct file : pegtl::seq<file_start, pegtl::star<file_item>, end_of_file> {};

} // namespace kps::grammar
