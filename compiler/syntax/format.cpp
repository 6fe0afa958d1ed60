#include "compiler/syntax/format.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/syntax/layout.hpp"
#include "compiler/syntax/parse.hpp"

#include <algorithm>
#include <span>

namespace kps::syntax {

namespace {

constexpr std::size_t step = 4;

/// Prints the items of a file in order, as they are read; where they lie is all it takes from the
/// tree, the rest from the text.
class Formatter {
public:
    Formatter(const File& file, std::string_view text)
        : file_(file), text_(text), layout_(text, file.comments) {}

    /// Prints the declarations the file has.
    void print() { declarations(file_.declarations, 0); }
    std::string finish() { return layout_.finish(); }

    /// Whether a declaration behind those of the file could be aligned with them.
    [[nodiscard]] bool is_open() const {
        return !file_.declarations.empty() && binding(file_.declarations.back());
    }

private:
    using Declarations = std::span<const DeclarationId>;
    using Statements = std::span<const StatementId>;

    /// `const NAME = VALUE` or `let NAME = VALUE`.
    struct Binding {
        Span whole;
        Span name;
        std::size_t value = 0; ///< where it starts
    };

    void declarations(Declarations ids, std::size_t indent) {
        while (!ids.empty()) {
            const std::vector<Binding> bindings = leading_bindings(ids);
            if (bindings.empty())
                declaration(file_.all_declarations[ids[0]], indent);
            else
                aligned_bindings("const ", bindings, indent);
            ids = ids.subspan(std::max<std::size_t>(bindings.size(), 1));
        }
    }

    void declaration(const Declaration& declared, std::size_t indent) {
        const Span span = declared.span;
        const std::size_t inner = indent + step;
        const auto visitor = Overloaded{
            [&](const ProbeDeclaration& d) { field_block(span, d.fields, indent); },
            [&](const CallDeclaration& d) {
                block(span, indent, true, [&] { call_sides(d, inner); });
            },
            [&](const MachineDeclaration& d) {
                block(span, indent, false, [&] {
                    for (const Span& part : d.parts)
                        leaf(part, inner, false);
                });
            },
            [&](const TemplateDeclaration& d) {
                block(span, indent, false, [&] { declarations(d.body, inner); });
            },
            [&](const TestDeclaration& d) {
                block(span, indent, false, [&] { statements(d.body, inner); });
            },
            [&](const RequiresDeclaration&) { leaf(span, indent, true); },
            [&](const auto&) { leaf(span, indent, false); },
        };
        std::visit(visitor, declared.node);
    }

    /// The tokens up to `{`, and the block behind them if there is one.
    template <class Body>
    void block(Span span, std::size_t indent, bool tight, Body body) {
        layout_.lead(span.begin, indent);
        const std::size_t end = header(span, indent, tight);
        const std::size_t brace = grammar::next_token(text_, end).begin;
        if (brace < span.end) {
            layout_.open(brace);
            body();
            layout_.close(span.end - 1, indent);
        }
        layout_.trail(span.end);
    }

    /// A single field stays beside its braces if the author put it there.
    void field_block(Span span, std::span<const Field> list, std::size_t indent) {
        const std::size_t brace = list.size() == 1 ? text_.rfind('{', list[0].span.begin) : 0;
        const bool on_one_line =
            list.size() == 1 && text_.substr(brace, span.end - brace).find('\n') == grammar::npos;
        if (!on_one_line) return block(span, indent, true, [&] { fields(list, indent + step); });
        layout_.lead(span.begin, indent);
        header(span, indent, true);
        layout_.put(" { ");
        aligned_field(list[0], indent, layout_.width(list[0].name.span),
                      list[0].type ? type_text(*list[0].type).size() : 0);
        layout_.put(" }");
        layout_.trail(span.end);
    }

    std::size_t header(Span span, std::size_t indent, bool tight) {
        return layout_.tokens(span.begin, span.end, {indent, tight, false, true, true});
    }

    void leaf(Span span, std::size_t indent, bool tight) {
        layout_.lead(span.begin, indent);
        layout_.tokens(span.begin, span.end, {indent, tight, false, true, false});
        layout_.trail(span.end);
    }

    void call_sides(const CallDeclaration& call, std::size_t indent) {
        const bool exit_first =
            call.enter_span && call.exit_span && *call.exit_span < *call.enter_span;
        if (exit_first) call_side(call.exit_span, call.exit, indent);
        call_side(call.enter_span, call.enter, indent);
        if (!exit_first) call_side(call.exit_span, call.exit, indent);
    }

    void call_side(const std::optional<Span>& side, const std::vector<Field>& list,
                   std::size_t indent) {
        if (!side) return;
        field_block(*side, list, indent);
    }

    void statements(Statements ids, std::size_t indent) {
        while (!ids.empty()) {
            const std::vector<Binding> bindings = leading_bindings(ids);
            if (bindings.empty())
                statement(file_.statements[ids[0]], indent);
            else
                aligned_bindings("let ", bindings, indent);
            ids = ids.subspan(std::max<std::size_t>(bindings.size(), 1));
        }
    }

