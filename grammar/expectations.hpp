#pragma once

#include "grammar/expressions.hpp"

namespace kps::grammar {

struct path : pegtl::seq<name, pegtl::star_must<dot_sign, any_name>> {};
struct where : pegtl::if_must<kw<"where">, condition> {};
struct stream : pegtl::seq<path, pegtl::opt<where>> {};

struct key_fields
    : pegtl::sor<pegtl::if_must<op<"(">, name, pegtl::star_must<op<",">, name>, op<")">>, name> {};
struct key : pegtl::if_must<kw<"by">, key_fields> {};
struct within : pegtl::if_must<kw<"within">, value> {};
struct key_and_time : pegtl::sor<pegtl::seq<key, pegtl::opt<within>>,
                                 pegtl::seq<within, pegtl::opt<key>>, pegtl::success> {};

/// `>= 3`, `in 1..5`
struct comparison : pegtl::sor<pegtl::seq<comparison_operator, pegtl::must<value>>, range> {};

struct during : pegtl::if_must<kw<"during">, stream> {};
struct expect_some
    : pegtl::seq<kw<"some">, pegtl::must<stream>, pegtl::opt<during>, pegtl::opt<key>> {};

struct expect_no_overlap : pegtl::seq<kw<"no">, kw<"overlap">, stream, pegtl::opt<key>> {};
struct expect_no_gap
    : pegtl::seq<kw<"no">, kw<"gap">, pegtl::if_must<kw<"in">, stream, kw<"over">, value>> {};
struct expect_no : pegtl::seq<kw<"no">, pegtl::must<stream>, pegtl::opt<during>, pegtl::opt<key>> {
};

struct if_any : pegtl::seq<kw<"if">, pegtl::must<kw<"any">>> {};
struct expect_every : pegtl::seq<kw<"every">, pegtl::must<stream>, pegtl::opt<if_any>,
                                 pegtl::must<op<":">, condition>> {};

struct in_parentheses : pegtl::must<op<"(">, stream, op<")">> {};
struct expect_count : pegtl::seq<kw<"count">, pegtl::at<op<"(">>, in_parentheses,
                                 pegtl::must<comparison>, pegtl::opt<key>> {};
struct expect_aggregate
    : pegtl::seq<measure_name, in_parentheses, pegtl::must<comparison>, pegtl::opt<key>> {};

struct then_step : pegtl::if_must<kw<"then">, stream> {};
struct only_after : pegtl::seq<kw<"only">, pegtl::must<kw<"after">, stream>, key_and_time> {};
struct paired_with : pegtl::seq<kw<"paired">, pegtl::must<kw<"with">, stream>, pegtl::opt<key>> {};
struct follows : pegtl::if_must<kw<"follows">, path> {};
struct order_relation : pegtl::sor<pegtl::seq<pegtl::plus<then_step>, key_and_time>, only_after,
                                   paired_with, follows> {};
struct expect_order : pegtl::seq<stream, pegtl::must<order_relation>> {};

struct expectation : pegtl::sor<expect_some, expect_no_overlap, expect_no_gap, expect_no,
                                expect_every, expect_count, expect_aggregate, expect_order> {};

struct scope_until : pegtl::if_must<kw<"until">, stream> {};
struct scope_after : pegtl::seq<kw<"after">, pegtl::must<stream>, pegtl::opt<scope_until>> {};
struct scope_before : pegtl::if_must<kw<"before">, stream> {};
struct scope_between : pegtl::if_must<kw<"between">, stream, kw<"and">, stream> {};
struct allow_tainted : pegtl::if_must<kw<"allow">, kw<"tainted">, number, op<"%">> {};
struct scope_clause : pegtl::sor<scope_after, scope_before, scope_between> {};

} // namespace kps::grammar
