#include "runtime/cli/run_tests.hpp"

#include "runtime/cli/attempt.hpp"
#include "runtime/cli/choice.hpp"
#include "runtime/cli/run_setup.hpp"
#include "runtime/judge/judge.hpp"
#include "runtime/report/text.hpp"

#include <chrono>

namespace kps::cli {

namespace {

using Clock = std::chrono::steady_clock;

bool is_failure(judge::Verdict verdict) {
    return verdict == judge::Verdict::fail || verdict == judge::Verdict::xpass ||
           verdict == judge::Verdict::error;
}

/// Runs the tests of one run, one after the other, on one target.
class Runner {
public:
    Runner(const Prepared& prepared, const RunOptions& options, const SourceSet& sources,
           const Runtime& runtime)
        : prepared_(prepared), options_(options), sources_(sources), runtime_(runtime) {}

    report::TestRun run(const Compiled& compiled, const sema::Test& test) {
        const auto started = Clock::now();
        report::TestRun run;
        if (test.skip) {
            run.result = judge::judge(compiled.spec, test, {});
            return run;
        }
        Attempt attempt = observe(compiled, test, run);
        const bool is_observed = attempt.trace && !attempt.refused;
        if (attempt.trace) run.trace = std::move(*attempt.trace);
        if (attempt.refused)
            run.result = std::move(*attempt.refused);
        else if (attempt.trace)
            run.result = judge::judge(compiled.spec, test, run.trace);
        else
            run.result = error_result(test, attempt.trace.error());
        if (!attempt.trace && (runtime_.interruption.asked() || failed_))
            run.result.verdict = judge::Verdict::inconclusive;
        if (!run.fallback.empty())
            run.result.remarks.push_back("run by kprobe_events: " + run.fallback);
        const auto elapsed = (Clock::now() - started).count();
        run.duration_ns = static_cast<std::uint64_t>(elapsed);
        if (runtime_.recorder != nullptr && (is_observed || !runtime_.interruption.asked()))
            runtime_.recorder->add(compiled, run, is_observed);
        failed_ = failed_ || (options_.fail_fast && is_failure(run.result.verdict));
        return run;
    }

private:
    Attempt observe(const Compiled& compiled, const sema::Test& test, report::TestRun& run) {
        if (runtime_.interruption.asked()) return {fail("interrupted")};
        if (failed_) return {fail("an earlier test failed")};
        if (broken_) return {std::unexpected(*broken_)};
        const auto trial = [&] {
            return Trial{compiled,         test,   sources_, *prepared_.kernel, options_,
                         *runtime_.target, ++jobs_};
        };
        run.backend = compiled.backend;
        Attempt attempt = run.backend == "bpf" ? on_bpf(trial()) : on_tracefs(trial());
        const bool falls_back = run.backend == "bpf" && attempt.refused &&
                                options_.backend == "auto" && !compiled.no_tracefs &&
                                test.cgroup.empty();
        if (falls_back) {
            run.fallback = attempt.refused->reason;
            run.backend = "tracefs";
            attempt = on_tracefs(trial());
        }
        if (attempt.broken) broken_ = Error{"the machine broke down during an earlier test", ""};
        // The collector leaves no process of the workload alive, so that no hit of it can follow.
        if (attempt.trace && !attempt.trace->cut_short && test.scope == sema::HitScope::workload)
            attempt.trace->end_ns = UINT64_MAX;
        return attempt;
    }

    const Prepared& prepared_;
    const RunOptions& options_;
    const SourceSet& sources_;
    const Runtime& runtime_;
    std::uint32_t jobs_ = 0;
    std::optional<Error> broken_;
    bool failed_ = false; // a test that ends the run
};

} // namespace

judge::TestResult error_result(const sema::Test& test, const Error& error) {
    judge::TestResult result;
    result.name = test.name;
    result.verdict = judge::Verdict::error;
    result.reason = error.message;
    if (!error.hint.empty()) result.remarks.push_back(error.hint);
    result.span = test.span;
    return result;
}

Prepared prepare(const RunOptions& options, SourceSet& sources, Terminal& terminal) {
    Prepared prepared;
    diag::Sink sink;
    const auto loaded = load_specs(options.specs, library_of(options.library), sources, sink);
    if (!loaded) {
        terminal.fail(loaded.error());
        prepared.exit = Exit::wrong_input;
        return prepared;
    }
    if (!sink.has_errors()) {
        auto kernel = open_kernel(options.kernel, terminal);
        if (!kernel) {
            prepared.exit = terminal.fail(kernel.error());
            return prepared;
        }
        prepared.kernel = std::move(*kernel);
        const auto locate = locate_added(options.add);
        for (const sema::LoadedSpec& spec : *loaded)
            prepared.specs.push_back(
                compile_for(spec, *prepared.kernel, sources, sink, options.backend, locate));
    }
    if (show_diagnostics(sink, sources, terminal)) prepared.exit = Exit::wrong_input;
    if (prepared.exit) return prepared;
    if (const auto chosen = choose_tests(prepared.specs, options.only, options.tags); !chosen) {
        terminal.fail(chosen.error());
        prepared.exit = Exit::wrong_input;
    }
    return prepared;
}

void run_tests(const Prepared& prepared, const RunOptions& options, const SourceSet& sources,
               const Runtime& runtime, bool text, report::RunResult& result, Terminal& terminal) {
    Runner runner(prepared, options, sources, runtime);
    for (const Compiled& compiled : prepared.specs) {
        report::SpecRun& spec = result.specs.emplace_back();
        spec.spec = compiled.spec;
        if (text) terminal.out(fmt::format("\n{}\n", spec.spec.path));
        for (const sema::Test& test : compiled.spec.tests) {
            if (!test.skip) terminal.progress(fmt::format("  {} ...", test.name));
            spec.tests.push_back(runner.run(compiled, test));
            if (text)
                terminal.out(report::text_test(spec, spec.tests.back(), sources,
                                               {terminal.out_colour(), options.verbose}));
        }
    }
}

} // namespace kps::cli
