#pragma once

#include "grammar/resume.hpp"
#include "grammar/tokens.hpp"

namespace kps::grammar {

/// Passes over what follows a mistake.
template <Resume Where>
struct skip_to : token<skip_to<Where>> {
    static std::size_t scan(std::string_view text, std::size_t at, Context& context) {
        const Mishap mishap{at, std::max(at, context.error_at), !context.open_braces.empty()};
        const Resumption found = resume(text, mishap, Where);
        context.abandoned = found.block_abandoned;
        return found.at;
    }
};
using skip_to_declaration = skip_to<Resume::declaration>;
using skip_to_statement = skip_to<Resume::statement>;
using skip_to_field = skip_to<Resume::field>;

/// `Rule`, or what `Skip` passes over once the mistake in it has been reported.
template <class Rule, class Skip>
struct recovering {
    using rule_t = recovering;
    using subs_t = pegtl::type_list<Rule, Skip>;

    template <pegtl::apply_mode A, pegtl::rewind_mode, template <class...> class Action,
              template <class...> class Control, class Input>
    [[nodiscard]] static bool match(Input& in, Context& context) {
        if (match_rule<A, Action, Control>(in, context)) return true;
        return Control<Skip>::template match<A, pegtl::rewind_mode::dontcare, Action, Control>(
            in, context);
    }

private:
    /// What was read of a rule with a mistake is taken back.
    template <pegtl::apply_mode A, template <class...> class Action,
              template <class...> class Control, class Input>
    [[nodiscard]] static bool match_rule(Input& in, Context& context) {
        const std::size_t nodes = context.nodes.size();
        const std::size_t braces = context.open_braces.size();
        auto begin = in.template mark<pegtl::rewind_mode::required>();
        try {
            if (Control<Rule>::template match<A, pegtl::rewind_mode::dontcare, Action, Control>(
                    in, context))
                return begin(true);
            Control<Rule>::raise(in, context);
        } catch (const Mistake&) {
            context.nodes.truncate(nodes);
            context.open_braces.resize(braces);
        }
        return begin(false);
    }
};

/// Inside of a block whose end has not been reached.
struct block_goes_on : predicate<block_goes_on> {
    static bool holds(std::string_view text, std::size_t at, Context& context) {
        return at < text.size() && text[at] != '}' && !context.abandoned;
    }
};

} // namespace kps::grammar

namespace tao::pegtl {

template <class Name, class Rule, class Skip>
struct analyze_traits<Name, kps::grammar::recovering<Rule, Skip>> : analyze_sor_traits<Rule, Skip> {
};

} // namespace tao::pegtl
