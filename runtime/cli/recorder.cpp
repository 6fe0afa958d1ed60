#include "runtime/cli/recorder.hpp"

#include "compiler/kernel/excerpt.hpp"
#include "compiler/kernel/snapshot.hpp"

#include <cassert>

namespace kps::cli {

namespace {

/// What the specs can ask of the kernel, so that they are resolved again without it.
Result<std::vector<std::byte>> kernel_excerpt(const std::vector<Compiled>& specs,
                                              const SourceSet& sources,
                                              const kernel::KernelView& kernel) {
    kernel::Words words;
    for (std::uint32_t file = 0; file < sources.size(); ++file)
        kernel::add_words(sources[{file}].text, words);
    for (const Compiled& compiled : specs)
        for (const sema::Probe& probe : compiled.spec.probes)
            words.insert({probe.symbol, probe.module});
    words.erase("");
    return kernel::snapshot_bytes(kernel::excerpt(kernel, words));
}

} // namespace

Result<Recorder> Recorder::create(const std::string& path, const report::RunResult& run,
                                  const std::vector<Compiled>& specs, const SourceSet& sources,
                                  const kernel::KernelView& kernel) {
    recordings::Recording about;
    about.release = run.kernel;
    about.architecture = to_string(kernel.architecture());
    about.started = run.started;
    about.made_by = "kps " + run.version;
    auto excerpt = kernel_excerpt(specs, sources, kernel);
    if (!excerpt) return std::unexpected(excerpt.error());
    about.kernel = std::move(*excerpt);
    auto writer = recordings::Writer::create(path, about);
    if (!writer) return std::unexpected(writer.error());
    return Recorder(std::move(*writer));
}

void Recorder::add(const Compiled& compiled, const report::TestRun& run, bool is_observed) {
    const auto [known, is_new] = sources_.try_emplace(&compiled);
    if (is_new) known->second = writer_.add(recordings::sources_of(compiled.spec));
    recordings::Observed test;
    test.test = run.result.name;
    test.sources = known->second;
    test.backend = run.backend;
    test.duration_ns = run.duration_ns;
    if (is_observed) {
        test.trace = run.trace;
        assert(!test.trace.summed); // recorded is what crosses
    } else {
        test.error = run.result.reason;
        test.error_remarks = run.result.remarks;
    }
    writer_.add(test);
}

} // namespace kps::cli
