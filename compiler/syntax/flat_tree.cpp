#include "compiler/syntax/flat_tree.hpp"

#include "compiler/syntax/expected.hpp"
#include "compiler/syntax/mistakes.hpp"
#include "compiler/syntax/parse.hpp"
#include "grammar/declarations.hpp"

namespace kps::syntax {

namespace {

namespace pegtl = tao::pegtl;
using grammar::NodeKind;

static_assert(grammar::max_depth == max_nesting);

template <class Rule>
inline constexpr NodeKind kind_of = NodeKind::none;
#define NODE(kind)                                                                                 \
    template <>                                                                                    \
    inline constexpr NodeKind kind_of<grammar::kind> = NodeKind::kind;
#include "grammar/node_kind.def"
#undef NODE
template <>
inline constexpr NodeKind kind_of<grammar::any_name> = NodeKind::name;
template <>
inline constexpr NodeKind kind_of<grammar::field_name> = NodeKind::name;
template <>
inline constexpr NodeKind kind_of<grammar::symbol_word> = NodeKind::name;
template <>
inline constexpr NodeKind kind_of<grammar::integer_type> = NodeKind::name;
template <>
inline constexpr NodeKind kind_of<grammar::measure_name> = NodeKind::name;
template <>
inline constexpr NodeKind kind_of<grammar::arithmetic_operator> = NodeKind::binary_operator;
template <>
inline constexpr NodeKind kind_of<grammar::value> = NodeKind::operation;
template <>
inline constexpr NodeKind kind_of<grammar::condition> = NodeKind::operation;

struct Parse : grammar::Context {
    Parse(std::string_view source_text, SourceId source, diag::Sink& sink)
        : mistakes(source, *this, sink) {
        text = source_text;
    }

    Mistakes mistakes;
};

/// Whether a rule that fails may have left nodes of its first parts.
template <class Subs>
inline constexpr bool has_several = false;
template <class First, class Second, class... Rest>
inline constexpr bool has_several<pegtl::type_list<First, Second, Rest...>> = true;

[[noreturn]] void fail(const Expected& expected, std::size_t at, Parse& parse) {
    parse.error_at = at;
    parse.mistakes.report(expected, at);
    if (expected.wanted == Wanted::less_nesting || parse.mistakes.count() >= Mistakes::most)
        throw grammar::HopelessMistake();
    throw grammar::Mistake();
}

/// Appends a node for each rule of `node_kind.def` and takes back those of rules that fail.
template <class Rule>
struct Control : pegtl::normal<Rule> {
    static constexpr bool enable = false;

    template <pegtl::apply_mode A, pegtl::rewind_mode M, template <class...> class Action,
              template <class...> class Next, class Input>
    [[nodiscard]] static bool match(Input& in, grammar::Context& context) {
        constexpr NodeKind kind = kind_of<Rule>;
        if constexpr (std::is_same_v<typename Rule::subs_t, pegtl::empty_list>) {
            const std::uint32_t begin = offset(in);
            if (!pegtl::match<Rule, A, M, Action, Next>(in, context)) return false;
            if constexpr (kind != NodeKind::none)
                context.nodes.push(kind, begin, end_of_match(in, context));
            return true;
        } else if constexpr (kind == NodeKind::none && !has_several<typename Rule::subs_t>) {
            return pegtl::match<Rule, A, M, Action, Next>(in, context);
        } else {
            const std::size_t mark = context.nodes.size();
            if constexpr (kind != NodeKind::none) context.nodes.push(kind, offset(in), 0);
            if (!pegtl::match<Rule, A, M, Action, Next>(in, context)) {
                context.nodes.truncate(mark);
                return false;
            }
            if constexpr (kind != NodeKind::none) {
                grammar::Node& node = context.nodes[mark];
                node.end = end_of_match(in, context);
                node.size = static_cast<std::uint32_t>(context.nodes.size() - mark);
            }
            return true;
        }
    }

    template <class Input>
    [[noreturn]] static void raise(const Input& in, grammar::Context& context) {
        fail(ExpectedOf<Rule>::value, offset(in), static_cast<Parse&>(context));
    }

private:
    template <class Input>
    static std::uint32_t offset(const Input& in) {
        return static_cast<std::uint32_t>(in.current() - in.begin());
    }

    template <class Input>
    static std::uint32_t end_of_match(const Input& in, const grammar::Context& context) {
        return static_cast<std::uint32_t>(context.end_before(offset(in)));
    }
};

} // namespace

void read_flat(std::string_view text, SourceId source, diag::Sink& sink, const TakeNodes& take) {
    Parse parse(text, source, sink);
    grammar::Context& context = parse;
    pegtl::memory_input<pegtl::tracking_mode::lazy> in(text.data(), text.size(), "");
    try {
        pegtl::parse<grammar::file_start, pegtl::nothing, Control>(in, context);
        while (pegtl::parse<grammar::file_item, pegtl::nothing, Control>(in, context)) {
            take(context.nodes.all(), context.comments);
            context.nodes.truncate(0);
        }
    } catch (const grammar::HopelessMistake&) {
        // The rest of the file is not read; what was understood so far is.
    }
    take({}, context.comments);
}

} // namespace kps::syntax
