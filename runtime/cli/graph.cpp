#include "compiler/semantics/graphviz.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"

namespace kps::cli {

int graph(const GraphOptions& options, Terminal& terminal) {
    SourceSet sources;
    diag::Sink sink;
    const Result<sema::LoadedSpec> spec =
        load_spec(options.spec, library_of(options.library), sources, sink);
    if (!spec) {
        terminal.fail(spec.error());
        return Exit::wrong_input;
    }
    if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
    terminal.out(options.of == "imports"    ? sema::draw_imports(*spec)
                 : options.of == "machines" ? sema::draw_machines(*spec, sources)
                                            : sema::draw_tests(*spec));
    return Exit::ok;
}

} // namespace kps::cli
