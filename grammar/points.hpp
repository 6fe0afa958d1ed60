#pragma once

#include "grammar/fields.hpp"

namespace kps::grammar {

struct symbol_name : pegtl::seq<symbol_word, pegtl::opt<op<":">, symbol_word>> {};

struct any_of : pegtl::seq<kw<"any">, kw<"of">, pegtl::must<string>> {};
struct all_of : pegtl::seq<kw<"all">, kw<"of">, pegtl::must<symbol_name>,
                           pegtl::star_must<op<",">, symbol_name>> {};
struct place_of_function : pegtl::sor<any_of, all_of, symbol_name> {};
struct maxactive : pegtl::if_must<kw<"maxactive">, value> {};

struct entry_point : pegtl::if_must<kw<"entry">, place_of_function> {};
struct return_point
    : pegtl::seq<kw<"return">, pegtl::must<place_of_function>, pegtl::opt<maxactive>> {};

struct offset_point : pegtl::seq<kw<"at">, symbol_name, pegtl::if_must<op<"+">, value>> {};
struct symbol_line_point : pegtl::seq<kw<"at">, symbol_name, op<":">, number> {};
struct file_line_point : pegtl::seq<kw<"at">, pegtl::if_must<string, op<":">, number>> {};
struct place_in_code : pegtl::failure {};
struct at_point : pegtl::sor<file_line_point, offset_point, symbol_line_point,
                             pegtl::if_must<kw<"at">, place_in_code>> {};

struct tracepoint : pegtl::if_must<kw<"tracepoint">, any_name, op<":">, any_name> {};
struct returns : kw<"return"> {};
struct user_point
    : pegtl::seq<kw<"user">, pegtl::opt<returns>, pegtl::must<string, op<":">, symbol_word>> {};

struct point : pegtl::sor<entry_point, return_point, at_point, tracepoint, user_point> {};

} // namespace kps::grammar
