#include "compiler/changes/diff.hpp"
#include "compiler/changes/spec_use.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/specs.hpp"
#include "runtime/report/changes.hpp"

#include <future>

namespace kps::cli {

namespace {

using Opened = Result<std::shared_ptr<const kernel::KernelView>>;

/// What the specs depend on of `kernel`, on which all of them must resolve: what is not found there
/// could not be looked for.
Result<changes::Used> used_by(const KernelDiffOptions& options, const kernel::KernelView& kernel,
                              SourceSet& sources, diag::Sink& sink) {
    const auto loaded = load_specs(options.specs, library_of(options.library), sources, sink);
    if (!loaded) return std::unexpected(loaded.error());
    changes::Used used;
    for (const sema::LoadedSpec& spec : *loaded)
        used.merge(changes::used_by(spec, sema::resolve(spec, sources, kernel, sink)));
    return used;
}

/// Of a kernel that is named by the path of an image with DWARF, which takes seconds to read.
Result<std::optional<changes::Inlining>> inlining_of(const std::string& kernel,
                                                     Terminal& terminal) {
    terminal.progress(fmt::format("{}: reading DWARF, if it has any ...", kernel));
    auto inlining = changes::read_inlining(kernel);
    terminal.progress("");
    return inlining;
}

} // namespace

int kernel_diff(const KernelDiffOptions& options, Terminal& terminal) {
    auto opening =
        std::async(std::launch::async, [&] { return kernel::open_kernel(options.new_kernel); });
    const Opened old_kernel = open_kernel(options.old_kernel, terminal);
    const Opened new_kernel = opening.get();
    if (!old_kernel) return terminal.fail(old_kernel.error());
    if (!new_kernel) return terminal.fail(new_kernel.error());
    changes::Used used;
    if (!options.specs.empty()) {
        SourceSet sources;
        diag::Sink sink;
        auto found = used_by(options, **old_kernel, sources, sink);
        if (!found) {
            terminal.fail(found.error());
            return Exit::wrong_input;
        }
        if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
        used = std::move(*found);
    }
    const auto old_inlining = inlining_of(options.old_kernel, terminal);
    const auto new_inlining = inlining_of(options.new_kernel, terminal);
    if (!old_inlining) return terminal.fail(old_inlining.error());
    if (!new_inlining) return terminal.fail(new_inlining.error());
    const bool is_listed = options.json || options.all || !options.specs.empty();
    const changes::Options what{.used = options.specs.empty() ? nullptr : &used,
                                .old_inlining = *old_inlining ? &**old_inlining : nullptr,
                                .new_inlining = *new_inlining ? &**new_inlining : nullptr,
                                .with_declarations = is_listed};
    const report::KernelChanges found{{options.old_kernel, (*old_kernel)->release()},
                                      {options.new_kernel, (*new_kernel)->release()},
                                      options.specs,
                                      changes::diff(**old_kernel, **new_kernel, what)};
    terminal.out(options.json ? report::changes_json(found)
                              : report::changes_text(found, is_listed, terminal.out_colour()));
    return Exit::ok;
}

} // namespace kps::cli
