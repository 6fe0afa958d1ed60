#include "runtime/cli/commands.hpp"
#include "runtime/cli/specs.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace kps::cli {

namespace {

using Json = nlohmann::ordered_json;

/// The tests of a spec: `spec` (its path), `line`, `name` and `tags` each.
void add_tests(const sema::SpecFile& spec, const SourceSet& sources, Json& tests) {
    for (const syntax::DeclarationId id : spec.file.declarations) {
        const syntax::Declaration& declaration = spec.file.all_declarations[id];
        const auto* const test = std::get_if<syntax::TestDeclaration>(&declaration.node);
        if (test == nullptr) continue;
        Json tags = Json::array();
        for (const syntax::Name& tag : test->tags)
            tags.push_back(std::string(tag.text));
        const LineColumn at = sources.position(declaration.span.file, declaration.span.begin);
        tests.push_back({{"spec", spec.path},
                         {"line", at.line},
                         {"name", test->name.value},
                         {"tags", std::move(tags)}});
    }
}

} // namespace

int list_tests(const ListOptions& options, Terminal& terminal) {
    SourceSet sources;
    diag::Sink sink;
    const auto specs = load_specs(options.specs, library_of(options.library), sources, sink);
    if (!specs) {
        terminal.fail(specs.error());
        return Exit::wrong_input;
    }
    Json tests = Json::array();
    for (const sema::LoadedSpec& spec : *specs)
        add_tests(spec.root(), sources, tests);
    show_diagnostics(sink, sources, terminal);
    if (sink.has_errors()) return Exit::wrong_input;
    if (options.json) {
        terminal.out(tests.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
        return Exit::ok;
    }
    for (const Json& test : tests)
        terminal.out(fmt::format("{}:{}\t{}\n", test["spec"].get_ref<const std::string&>(),
                                 test["line"].get<unsigned>(),
                                 test["name"].get_ref<const std::string&>()));
    return Exit::ok;
}

} // namespace kps::cli
