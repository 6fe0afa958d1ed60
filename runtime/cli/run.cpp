#include "runtime/cli/reports.hpp"
#include "runtime/cli/run_setup.hpp"
#include "runtime/cli/run_tests.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/report/text.hpp"

#include <chrono>

namespace kps::cli {

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
    if (const auto written = write_reports(wishes, result, sources, options.verbose, terminal);
        !written)
        return terminal.fail(written.error());
    if (recorder)
        if (const auto written = recorder->finish(); !written)
            return terminal.fail(written.error());
    return report::exit_status(result, options.no_skip);
}

} // namespace kps::cli
