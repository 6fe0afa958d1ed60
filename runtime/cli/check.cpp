#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"

namespace kps::cli {

int check(const CheckOptions& options, Terminal& terminal) {
    SourceSet sources;
    diag::Sink sink;
    const sema::Library library = library_of(options.library);
    std::shared_ptr<const kernel::KernelView> kernel;
    if (!options.kernel.empty()) {
        auto opened = open_kernel(options.kernel, terminal);
        if (!opened) return terminal.fail(opened.error());
        kernel = *opened;
    }
    for (const std::string& path : options.specs) {
        const Result<sema::LoadedSpec> spec = load_spec(path, library, sources, sink);
        if (!spec) {
            terminal.fail(spec.error());
            return Exit::wrong_input;
        }
        if (kernel)
            compile_for(*spec, *kernel, sources, sink, "auto");
        else
            sema::check(*spec, sources, sink);
    }
    if (options.format == "json")
        terminal.out(diag::render_json(sink.sorted(), sources));
    else
        show_diagnostics(sink, sources, terminal);
    return sink.has_errors() ? Exit::wrong_input : Exit::ok;
}

} // namespace kps::cli
