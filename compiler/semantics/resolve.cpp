#include "compiler/semantics/resolve.hpp"

#include "compiler/semantics/tests.hpp"

#include <utility>

namespace kps::sema {

namespace {

class Resolver {
public:
    Resolver(const LoadedSpec& spec, const SourceSet& sources, const kernel::KernelView* kernel,
             diag::Sink& sink, LocateProgram locate, Kernels kernels)
        : context_{spec, sources, kernel, sink, out_, std::move(locate), kernels}, names_(context_),
          expressions_(context_, names_), streams_(context_, names_, expressions_),
          machines_(context_, names_, streams_) {}

    ResolvedSpec resolve() {
        out_.path = context_.spec.root().path;
        if (context_.kernel != nullptr) out_.kernel = context_.kernel->release();
        for (std::size_t file = 0; file < context_.spec.files.size(); ++file)
            look_over(file, file + 1 == context_.spec.files.size());
        resolve_tests();
        const bool live = context_.kernel != nullptr && !skip_;
        machines_.resolve_rest(live, has_tests_);
        streams_.resolve_rest(live, has_tests_);
        return std::move(out_);
    }

private:
    /// Requirements, and what is not supported.
    void look_over(std::size_t file, bool is_root) {
        const syntax::File& syntax = context_.file(file);
        for (const syntax::DeclarationId id : syntax.declarations) {
            const syntax::Declaration& declaration = syntax.all_declarations[id];
            if (const auto* group = std::get_if<syntax::TemplateDeclaration>(&declaration.node))
                check_template(syntax, *group);
            const auto* requirement = std::get_if<syntax::RequiresDeclaration>(&declaration.node);
            if (requirement == nullptr) continue;
            const auto reason = unmet(context_, requirement->condition);
            if (!reason) continue;
            if (is_root && !skip_) skip_ = Test::Skip{*reason, requirement->condition.span};
            if (!is_root) streams_.unmet.try_emplace(file, *reason);
        }
    }

    void check_template(const syntax::File& file, const syntax::TemplateDeclaration& group) {
        for (const syntax::DeclarationId id : group.body) {
            const syntax::Declaration& inner = file.all_declarations[id];
            if (std::holds_alternative<syntax::TestDeclaration>(inner.node))
                context_.sink.report(diag::test_in_template, inner.span)
                    .help("declare the test behind `use`");
        }
    }

    void resolve_tests() {
        const std::size_t root = context_.spec.files.size() - 1;
        const syntax::File& syntax = context_.file(root);
        std::map<std::string_view, Span> seen;
        for (const syntax::DeclarationId id : syntax.declarations) {
            const syntax::Declaration& declaration = syntax.all_declarations[id];
            if (const auto* constant = std::get_if<syntax::ConstDeclaration>(&declaration.node))
                check_constant(root, constant->name);
            const auto* test = std::get_if<syntax::TestDeclaration>(&declaration.node);
            if (test == nullptr) continue;
            has_tests_ = true;
            const auto [first, is_new] = seen.try_emplace(test->name.value, test->name.span);
            if (!is_new)
                context_.sink.report(diag::duplicate_name, test->name.span, test->name.value)
                    .note(first->second, "the first is here");
            TestResolver resolver(context_, names_, expressions_, streams_, machines_, *test,
                                  declaration.span);
            out_.tests.push_back(resolver.resolve(skip_));
        }
    }

    void check_constant(std::size_t file, const syntax::Name& name) {
        const bool live = context_.kernel != nullptr && !skip_;
        expressions_.named({file, nullptr, live}, name, nullptr);
    }

    ResolvedSpec out_;
    Context context_;
    Names names_;
    Expressions expressions_;
    Streams streams_;
    Machines machines_;
    std::optional<Test::Skip> skip_;
    bool has_tests_ = false;
};

} // namespace

std::filesystem::path same_path(const std::string& path) {
    return path;
}

ResolvedSpec resolve(const LoadedSpec& spec, const SourceSet& sources,
                     const kernel::KernelView& kernel, diag::Sink& sink, LocateProgram locate,
                     Kernels kernels) {
    return Resolver(spec, sources, &kernel, sink, std::move(locate), kernels).resolve();
}

void check(const LoadedSpec& spec, const SourceSet& sources, diag::Sink& sink) {
    Resolver(spec, sources, nullptr, sink, same_path, Kernels::given).resolve();
}

} // namespace kps::sema
