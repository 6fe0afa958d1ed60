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
        if constexpr (kind == NodeKind::none && !has_several<typename Rule::subs_t>) {
            return pegtl::match<Rule, A, M, Action, Next>(in, context);
        } else {
            const std::size_t mark = context.nodes.size();
            if constexpr (kind != NodeKind::none) context.nodes.push_back({kind, offset(in), 0, 1});
            if (!pegtl::match<Rule, A, M, Action, Next>(in, context)) {
                context.nodes.resize(mark);
                return false;
            }
            if constexpr (kind != NodeKind::none) close(context, mark, offset(in));
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

    static void close(grammar::Context& context, std::size_t mark, std::size_t at) {
        grammar::Node& node = context.nodes[mark];
        node.end = static_cast<std::uint32_t>(context.end_before(at));
        node.size = static_cast<std::uint32_t>(context.nodes.size() - mark);
    }
};

} // namespace

FlatTree read_flat(std::string_view text, SourceId source, diag::Sink& sink) {
    Parse parse(text, source, sink);
    pegtl::memory_input<pegtl::tracking_mode::lazy> in(text.data(), text.size(), "");
    try {
        pegtl::parse<grammar::file, pegtl::nothing, Control>(in,
                                                             static_cast<grammar::Context&>(parse));
    } catch (const grammar::HopelessMistake&) {
        const auto is_open = [](const grammar::Node& node) { return node.end == 0; };
        const auto broken = std::ranges::find_if(parse.nodes, is_open);
        parse.nodes.erase(broken, parse.nodes.end());
    }
    return {std::move(parse.nodes), std::move(parse.comments)};
}

} // namespace kps::syntax
