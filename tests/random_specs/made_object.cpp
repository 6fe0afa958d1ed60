#include "tests/random_specs/made_object.hpp"

#include "compiler/semantics/resolve.hpp"
#include "tests/random_specs/test_writer.hpp"

#include <fmt/core.h>

namespace kps::random_specs {

Made make(const Catalogue& catalogue, std::uint64_t seed, const MakeOptions& options) {
    Made made{seed, write_spec(catalogue, seed), {}, {}, {}};
    SourceSet sources;
    diag::Sink sink;
    const auto loaded = sema::load(sources.add("random.kps", made.text), {}, sources, sink);
    const sema::ResolvedSpec spec = sema::resolve(loaded, sources, catalogue.view, sink);
    for (const diag::Diagnostic& found : sink.sorted())
        if (found.severity == diag::Severity::error)
            made.mistakes.push_back(to_string(found.code) + " " + found.message);
    if (!made.mistakes.empty()) return made;
    const sema::Test& test = spec.tests.at(0);
    const bool pushdown = seed % 5 != 0;
    const plan::KernelWork work = plan::divide(spec, test, pushdown);
    auto object =
        bpf::emit({.spec = spec,
                   .sources = sources,
                   .kernel = catalogue.view,
                   .probes = test.probes,
                   .work = &work,
                   .workload_only = options.workload && test.scope == sema::HitScope::workload,
                   .trampolines = options.trampolines});
    if (object)
        made.object = std::move(*object);
    else
        made.refusal = object.error().message;
    return made;
}

void Census::add(const Made& made) {
    if (made.has_object()) {
        ++objects;
        programs += made.object.programs.size();
        return;
    }
    if (!made.mistakes.empty()) ++thrown_away;
    for (const std::string& mistake : made.mistakes)
        ++mistakes[mistake.substr(0, mistake.find(' '))];
    if (made.refusal.empty()) return;
    ++refused;
    ++refusals[made.refusal.substr(made.refusal.find(": ") + 2)];
}

std::string Census::text() const {
    std::string text = fmt::format("{} objects with {} programs; {} specs thrown away", objects,
                                   programs, thrown_away);
    for (const auto& [code, count] : mistakes)
        text += fmt::format("\n  {} x {}", count, code);
    for (const auto& [reason, count] : refusals)
        text += fmt::format("\n  refused {} x: {}", count, reason);
    return text;
}

} // namespace kps::random_specs
