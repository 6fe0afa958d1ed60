#include "compiler/semantics/fields.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

/// Mistakes that another kernel may not make; then the next source is tried.
bool is_absence(const diag::Diagnostic& diagnostic) {
    const diag::Code codes[] = {diag::unknown_parameter.code,  diag::unknown_member.code,
                                diag::no_function_type.code,   diag::differing_prototypes.code,
                                diag::no_such_argument.code,   diag::unknown_register.code,
                                diag::unknown_c_type.code,     diag::unknown_variable.code,
                                diag::ambiguous_function.code, diag::wrong_access.code};
    return std::ranges::find(codes, diagnostic.code) != std::end(codes);
}

/// The alternatives of one field.
class FieldSources {
public:
    explicit FieldSources(const FieldRequest& request)
        : request_(request), context_(request.context), all_(request.field.sources),
          build_(request.expressions.builder()) {}

    std::optional<MadeField> make() {
        if (all_.size() < 2) {
            Attempt only = attempt(all_.empty() ? nullptr : all_.data(), context_.sink);
            return std::move(only.made);
        }
        std::optional<MadeField> made = first();
        if (made && context_.kernels == Kernels::any) keep_others(*made);
        return made;
    }

private:
    struct Attempt {
        Operand operand;
        std::optional<MadeField> made;
    };

    [[nodiscard]] Span span_of(const syntax::ExprId* source) const {
        return source != nullptr ? context_.expr(request_.scope.file, *source).span
                                 : request_.field.name.span;
    }
    Sources sources(diag::Sink& sink) {
        return {context_, request_.expressions, request_.scope, request_.point, sink};
    }

    Attempt attempt(const syntax::ExprId* source, diag::Sink& sink) {
        Sources reader = sources(sink);
        Attempt result;
        result.operand =
            source != nullptr ? reader.read(*source) : reader.parameter(request_.field.name);
        result.made = field_of(request_, reader, result.operand, span_of(source), sink);
        return result;
    }

    std::optional<MadeField> first() {
        std::vector<diag::Diagnostic> failures;
        for (chosen_ = 0; chosen_ < all_.size(); ++chosen_) {
            diag::Sink sink;
            Attempt tried = attempt(&all_[chosen_], sink);
            if (tried.made) {
                model_ = tried.operand;
                return std::move(tried.made);
            }
            const std::vector<diag::Diagnostic> found = sink.sorted();
            if (found.empty()) return std::nullopt; // reported already
            for (const diag::Diagnostic& failure : found) {
                failures.push_back(failure);
                if (is_absence(failure)) continue;
                context_.sink.add(failure);
                return std::nullopt;
            }
        }
        none(failures);
        return std::nullopt;
    }

    void none(const std::vector<diag::Diagnostic>& failures) {
        auto report = context_.sink.report(diag::no_source, request_.field.span,
                                           request_.field.name.text, context_.kernel->release());
        for (const diag::Diagnostic& failure : failures) {
            report.remark(failure.message);
            for (const std::string& help : failure.help)
                report.help(help);
        }
    }

    void keep_others(MadeField& made) {
        std::vector<ExprId> kept;
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (i == chosen_)
                kept.push_back(made.field.source);
            else if (const auto other = another(all_[i], made))
                kept.push_back(*other);
        }
        if (kept.size() > 1) made.field.sources = std::move(kept);
    }

    /// What one more source reads, as a value of the chosen one's type; none, and a remark, if that
    /// is not to be told from this kernel.
    std::optional<ExprId> another(const syntax::ExprId& source, MadeField& made) {
        const Trial trial(context_.sink);
        const ValueType& wanted = made.field.type;
        Attempt tried = attempt(&source, context_.sink);
        if (!tried.made) tried = suppose(source, wanted);
        std::string why = "its type is another one";
        if (tried.made) {
            if (const auto value = as(wanted, tried.made->field)) return value;
        } else if (context_.sink.has_errors()) {
            why = context_.sink.sorted().front().message;
        }
        made.remarks.push_back(fmt::format("the source `{}` of `{}` is left out: {}",
                                           context_.words(span_of(&source)), made.field.name, why));
        return std::nullopt;
    }

    Attempt suppose(const syntax::ExprId& source, const ValueType& held) {
        diag::Sink unused;
        Sources reader = sources(unused);
        const Operand operand = reader.read_missing(source);
        const auto* missing = std::get_if<MissingMember>(&operand);
        if (missing == nullptr) return {};
        const Operand supposed = reader.supposed(*missing, model_, held, span_of(&source));
        return {supposed, field_of(request_, reader, supposed, span_of(&source), unused)};
    }

    std::optional<ExprId> as(const ValueType& wanted, const Field& field) {
        if (field.type.kind != wanted.kind) return std::nullopt;
        if (wanted.kind == TypeKind::integer) {
            Value value = build_.integer(field.source, field.type, field.span);
            if (wanted.display == Display::boolean) value = build_.condition(value);
            return build_.convert(value, wanted.size, wanted.is_signed).expr;
        }
        const bool is_text = wanted.kind == TypeKind::string;
        return is_text || field.type == wanted ? std::optional(field.source) : std::nullopt;
    }

    const FieldRequest& request_;
    Context& context_;
    const std::vector<syntax::ExprId>& all_;
    ExprBuilder& build_;
    std::size_t chosen_ = 0;
    Operand model_; ///< what the chosen source reads
};

} // namespace

std::optional<MadeField> make_field(const FieldRequest& request) {
    return FieldSources(request).make();
}

} // namespace kps::sema
