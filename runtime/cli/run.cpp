#include "runtime/cli/reports.hpp"
#include "runtime/cli/run_tests.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/report/text.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace kps::cli {

namespace {

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    return {text, size};
}

/// Every command that the tests will run, for the programs that a machine needs.
std::vector<std::string> commands_of(const std::vector<Compiled>& specs) {
    std::vector<std::string> commands;
    for (const Compiled& compiled : specs)
        for (const sema::Test& test : compiled.spec.tests) {
            if (test.skip) continue;
            for (const sema::Run& run : test.runs)
                commands.push_back(run.command);
            for (const auto* more : {&test.background, &test.setup, &test.cleanup})
                commands.insert(commands.end(), more->begin(), more->end());
        }
    return commands;
}

std::vector<std::string> probed_programs(const std::vector<Compiled>& specs) {
    std::vector<std::string> paths;
    for (const Compiled& compiled : specs)
        for (const sema::Probe& probe : compiled.spec.probes)
            if (!probe.program.empty()) paths.push_back(probe.program);
    return paths;
}

std::vector<std::string> probed_modules(const std::vector<Compiled>& specs) {
    std::vector<std::string> names;
    for (const Compiled& compiled : specs)
        for (const sema::Probe& probe : compiled.spec.probes)
            if (!probe.module.empty() && probe.kind != sema::PointKind::tracepoint)
                names.push_back(probe.module);
    return names;
}

bool has_work(const std::vector<Compiled>& specs) {
    return std::ranges::any_of(specs, [](const Compiled& compiled) {
        return std::ranges::any_of(compiled.spec.tests, [](const auto& t) { return !t.skip; });
    });
}

Result<std::unique_ptr<Target>> target_for(const RunOptions& options,
                                           const std::vector<Compiled>& specs,
                                           const Interruption& interruption, Terminal& terminal) {
    if (options.kernel == "running") return running_target(interruption, terminal);
    return machine_target(options,
                          {commands_of(specs), probed_programs(specs), probed_modules(specs)},
                          interruption, terminal);
}

} // namespace

int run(const RunOptions& options, Terminal& terminal) {
    const auto started = std::chrono::steady_clock::now();
    const auto wishes = report_wishes(options.reports);
    SourceSet sources;
    Prepared prepared = prepare(options, sources, terminal);
    if (prepared.exit) return *prepared.exit;

    report::RunResult result;
    result.version = version;
    result.kernel = prepared.kernel->release();
    result.kernel_name = options.kernel;
    result.started = utc_now();
    std::optional<Recorder> recorder;
    if (!options.record.empty()) {
        auto created =
            Recorder::create(options.record, result, prepared.specs, sources, *prepared.kernel);
        if (!created) return terminal.fail(created.error());
        recorder = std::move(*created);
    }
    const Interruption interruption;
    std::unique_ptr<Target> target;
    if (has_work(prepared.specs)) {
        auto opened = target_for(options, prepared.specs, interruption, terminal);
        if (!opened && !interruption.asked()) return terminal.fail(opened.error());
        if (opened) {
            target = std::move(*opened);
            result.place = target->place();
            result.boot_ns = target->boot_ns();
        }
    }
    const bool text = shows_text(wishes);
    if (text) terminal.out(report::text_header(result, terminal.out_colour()));
    run_tests(prepared, options, sources,
              {target.get(), interruption, recorder ? &*recorder : nullptr}, text, result,
              terminal);
    target.reset();
    const auto elapsed = std::chrono::steady_clock::now() - started;
    result.duration_ns = static_cast<std::uint64_t>(elapsed.count());
    if (text) terminal.out(report::text_summary(result, terminal.out_colour()));
    if (const auto written = write_reports(wishes, result, sources, terminal); !written)
        return terminal.fail(written.error());
    if (recorder)
        if (const auto written = recorder->finish(); !written)
            return terminal.fail(written.error());
    return report::exit_status(result, options.no_skip);
}

} // namespace kps::cli
