#include "runtime/cli/pipeline.hpp"

#include "compiler/plan/lower.hpp"
#include "compiler/tracefs_backend/commands.hpp"

namespace kps::cli {

Compiled compile_for(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                     const SourceSet& sources, diag::Sink& sink, sema::LocateProgram locate) {
    Compiled compiled;
    compiled.spec = sema::resolve(spec, sources, kernel, sink, std::move(locate));
    if (sink.has_errors()) return compiled;
    compiled.plan = plan::lower(compiled.spec, sink);
    constexpr std::string_view as_long_as_any_group = "kps_4194304_65535";
    if (!sink.has_errors())
        tracefs::emit(compiled.plan, all_probes(compiled.plan), as_long_as_any_group, kernel, sink);
    return compiled;
}

std::vector<sema::ProbeId> all_probes(const plan::Plan& plan) {
    std::vector<sema::ProbeId> all;
    for (std::size_t i = 0; i < plan.probes.size(); ++i)
        all.push_back({static_cast<std::uint32_t>(i)});
    return all;
}

} // namespace kps::cli
