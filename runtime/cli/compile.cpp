#include "compiler/bpf_backend/object.hpp"
#include "compiler/plan/lower.hpp"
#include "compiler/syntax/dump.hpp"
#include "compiler/tracefs_backend/commands.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/huge_heap.hpp"
#include "runtime/cli/pipeline.hpp"

#include <algorithm>
#include <span>

namespace kps::cli {

namespace {

/// Every probe of the plan, for a script that is not bound to one test.
std::string whole_script(const plan::Plan& plan, const kernel::KernelView& kernel,
                         const SourceSet& sources, diag::Sink& sink) {
    constexpr std::string_view group = "kps";
    const tracefs::Commands commands = tracefs::emit(plan, all_probes(plan), group, kernel, sink);
    return sink.has_errors() ? "" : tracefs::script(plan, commands, group, kernel, sources);
}

const sema::Test* find_test(const sema::ResolvedSpec& spec, const std::string& name) {
    const auto found = std::ranges::find(spec.tests, name, &sema::Test::name);
    return found == spec.tests.end() ? nullptr : &*found;
}

Result<std::string> bpf_text(const CompileOptions& options, const sema::ResolvedSpec& spec,
                             const SourceSet& sources, const kernel::KernelView& kernel) {
    bpf::Request request{.spec = spec, .sources = sources, .kernel = kernel, .probes = {}};
    for (std::uint32_t i = 0; i < spec.probes.size(); ++i)
        request.probes.push_back({i});
    request.any_kernel = options.portable;
    plan::KernelWork work;
    if (!options.test.empty()) {
        const sema::Test* const test = find_test(spec, options.test);
        if (test == nullptr) return fail("no test is named `" + options.test + "`");
        work = plan::divide(spec, *test, !options.no_pushdown);
        request.probes = test->probes;
        request.work = &work;
        request.workload_only = test->scope == sema::HitScope::workload;
        request.in_cgroup = !test->cgroup.empty();
    }
    const bool is_ir = options.emit == "llvm-ir";
    auto object = bpf::emit(request, is_ir);
    if (!object) return std::unexpected(object.error());
    if (is_ir) return std::move(object->ir);
    const std::span<const std::byte> elf(object->elf);
    return std::string(reinterpret_cast<const char*>(elf.data()), elf.size());
}

/// What the kernel would do for each test.
std::string work_text(const sema::ResolvedSpec& spec, bool pushdown) {
    std::string text;
    for (const sema::Test& test : spec.tests)
        if (!test.skip) text += plan::dump(spec, test, plan::divide(spec, test, pushdown));
    return text;
}

Result<std::string> emitted(const CompileOptions& options, const sema::LoadedSpec& spec,
                            const SourceSet& sources, const kernel::KernelView& kernel,
                            diag::Sink& sink) {
    if (options.backend == "bpf") {
        const auto kernels = options.portable ? sema::Kernels::any : sema::Kernels::given;
        const sema::ResolvedSpec resolved =
            sema::resolve(spec, sources, kernel, sink, sema::same_path, kernels);
        if (sink.has_errors()) return "";
        if (options.emit == "resolved") return sema::dump(resolved);
        if (options.emit == "plan") return work_text(resolved, !options.no_pushdown);
        grow_heap_by_huge_pages(); // LLVM has little done all over one or two megabytes
        return bpf_text(options, resolved, sources, kernel);
    }
    const Compiled compiled = compile_for(spec, kernel, sources, sink);
    if (sink.has_errors()) return "";
    if (options.emit == "resolved") return sema::dump(compiled.spec);
    if (options.emit == "plan") return plan::dump(compiled.plan);
    return whole_script(compiled.plan, kernel, sources, sink);
}

/// The text of the stage asked for; empty where `sink` has errors or the kernel cannot be opened.
Result<std::string> text_of(const CompileOptions& options, const sema::LoadedSpec& spec,
                            const SourceSet& sources, diag::Sink& sink, Terminal& terminal) {
    if (options.emit == "ast") return syntax::dump(spec.root().file);
    if (options.portable && !options.test.empty())
        return fail("--portable and --test exclude each other",
                    "an object for any kernel sends every hit and sums up nothing");
    const auto kernel = open_kernel(options.kernel, terminal);
    if (!kernel) return std::unexpected(kernel.error());
    return emitted(options, spec, sources, **kernel, sink);
}

} // namespace

int compile(const CompileOptions& options, Terminal& terminal) {
    SourceSet sources;
    diag::Sink sink;
    const auto spec = load_spec(options.spec, library_of(options.library), sources, sink);
    if (!spec) {
        terminal.fail(spec.error());
        return Exit::wrong_input;
    }
    const Result<std::string> text = text_of(options, *spec, sources, sink, terminal);
    if (!text) return terminal.fail(text.error());
    if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
    if (options.output.empty()) {
        terminal.out(*text);
        return Exit::ok;
    }
    const Result<void> written = write_text(options.output, *text);
    return written ? Exit::ok : terminal.fail(written.error());
}

} // namespace kps::cli
