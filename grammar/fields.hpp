#pragma once

#include "grammar/expressions.hpp"
#include "grammar/recovery.hpp"

namespace kps::grammar {

/// `=` of a source or a constant, not `==` or `=>`.
struct assign : token<assign> {
    static constexpr std::string_view spelling = "=";

    static std::size_t scan(std::string_view text, std::size_t at, Context&) {
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        return text.substr(at, 1) == "=" && next != '=' && next != '>' ? at + 1 : npos;
    }
};

struct enum_type : pegtl::if_must<kw<"enum">, any_name> {};
struct bits_type
    : pegtl::seq<kw<"bits">, pegtl::if_must<op<"(">, expression, op<",">, expression, op<")">>> {};
struct element_count : pegtl::if_must<op<"[">, expression, op<"]">> {};
struct field_type : pegtl::seq<pegtl::sor<enum_type, bits_type, name>, pegtl::opt<element_count>> {
};

struct source : expression {};
struct field_name : name {};
struct field : pegtl::seq<field_name, pegtl::opt_must<op<":">, field_type>,
                          pegtl::opt_must<assign, source, pegtl::star_must<kw<"else">, source>>> {};

/// In `Rule` every word is a name.
template <class Rule>
struct with_words_as_names {
    using rule_t = with_words_as_names;
    using subs_t = pegtl::type_list<Rule>;

    template <pegtl::apply_mode A, pegtl::rewind_mode M, template <class...> class Action,
              template <class...> class Control, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        struct Guard {
            bool& flag;
            ~Guard() { flag = false; }
        } guard{context.in_fields = true};
        return Control<Rule>::template match<A, M, Action, Control>(in, context);
    }
};

struct field_item : pegtl::sor<op<";">, recovering<field, skip_to_field>> {};
struct fields
    : pegtl::if_must<open_brace, with_words_as_names<pegtl::star<block_goes_on, field_item>>,
                     close_brace> {};

} // namespace kps::grammar

namespace tao::pegtl {

template <class Name, class Rule>
struct analyze_traits<Name, kps::grammar::with_words_as_names<Rule>> : analyze_seq_traits<Rule> {};

} // namespace tao::pegtl
