#include "compiler/bpf_backend/object.hpp"
#include "compiler/kernel/file_io.hpp"
#include "runtime/cli/attempt.hpp"
#include "runtime/cli/fail_fast.hpp"
#include "runtime/cli/job.hpp"
#include "runtime/collect/bpf_object.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/hits/bpf_trace_builder.hpp"

#include <cstring>
#include <fmt/core.h>
#include <ranges>
#include <utility>

namespace kps::cli {

namespace {

using Kind = collect::Attachment::Kind;

Kind kind_of(bpf::Attach attach) {
    switch (attach) {
    case bpf::Attach::kprobe: return Kind::kprobe;
    case bpf::Attach::kretprobe: return Kind::kretprobe;
    case bpf::Attach::kprobe_multi: return Kind::kprobe_multi;
    case bpf::Attach::kretprobe_multi: return Kind::kretprobe_multi;
    case bpf::Attach::fentry: return Kind::fentry;
    case bpf::Attach::fexit: return Kind::fexit;
    case bpf::Attach::tracepoint: return Kind::tracepoint;
    case bpf::Attach::task_event: return Kind::raw_tracepoint;
    case bpf::Attach::uprobe: return Kind::uprobe;
    case bpf::Attach::uretprobe: return Kind::uretprobe;
    }
    std::unreachable();
}

collect::Attachment::Target target_of(const sema::Probe& probe, sema::ProbeId id) {
    collect::Attachment::Target target{.symbol = probe.symbol, .event = {}, .offset = 0};
    target.cookie = id.value;
    target.offset = probe.offset;
    if (probe.kind == sema::PointKind::tracepoint) {
        target.symbol = probe.module;
        target.event = probe.symbol;
    } else if (!probe.program.empty()) {
        target.symbol = probe.program;
    } else if (probe.text_offset != 0) {
        target.symbol = "_text";
        target.offset = probe.text_offset;
    } else if (!probe.module.empty()) {
        target.symbol = probe.module + ":" + probe.symbol;
    }
    return target;
}

collect::Attachment attachment_of(const sema::ResolvedSpec& spec, const bpf::Program& program,
                                  std::uint64_t first_cookie) {
    collect::Attachment attachment;
    attachment.program = program.name;
    attachment.kind = kind_of(program.attach);
    for (const sema::ProbeId id : program.probes) {
        attachment.targets.push_back(target_of(spec.probes[id], id));
        attachment.targets.back().cookie += first_cookie;
        attachment.maxactive = spec.probes[id].maxactive;
    }
    return attachment;
}

collect::BpfJob bpf_job(const sema::ResolvedSpec& spec, bpf::Object object) {
    collect::BpfJob job;
    job.object = std::move(object.elf);
    for (const bpf::Program& program : object.programs)
        job.attach.push_back(attachment_of(spec, program, 0));
    return job;
}

/// Compiles the test for `work`; null: every hit of its probes crosses.
Result<collect::BpfJob> compiled_job(const Trial& trial, const plan::KernelWork* work) {
    auto object = bpf::emit({.spec = trial.compiled.spec,
                             .sources = trial.sources,
                             .kernel = trial.kernel,
                             .probes = trial.test.probes,
                             .work = work,
                             .workload_only = trial.test.scope == sema::HitScope::workload,
                             .in_cgroup = !trial.test.cgroup.empty()});
    if (!object) return std::unexpected(object.error());
    return bpf_job(trial.compiled.spec, std::move(*object));
}

/// The test's probes by the programs of an object that was compiled for any kernel.
Result<collect::BpfJob> given_job(const Trial& trial) {
    if (!trial.test.cgroup.empty())
        return fail("an object for any kernel knows no control group",
                    "run the test without `--object`");
    auto read = kernel::read_file(trial.options.object);
    if (!read) return std::unexpected(read.error());
    collect::BpfJob job;
    job.object = std::move(*read);
    const auto programs = collect::programs_in(job.object);
    if (!programs) return std::unexpected(programs.error());
    std::vector<bpf::NamedProgram> named;
    for (const collect::NamedProgram& program : *programs)
        named.push_back({program.name, program.section});
    const auto chosen = bpf::choose_programs(trial.compiled.spec, trial.test.probes, named);
    if (!chosen) return std::unexpected(chosen.error());
    for (const bpf::Program& program : *chosen)
        job.attach.push_back(attachment_of(trial.compiled.spec, program, 1));
    return job;
}

/// The last lines of what the verifier or libbpf says; among them the spec's own lines, which the
/// object's line information names.
judge::TestResult rejected_result(const sema::Test& test, const collect::Rejected& rejected) {
    const std::string what = rejected.program.empty()
                                 ? "the BPF object"
                                 : fmt::format("the BPF program `{}`", rejected.program);
    const auto lines = collect::split(rejected.log, '\n');
    const bool by_kernel = rejected.error != 0;
    judge::TestResult result = error_result(
        test,
        {by_kernel ? fmt::format("the kernel refused {}: {}", what, std::strerror(rejected.error))
                   : std::string(lines.front()),
         ""});
    for (const std::string_view line : lines | std::views::drop(by_kernel ? 0 : 1))
        if (!line.empty()) result.remarks.emplace_back(line);
    return result;
}

} // namespace

Attempt on_bpf(const Trial& trial) {
    const sema::ResolvedSpec& spec = trial.compiled.spec;
    const bool is_given = !trial.options.object.empty();
    const bool is_recorded = !trial.options.record.empty();
    const bool keeps_hits =
        trial.options.no_pushdown || trial.options.fail_fast ||
        (trial.options.keep_hits && trial.test.scope == sema::HitScope::workload);
    const plan::KernelWork work =
        plan::divide(spec, trial.test, !is_given && !is_recorded && !keeps_hits);
    auto observer =
        is_given ? given_job(trial) : compiled_job(trial, is_recorded ? nullptr : &work);
    if (!observer) return {.refused = error_result(trial.test, observer.error())};
    const std::string group = fmt::format("{}_{}", trial.target.name_prefix(), trial.number);
    collect::Job job = job_for(spec, trial.test, group, trial.number, trial.options.limit_s);
    job.bpf = std::move(*observer);
    job.bpf->cgroup = trial.test.cgroup;
    hits::BpfTraceBuilder builder(spec, work, job);
    FailFast fail_fast(trial, job);
    Attempt attempt;
    const Result<void> ran = trial.target.run(job, [&](const collect::Message& message) {
        if (const auto* rejected = std::get_if<collect::Rejected>(&message.body))
            attempt.refused = rejected_result(trial.test, *rejected);
        builder.take(message);
        fail_fast.look(message, builder);
    });
    attempt.broken = !ran;
    attempt.trace = ran ? std::move(builder).finish() : std::unexpected(ran.error());
    fail_fast.explain(attempt.trace);
    if (is_recorded && attempt.trace) attempt.trace->summed.reset(); // all hits crossed
    return attempt;
}

} // namespace kps::cli
