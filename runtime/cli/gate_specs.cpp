#include "runtime/cli/gate_specs.hpp"

#include "compiler/changes/diff.hpp"
#include "compiler/changes/spec_use.hpp"
#include "runtime/cli/choice.hpp"
#include "runtime/cli/run_setup.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace kps::cli {

namespace {

namespace fs = std::filesystem;

/// Of tests with a baseline: the fewest of which a rank sum test is worth something is 4.
constexpr std::uint32_t baseline_repeats = 5;

std::vector<std::string> specs_in(const std::string& directory) {
    std::vector<std::string> specs;
    std::error_code error;
    for (fs::recursive_directory_iterator at(directory, error), end; at != end; at.increment(error))
        if (at->path().extension() == ".kps") specs.push_back(at->path().string());
    std::ranges::sort(specs);
    return specs;
}

bool is_directory(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// A name or path, and what follows its first space; a path may have spaces itself.
KernelChoice kernel_choice(const std::string& operand) {
    std::error_code error;
    const std::size_t space = operand.find(' ');
    if (space == std::string::npos || fs::exists(operand, error)) return {operand, ""};
    return {operand.substr(0, space), operand.substr(space + 1)};
}

GatedSpec::OnKernel on_kernel(const sema::LoadedSpec& spec, const kernel::KernelView& kernel,
                              const GateOptions& options, const SourceSet& sources) {
    diag::Sink sink;
    GatedSpec::OnKernel on{compile_for(spec, kernel, sources, sink, options.run.backend,
                                       locate_added(options.run.add)),
                           {}};
    for (diag::Diagnostic& diagnostic : sink.sorted())
        if (diagnostic.severity == diag::Severity::error)
            on.errors.push_back(std::move(diagnostic));
    return on;
}

bool resolves_somewhere(const GatedSpec& spec) {
    return std::ranges::any_of(spec.on, [](const auto& on) { return on.errors.empty(); });
}

/// The tests of a spec, as a kernel on which it resolves has them.
void add_tests(const GatedSpec& spec, const SourceSet& sources,
               std::vector<gate::TestName>& tests) {
    const auto on = std::ranges::find_if(spec.on, [](const auto& o) { return o.errors.empty(); });
    for (const sema::Test& test : on->compiled.spec.tests) {
        const LineColumn at = sources.position(test.span.file, test.span.begin);
        const bool has_baseline =
            std::ranges::any_of(test.expectations, [](const sema::Expectation& expectation) {
                const sema::Comparison* comparison = sema::comparison_of(expectation);
                return comparison != nullptr && comparison->of_baseline;
            });
        tests.push_back({spec.path,
                         test.name,
                         {sources[test.span.file].path, at.line, at.column},
                         1,
                         has_baseline ? baseline_repeats : 1});
    }
}

/// Drops the tests that are not wanted, on every kernel.
Result<void> choose(std::vector<GatedSpec>& specs, const RunOptions& options) {
    for (std::size_t kernel = 0; kernel < specs.front().on.size(); ++kernel) {
        std::vector<Compiled> compiled;
        for (GatedSpec& spec : specs)
            compiled.push_back(std::move(spec.on[kernel].compiled));
        const auto chosen = options.only.empty() && options.tags.empty()
                                ? Result<void>()
                                : choose_tests(compiled, options.only, options.tags);
        for (std::size_t i = 0; i < specs.size(); ++i)
            specs[i].on[kernel].compiled = std::move(compiled[i]);
        if (!chosen) return chosen;
    }
    return {};
}

std::optional<std::vector<sema::LoadedSpec>> load_all(const GateOptions& options,
                                                      const std::vector<std::string>& paths,
                                                      SourceSet& sources, Terminal& terminal) {
    diag::Sink sink;
    auto loaded = load_specs(paths, library_of(options.run.library), sources, sink);
    if (!loaded) {
        terminal.fail(loaded.error());
        return std::nullopt;
    }
    if (!sink.has_errors()) return std::move(*loaded);
    show_diagnostics(sink, sources, terminal);
    return std::nullopt;
}

} // namespace

Result<GateOperands> gate_operands(const std::vector<std::string>& operands) {
    GateOperands found;
    for (const std::string& operand : operands) {
        const std::vector<std::string> inside =
            is_directory(operand) ? specs_in(operand) : std::vector<std::string>();
        if (operand.ends_with(".kps"))
            found.specs.push_back(operand);
        else if (!inside.empty())
            found.specs.insert(found.specs.end(), inside.begin(), inside.end());
        else if (found.specs.empty())
            found.kernels.push_back(kernel_choice(operand));
        else
            return fail(fmt::format("`{}` is no spec and no directory with specs", operand),
                        "kernels come first: `kps gate OLD NEW... SPECS`");
    }
    constexpr const char* form = "`kps gate debian:6.1 debian:6.12 specs/`";
    if (found.kernels.size() < 2)
        return fail(fmt::format("a gate compares two kernels or more, there {}",
                                found.kernels.empty() ? "is none" : "is one"),
                    form);
    if (found.specs.empty()) return fail("there is no spec to compare the kernels by", form);
    std::set<std::string> seen;
    std::erase_if(found.specs, [&](const std::string& s) { return !seen.insert(s).second; });
    return found;
}

std::expected<GateInput, int> load_gate(const GateOptions& options, const GateOperands& operands,
                                        SourceSet& sources, Terminal& terminal) {
    const auto loaded = load_all(options, operands.specs, sources, terminal);
    if (!loaded) return std::unexpected(Exit::wrong_input);
    GateInput input;
    for (const KernelChoice& choice : operands.kernels) {
        auto kernel = open_kernel(choice.name, terminal);
        if (!kernel) return std::unexpected(terminal.fail(kernel.error()));
        input.names.push_back({choice.parameters.empty()
                                   ? choice.name
                                   : fmt::format("{} {}", choice.name, choice.parameters),
                               (*kernel)->release()});
        input.choices.push_back(choice);
        input.kernels.push_back(std::move(*kernel));
    }
    for (std::size_t i = 0; i < loaded->size(); ++i) {
        GatedSpec& spec = input.specs.emplace_back();
        spec.path = operands.specs[i];
        for (const auto& kernel : input.kernels)
            spec.on.push_back(on_kernel((*loaded)[i], *kernel, options, sources));
        if (spec.on.front().errors.empty())
            input.used.merge(changes::used_by((*loaded)[i], spec.on.front().compiled.spec));
        if (resolves_somewhere(spec)) continue;
        terminal.err(diag::render_text(spec.on.front().errors, sources, terminal.err_colour()));
        return std::unexpected(Exit::wrong_input);
    }
    if (const auto chosen = choose(input.specs, options.run); !chosen) {
        terminal.fail(chosen.error());
        return std::unexpected(Exit::wrong_input);
    }
    for (const GatedSpec& spec : input.specs)
        add_tests(spec, sources, input.tests);
    return input;
}

std::vector<gate::StaticRow> table_of(const GateInput& input, const SourceSet& sources) {
    std::vector<gate::StaticRow> table;
    for (std::size_t kernel = 1; kernel < input.names.size(); ++kernel)
        for (const GatedSpec& spec : input.specs) {
            const auto side = [&](std::size_t k) {
                return gate::OnKernel{spec.on[k].compiled.spec, spec.on[k].errors};
            };
            for (gate::StaticRow& row : gate::static_rows(side(0), side(kernel), kernel, sources))
                table.push_back(std::move(row));
        }
    return table;
}

std::vector<gate::StaticChange> changes_of(const GateInput& input) {
    std::vector<gate::StaticChange> found;
    for (std::size_t kernel = 1; kernel < input.kernels.size(); ++kernel)
        for (const changes::Change& change :
             changes::diff(*input.kernels.front(), *input.kernels[kernel], {.used = &input.used}))
            found.push_back({kernel, std::string(changes::to_string(change.kind)), change.name,
                             change.old_side.value_or(""), change.new_side.value_or(""),
                             std::string(changes::to_string(change.severity))});
    return found;
}

} // namespace kps::cli
