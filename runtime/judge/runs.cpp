#include "compiler/semantics/errno_names.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/judge/compare.hpp"
#include "runtime/judge/forms.hpp"

#include <csignal>
#include <fmt/core.h>

namespace kps::judge {

namespace {

constexpr sema::ValueType duration{.display = sema::Display::duration};

std::string spell(const sema::Run& run) {
    std::string text = fmt::format("run {}", hits::quote(run.command));
    if (!run.user.empty()) text += fmt::format(" as {}", run.user);
    if (run.exits != 0) text += fmt::format(" exits {}", run.exits);
    if (run.within_ns)
        text += fmt::format(" within {}", hits::print_duration(*run.within_ns, true));
    return text;
}

std::string print_ending(const hits::CommandResult& result) {
    if (result.signal == 0) return fmt::format("exit status {}", result.exit_status);
    const std::string_view name = sema::signal_name(result.signal);
    return name.empty() ? fmt::format("killed by signal {}", result.signal)
                        : fmt::format("killed by {}", name);
}

/// The end of what a command wrote, for one remark.
std::string last_line(std::string_view output) {
    while (!output.empty() && (output.back() == '\n' || output.back() == '\r'))
        output.remove_suffix(1);
    const std::size_t line = output.rfind('\n');
    return std::string(line == std::string_view::npos ? output : output.substr(line + 1));
}

void judge_time(Finding& finding, const sema::Run& run, const hits::CommandResult& result) {
    const bool late = run.within_ns && (result.timed_out || result.duration_ns > *run.within_ns);
    if (late) {
        finding.verdict = Verdict::fail;
        finding.seen = print_beside(result.duration_ns, *run.within_ns, duration, {});
        finding.expected = fmt::format("<= {}", print_bound(*run.within_ns, duration, {}));
        finding.reason = result.timed_out ? fmt::format("did not end within {}",
                                                        print_bound(*run.within_ns, duration, {}))
                                          : fmt::format("took {}", finding.seen);
    } else if (result.timed_out) { // a limit that is not the spec's
        finding.verdict = Verdict::inconclusive;
        finding.reason =
            fmt::format("was ended after {}", hits::print_duration(result.duration_ns));
    }
}

} // namespace

Finding judge_run(const sema::Test& test, std::size_t index, const hits::Trace& trace) {
    const sema::Run& run = test.runs.at(index);
    Finding finding;
    finding.text = spell(run);
    finding.span = run.span;
    if (index >= trace.runs.size()) {
        finding.verdict = Verdict::inconclusive;
        finding.reason = trace.cut_short ? fmt::format("not run: {}", *trace.cut_short) : "not run";
        return finding;
    }
    const hits::CommandResult& result = trace.runs[index];
    judge_time(finding, run, result);
    if (finding.verdict != Verdict::pass) return finding;
    finding.seen = std::to_string(result.exit_status);
    finding.expected = fmt::format("== {}", run.exits);
    if (result.signal == 0 && result.exit_status == run.exits) return finding;
    if (trace.cut_short && result.signal == SIGKILL) { // which is how the collector ends what runs
        finding.verdict = Verdict::inconclusive;
        finding.reason = fmt::format("was ended: {}", *trace.cut_short);
        return finding;
    }
    finding.verdict = Verdict::fail;
    finding.reason = fmt::format("{}, not {}", print_ending(result), run.exits);
    if (result.signal != 0) finding.seen = print_ending(result);
    if (const std::string line = last_line(result.output); !line.empty())
        finding.remarks.push_back(fmt::format("its last output: {}", line));
    return finding;
}

} // namespace kps::judge
