#include "runtime/cli/run_tests.hpp"

#include "compiler/tracefs_backend/refusal.hpp"
#include "runtime/cli/choice.hpp"
#include "runtime/cli/job.hpp"
#include "runtime/hits/trace_builder.hpp"
#include "runtime/judge/judge.hpp"
#include "runtime/machine/cpio.hpp"
#include "runtime/report/text.hpp"

#include <algorithm>
#include <chrono>

namespace kps::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// Runs the tests of one run, one after the other, on one target.
class Runner {
public:
    Runner(const Prepared& prepared, const RunOptions& options, const Runtime& runtime)
        : prepared_(prepared), options_(options), runtime_(runtime) {}

    report::TestRun run(const Compiled& compiled, const sema::Test& test) {
        const auto started = Clock::now();
        report::TestRun run;
        if (test.skip) {
            run.result = judge::judge(compiled.spec, test, {});
            return run;
        }
        refused_.reset();
        Result<hits::Trace> trace = observe(compiled, test);
        if (trace) run.trace = std::move(*trace);
        if (refused_)
            run.result = refused_result(test);
        else if (trace)
            run.result = judge::judge(compiled.spec, test, run.trace);
        else
            run.result = error_result(test, trace.error());
        if (!trace && runtime_.interruption.asked())
            run.result.verdict = judge::Verdict::inconclusive;
        const auto elapsed = (Clock::now() - started).count();
        run.duration_ns = static_cast<std::uint64_t>(elapsed);
        return run;
    }

private:
    Result<hits::Trace> observe(const Compiled& compiled, const sema::Test& test) {
        if (runtime_.interruption.asked()) return fail("interrupted");
        if (broken_) return std::unexpected(*broken_);
        const std::uint32_t number = ++jobs_;
        const std::string group = fmt::format("{}_{}", runtime_.target->name_prefix(), number);
        diag::Sink sink;
        commands_ = tracefs::emit(compiled.plan, test.probes, group, *prepared_.kernel, sink);
        if (sink.has_errors()) return fail(sink.sorted().front().message);
        collect::Job job = job_for(test, commands_, group, number,
                                   std::uint64_t{options_.limit_s} * 1'000'000'000);
        job.enable = hits::events_to_enable(compiled.plan, test.probes, group);
        hits::TraceBuilder builder(compiled.plan, job, test.probes);
        const Result<void> ran = runtime_.target->run(job, [&](const collect::Message& message) {
            if (const auto* refused = std::get_if<collect::Refused>(&message.body))
                refused_ = *refused;
            builder.take(message);
        });
        if (!ran) {
            broken_ = Error{"the machine broke down during an earlier test", ""};
            return std::unexpected(ran.error());
        }
        Result<hits::Trace> trace = std::move(builder).finish();
        // The collector leaves no process of the workload alive, so that no hit of it can follow.
        if (trace && !trace->cut_short && test.scope == sema::HitScope::workload)
            trace->end_ns = UINT64_MAX;
        return trace;
    }

    /// The kernel's own words, at the place of the spec that they are about.
    judge::TestResult refused_result(const sema::Test& test) const {
        const std::string& command = commands_.define.at(refused_->index);
        const tracefs::Refusal refusal =
            tracefs::read_refusal(refused_->error_log, command, refused_->error);
        judge::TestResult result = error_result(test, {"the kernel refused a probe", ""});
        judge::Finding finding;
        finding.verdict = judge::Verdict::error;
        finding.text = command;
        finding.span = tracefs::place_of(commands_, refused_->index, refusal.column);
        finding.reason = refusal.problem;
        constexpr std::string_view words = "the command was: ";
        finding.remarks.push_back(std::string(words) + command);
        if (refusal.column)
            finding.remarks.push_back(std::string(words.size() + *refusal.column, ' ') + "^");
        result.findings.push_back(std::move(finding));
        return result;
    }

    static judge::TestResult error_result(const sema::Test& test, const Error& error) {
        judge::TestResult result;
        result.name = test.name;
        result.verdict = judge::Verdict::error;
        result.reason = error.message;
        if (!error.hint.empty()) result.remarks.push_back(error.hint);
        result.span = test.span;
        return result;
    }

    const Prepared& prepared_;
    const RunOptions& options_;
    const Runtime& runtime_;
    std::uint32_t jobs_ = 0;
    std::optional<Error> broken_;
    tracefs::Commands commands_; ///< of the test at hand
    std::optional<collect::Refused> refused_;
};

/// The file that `--add` puts at a path of the guest; the same path where it puts none.
std::filesystem::path host_path(const std::vector<std::string>& add, const std::string& path) {
    const std::filesystem::path guest = machine::guest_path(path);
    for (const std::string& file_and_destination : add) {
        const std::size_t colon = file_and_destination.find(':');
        const std::string file = file_and_destination.substr(0, colon);
        const auto destination = machine::guest_path(
            colon == std::string::npos ? file : file_and_destination.substr(colon + 1));
        if (guest == destination) return file;
        const auto inside = guest.lexically_relative(destination);
        if (!inside.empty() && *inside.begin() != "..") return file / inside;
    }
    return path;
}

} // namespace

Prepared prepare(const RunOptions& options, SourceSet& sources, Terminal& terminal) {
    Prepared prepared;
    diag::Sink sink;
    const sema::Library library = library_of(options.library);
    std::vector<sema::LoadedSpec> loaded;
    for (const std::string& path : options.specs) {
        Result<sema::LoadedSpec> spec = load_spec(path, library, sources, sink);
        if (!spec) {
            terminal.fail(spec.error());
            prepared.exit = Exit::wrong_input;
            return prepared;
        }
        loaded.push_back(std::move(*spec));
    }
    if (!sink.has_errors()) {
        auto kernel = open_kernel(options.kernel, terminal);
        if (!kernel) {
            prepared.exit = terminal.fail(kernel.error());
            return prepared;
        }
        prepared.kernel = std::move(*kernel);
        const auto locate = [&](const std::string& path) { return host_path(options.add, path); };
        for (const sema::LoadedSpec& spec : loaded)
            prepared.specs.push_back(compile_for(spec, *prepared.kernel, sources, sink, locate));
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
    Runner runner(prepared, options, runtime);
    for (const Compiled& compiled : prepared.specs) {
        report::SpecRun& spec = result.specs.emplace_back();
        spec.spec = compiled.spec;
        if (text) terminal.out(fmt::format("\n{}\n", spec.spec.path));
        for (const sema::Test& test : compiled.spec.tests) {
            if (!test.skip) terminal.progress(fmt::format("  {} ...", test.name));
            spec.tests.push_back(runner.run(compiled, test));
            if (text)
                terminal.out(
                    report::text_test(spec, spec.tests.back(), sources, terminal.out_colour()));
        }
    }
}

} // namespace kps::cli
