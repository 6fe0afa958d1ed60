#include "compiler/syntax/format.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/syntax/layout.hpp"

#include <algorithm>
#include <span>

namespace kps::syntax {

namespace {

constexpr std::size_t step = 4;

/// Prints the items of a file in order; where they lie is all it takes from the tree, the rest from
/// the text.
class Formatter {
public:
    Formatter(const File& file, std::string_view text)
        : file_(file), text_(text), layout_(text, file.comments) {}

    std::string run() {
        declarations(file_.declarations, 0);
        return layout_.finish();
    }

private:
    using Declarations = std::span<const DeclarationId>;

    void declarations(Declarations ids, std::size_t indent) {
        while (!ids.empty()) {
            const std::size_t constants = count_aligned_constants(ids);
            if (constants > 1)
                aligned_constants(ids.first(constants), indent);
            else
                declaration(file_.all_declarations[ids[0]], indent);
            ids = ids.subspan(std::max<std::size_t>(constants, 1));
        }
    }

    void declaration(const Declaration& declared, std::size_t indent) {
        const Span span = declared.span;
        const std::size_t inner = indent + step;
        const auto visitor = Overloaded{
            [&](const ProbeDeclaration& d) {
                block(span, indent, true, [&] { fields(d.fields, inner); });
            },
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
        const std::size_t end = tokens(span, indent, tight);
        const std::size_t brace = grammar::next_token(text_, end).begin;
        if (brace < span.end) {
            layout_.open(brace);
            body();
            layout_.close(span.end - 1, indent);
        }
        layout_.trail(span.end);
    }

    std::size_t tokens(Span span, std::size_t indent, bool tight) {
        const TokenStyle style{indent, tight, false, true};
        return layout_.tokens(span.begin, span.end, style);
    }

    void leaf(Span span, std::size_t indent, bool tight) {
        layout_.lead(span.begin, indent);
        tokens(span, indent, tight);
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
        block(*side, indent, false, [&] { fields(list, indent + step); });
    }

    void statements(const std::vector<StatementId>& ids, std::size_t indent) {
        for (const StatementId id : ids)
            statement(file_.statements[id], indent);
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
        for (const Field& field : list)
            aligned_field(field, indent, names, types);
    }

    void aligned_field(const Field& field, std::size_t indent, std::size_t names,
                       std::size_t types) {
        const TokenStyle style{indent, false, true, false};
        layout_.lead(field.span.begin, indent);
        if (layout_.has_comment(field.span.begin, field.span.end)) {
            layout_.tokens(field.span.begin, field.span.end, style);
            return layout_.trail(field.span.end);
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
        layout_.trail(field.span.end);
    }

    std::string_view type_text(const FieldType& type) {
        scratch_.clear();
        print_tokens(text_, type.span.begin, type.span.end, {0, false, true, false}, scratch_);
        return scratch_;
    }

    [[nodiscard]] const ConstDeclaration* plain_constant(DeclarationId id) const {
        const Declaration& declared = file_.all_declarations[id];
        const auto* constant = std::get_if<ConstDeclaration>(&declared.node);
        const bool is_plain =
            constant && !layout_.has_comment(declared.span.begin, declared.span.end);
        return is_plain ? constant : nullptr;
    }

    [[nodiscard]] std::size_t count_aligned_constants(Declarations ids) const {
        std::size_t count = 0;
        while (count < ids.size() && plain_constant(ids[count]) != nullptr) {
            const bool apart = count > 0 && layout_.has_blank_line(span_of(ids[count - 1]).end,
                                                                   span_of(ids[count]).begin);
            if (apart) break;
            ++count;
        }
        return count;
    }

    void aligned_constants(Declarations ids, std::size_t indent) {
        std::size_t names = 0;
        for (const DeclarationId id : ids)
            names = std::max(names, layout_.width(plain_constant(id)->name.span));
        for (const DeclarationId id : ids) {
            const ConstDeclaration& constant = *plain_constant(id);
            const Span span = span_of(id);
            layout_.lead(span.begin, indent);
            layout_.put("const ");
            layout_.put(layout_.text(constant.name.span));
            layout_.put_padded(" = ", names - layout_.width(constant.name.span));
            layout_.tokens(file_.exprs[constant.value].span.begin, span.end,
                           {indent, false, false, true});
            layout_.trail(span.end);
        }
    }

    [[nodiscard]] Span span_of(DeclarationId id) const { return file_.all_declarations[id].span; }

    const File& file_;
    std::string_view text_;
    Layout layout_;
    std::string scratch_;
};

} // namespace

std::string format(const File& file, const SourceSet& sources) {
    return Formatter(file, sources[file.source].text).run();
}

} // namespace kps::syntax
