#include "tests/golden/stages.hpp"

#include "compiler/diagnostics/render.hpp"
#include "compiler/plan/kernel_work.hpp"
#include "compiler/semantics/resolve.hpp"
#include "compiler/syntax/dump.hpp"
#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"
#include "tests/data/fixture_kernel.hpp"
#include "tests/data/fixture_programs.hpp"

#include <filesystem>

namespace kps::golden {

namespace {

struct Parsed {
    SourceSet sources;
    diag::Sink sink;
    syntax::File file;

    Parsed(const std::string& path, const std::string& text)
        : file(syntax::parse(sources, sources.add(path, text), sink)) {}

    [[nodiscard]] std::string diagnostics() const {
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
};

std::string dump(const std::string& path, const std::string& text) {
    const Parsed parsed(path, text);
    return parsed.diagnostics() + syntax::dump(parsed.file);
}

std::string format(const std::string& path, const std::string& text) {
    const Parsed parsed(path, text);
    diag::Sink again;
    return parsed.diagnostics() + syntax::format(parsed.sources, parsed.file.source, again);
}

/// The last is shown even where there are more than a user is shown at once.
std::string diagnose_syntax(const std::string& path, const std::string& text) {
    const Parsed parsed(path, text);
    const std::vector<diag::Diagnostic> all_found = parsed.sink.sorted();
    std::string shown = parsed.diagnostics();
    if (all_found.size() > 20)
        shown +=
            "last:\n" + diag::render_text(all_found.back(), parsed.sources, diag::Colour::never);
    return shown;
}

/// Against the fixture kernel. Imports are found as from the folder of the cases, by paths that are
/// the same on every machine.
std::string diagnose_meaning(const std::string& path, const std::string& text) {
    std::filesystem::current_path(KPS_GOLDEN "/diag");
    SourceSet sources;
    diag::Sink sink;
    const sema::Library library{{"../../data/library", "../../../specs"}};
    const sema::LoadedSpec spec = sema::load(sources.add(path, text), library, sources, sink);
    sema::resolve(spec, sources, *test::fixture_kernel(), sink, test::fixture_program);
    return diag::render_text(sink.sorted(), sources, diag::Colour::never);
}

/// Against the fixture kernel, for any.
std::string resolve_for_any(const std::string& path, const std::string& text) {
    SourceSet sources;
    diag::Sink sink;
    const sema::LoadedSpec spec = sema::load(sources.add(path, text), {}, sources, sink);
    const sema::ResolvedSpec resolved = sema::resolve(spec, sources, *test::fixture_kernel(), sink,
                                                      test::fixture_program, sema::Kernels::any);
    return diag::render_text(sink.sorted(), sources, diag::Colour::never) + sema::dump(resolved);
}

/// What the kernel would do for each test.
std::string divide(const std::string& path, const std::string& text) {
    SourceSet sources;
    diag::Sink sink;
    const sema::LoadedSpec loaded = sema::load(sources.add(path, text), {}, sources, sink);
    const sema::ResolvedSpec spec =
        sema::resolve(loaded, sources, *test::fixture_kernel(), sink, test::fixture_program);
    std::string divided = diag::render_text(sink.sorted(), sources, diag::Colour::never);
    for (const sema::Test& test : spec.tests)
        divided += plan::dump(spec, test, plan::divide(spec, test, true));
    return divided;
}

constexpr Stage all[] = {
    {"parse", "", "~", dump},
    {"fmt", "", "~", format},
    {"diag", "KPS0100", "KPS0200", diagnose_syntax},
    {"diag", "KPS0200", "KPS0600", diagnose_meaning},
    {"any_kernel", "", "~", resolve_for_any},
    {"kernel_work", "", "~", divide},
};

} // namespace

std::span<const Stage> stages() {
    return all;
}

} // namespace kps::golden
