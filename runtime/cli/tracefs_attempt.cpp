#include "compiler/tracefs_backend/refusal.hpp"
#include "runtime/cli/attempt.hpp"
#include "runtime/cli/fail_fast.hpp"
#include "runtime/cli/job.hpp"
#include "runtime/hits/trace_builder.hpp"

#include <fmt/core.h>

namespace kps::cli {

namespace {

/// The kernel's own words, at the place of the spec that they are about.
judge::TestResult refused_result(const sema::Test& test, const tracefs::Commands& commands,
                                 const collect::Refused& refused) {
    const std::string& command = commands.define.at(refused.index);
    const tracefs::Refusal refusal =
        tracefs::read_refusal(refused.error_log, command, refused.error);
    judge::TestResult result = error_result(test, {"the kernel refused a probe", ""});
    judge::Finding finding;
    finding.verdict = judge::Verdict::error;
    finding.text = command;
    finding.span = tracefs::place_of(commands, refused.index, refusal.column);
    finding.reason = refusal.problem;
    constexpr std::string_view words = "the command was: ";
    finding.remarks.push_back(std::string(words) + command);
    if (refusal.column)
        finding.remarks.push_back(std::string(words.size() + *refusal.column, ' ') + "^");
    result.findings.push_back(std::move(finding));
    return result;
}

} // namespace

Attempt on_tracefs(const Trial& trial) {
    if (!trial.test.cgroup.empty())
        return {.refused = error_result(trial.test, {"kprobe_events know no control groups",
                                                     "`scope cgroup` needs BPF programs"})};
    const plan::Plan& plan = trial.compiled.plan;
    const std::string group = fmt::format("{}_{}", trial.target.name_prefix(), trial.number);
    diag::Sink sink;
    const tracefs::Commands commands =
        tracefs::emit(plan, trial.test.probes, group, trial.kernel, sink);
    if (sink.has_errors()) return {fail(sink.sorted().front().message)};
    collect::Job job =
        job_for(trial.compiled.spec, trial.test, group, trial.number, trial.options.limit_s);
    for (std::size_t i = 0; i < commands.define.size(); ++i)
        job.define.push_back({commands.files[i], commands.define[i]});
    job.enable = hits::events_to_enable(plan, trial.test.probes, group);
    hits::TraceBuilder builder(plan, job, trial.test.probes);
    FailFast fail_fast(trial, job);
    Attempt attempt;
    const Result<void> ran = trial.target.run(job, [&](const collect::Message& message) {
        if (const auto* refused = std::get_if<collect::Refused>(&message.body))
            attempt.refused = refused_result(trial.test, commands, *refused);
        builder.take(message);
        fail_fast.look(message, builder);
    });
    attempt.broken = !ran;
    attempt.trace = ran ? std::move(builder).finish() : std::unexpected(ran.error());
    fail_fast.explain(attempt.trace);
    return attempt;
}

} // namespace kps::cli
