#include "runtime/cli/pipeline.hpp"

#include "compiler/plan/lower.hpp"

namespace kps::cli {

Compiled compile_for(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                     const SourceSet& sources, diag::Sink& sink) {
    Compiled compiled;
    compiled.spec = sema::resolve(spec, sources, kernel, sink);
    if (!sink.has_errors()) compiled.plan = plan::lower(compiled.spec, sink);
    return compiled;
}

} // namespace kps::cli
