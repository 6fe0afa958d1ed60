#include "runtime/cli/pipeline.hpp"

#include "compiler/plan/lower.hpp"
#include "compiler/tracefs_backend/commands.hpp"

namespace kps::cli {

namespace {

void lower(Compiled& compiled, const kernel::KernelView& kernel, diag::Sink& sink) {
    compiled.plan = plan::lower(compiled.spec, sink);
    constexpr std::string_view as_long_as_any_group = "kps_4194304_65535";
    if (!sink.has_errors())
        tracefs::emit(compiled.plan, all_probes(compiled.plan), as_long_as_any_group, kernel, sink);
}

} // namespace

Compiled compile_for(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                     const SourceSet& sources, diag::Sink& sink, const std::string& backend,
                     sema::LocateProgram locate) {
    Compiled compiled;
    compiled.spec = sema::resolve(spec, sources, kernel, sink, std::move(locate));
    if (sink.has_errors()) return compiled;
    compiled.backend = backend == "auto" ? (takes_bpf(kernel) ? "bpf" : "tracefs") : backend;
    if (compiled.backend == "tracefs") {
        lower(compiled, kernel, sink);
        return compiled;
    }
    diag::Sink limits;
    lower(compiled, kernel, limits);
    if (limits.has_errors()) compiled.no_tracefs = Error{limits.sorted().front().message, ""};
    return compiled;
}

bool takes_bpf(const kernel::KernelView& kernel) {
    const kernel::Btf* const btf = kernel.btf();
    if (btf == nullptr) return false;
    for (const char* helper :
         {"BPF_FUNC_get_func_arg", "BPF_FUNC_task_storage_get", "BPF_FUNC_ringbuf_reserve"})
        if (btf->find_enumerators(helper).empty()) return false;
    return true;
}

std::vector<sema::ProbeId> all_probes(const plan::Plan& plan) {
    std::vector<sema::ProbeId> all;
    for (std::size_t i = 0; i < plan.probes.size(); ++i)
        all.push_back({static_cast<std::uint32_t>(i)});
    return all;
}

} // namespace kps::cli