    void statement(const Statement& statement, std::size_t indent) {
        const std::vector<StatementId>* body = nullptr;
        if (const auto* on = std::get_if<OnStatement>(&statement.node)) body = &on->body;
        if (const auto* known = std::get_if<KnownFailureStatement>(&statement.node))
            body = &known->body;
        const bool tight = std::holds_alternative<RequiresStatement>(statement.node);
        if (body == nullptr) return leaf(statement.span, indent, tight);
        block(statement.span, indent, false, [&] { statements(*body, indent + step); });
    }

    // Columns: fields and constants without a blank line between them.

    void fields(std::span<const Field> list, std::size_t indent) {
        while (!list.empty()) {
            std::size_t count = 1;
            while (count < list.size() &&
                   !layout_.has_blank_line(list[count - 1].span.end, list[count].span.begin))
                ++count;
            aligned_fields(list.first(count), indent);
            list = list.subspan(count);
        }
    }

    void aligned_fields(std::span<const Field> list, std::size_t indent) {
        std::size_t names = 0;
        std::size_t types = 0;
        for (const Field& field : list) {
            if (layout_.has_comment(field.span.begin, field.span.end)) continue;
            names = std::max(names, layout_.width(field.name.span));
            if (field.type && !field.sources.empty())
                types = std::max(types, type_text(*field.type).size());
        }
        for (const Field& field : list) {
            layout_.lead(field.span.begin, indent);
            aligned_field(field, indent, names, types);
            layout_.trail(field.span.end);
        }
    }

    void aligned_field(const Field& field, std::size_t indent, std::size_t names,
                       std::size_t types) {
        const TokenStyle style{indent, false, true, false, false};
        if (layout_.has_comment(field.span.begin, field.span.end)) {
            layout_.tokens(field.span.begin, field.span.end, style);
            return;
        }
        layout_.put(layout_.text(field.name.span));
        const std::size_t width = layout_.width(field.name.span);
        const bool has_sources = !field.sources.empty();
        if (field.type) {
            const std::string_view type = type_text(*field.type);
            layout_.put_padded(" : ", names - width);
            layout_.put(type);
            if (has_sources) layout_.put_padded(" = ", types - type.size());
        } else if (has_sources) {
            layout_.put_padded(" = ", names - width + (types == 0 ? 0 : types + 3));
        }
        if (has_sources)
            layout_.tokens(file_.exprs[field.sources[0]].span.begin, field.span.end, style);
    }

    std::string_view type_text(const FieldType& type) {
        scratch_.clear();
        print_tokens(text_, type.span.begin, type.span.end, {0, false, true, false, false},
                     scratch_);
        return scratch_;
    }

    [[nodiscard]] std::optional<Binding> binding(DeclarationId id) const {
        const Declaration& declared = file_.all_declarations[id];
        const auto* constant = std::get_if<ConstDeclaration>(&declared.node);
        if (constant == nullptr) return std::nullopt;
        return plain({declared.span, constant->name.span, file_.exprs[constant->value].span.begin});
    }

    [[nodiscard]] std::optional<Binding> binding(StatementId id) const {
        const Statement& statement = file_.statements[id];
        const auto* let = std::get_if<LetStatement>(&statement.node);
        if (let == nullptr) return std::nullopt;
        return plain({statement.span, let->name.span, let->stream.span.begin});
    }

    /// One with comments before its value cannot be aligned.
    [[nodiscard]] std::optional<Binding> plain(const Binding& binding) const {
        if (layout_.has_comment(binding.whole.begin, binding.value)) return std::nullopt;
        return binding;
    }

    /// The bindings at the front of `ids`, up to a blank line.
    template <class Id>
    [[nodiscard]] std::vector<Binding> leading_bindings(std::span<const Id> ids) const {
        std::vector<Binding> bindings;
        for (const Id id : ids) {
            const std::optional<Binding> next = binding(id);
            if (!next) break;
            const bool apart = !bindings.empty() &&
                               layout_.has_blank_line(bindings.back().whole.end, next->whole.begin);
            if (apart) break;
            bindings.push_back(*next);
        }
        return bindings;
    }

    void aligned_bindings(std::string_view keyword, const std::vector<Binding>& bindings,
                          std::size_t indent) {
        std::size_t names = 0;
        for (const Binding& binding : bindings)
            names = std::max(names, layout_.width(binding.name));
        for (const Binding& binding : bindings) {
            layout_.lead(binding.whole.begin, indent);
            layout_.put(keyword);
            layout_.put(layout_.text(binding.name));
            layout_.put_padded(" = ", names - layout_.width(binding.name));
            layout_.tokens(binding.value, binding.whole.end, {indent, false, false, true, false});
            layout_.trail(binding.whole.end);
        }
    }

    const File& file_;
    std::string_view text_;
    Layout layout_;
    std::string scratch_;
};

} // namespace

std::string format(const SourceSet& sources, SourceId source, diag::Sink& sink) {
    File file;
    file.source = source;
    Formatter formatter(file, sources[source].text);
    const auto print = [&] {
        if (!sink.has_errors()) formatter.print();
        file.declarations.clear();
        file.exprs.clear();
        file.statements.clear();
        file.all_declarations.clear();
    };
    parse_stepwise(file, sources, sink, [&] {
        if (!formatter.is_open()) print();
    });
    print();
    return sink.has_errors() ? "" : formatter.finish();
}

} // namespace kps::syntax
