#include "tests/machine/lab.hpp"

#include "compiler/plan/lower.hpp"
#include "compiler/semantics/resolve.hpp"
#include "compiler/tracefs_backend/commands.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/hits/trace_builder.hpp"

#include <stdexcept>

namespace kps::machine {

std::map<std::string, std::string> Observed::verdicts() const {
    std::map<std::string, std::string> verdicts;
    for (const judge::Finding& finding : result.findings)
        verdicts[finding.text] = std::string(judge::to_string(finding.verdict)) +
                                 (finding.reason.empty() ? "" : ": " + finding.reason);
    return verdicts;
}

std::string Observed::shown(const hits::Hit& hit, const std::string& field) const {
    const sema::Probe& probe = spec.probes[hit.probe];
    for (std::size_t i = 0; i < probe.fields.size(); ++i)
        if (probe.fields[i].name == field)
            return hits::print(hit.fields[i], probe.fields[i].type, {&spec.enums, &trace.symbols});
    throw std::invalid_argument(field);
}

Lab& Lab::on(const std::string& kernel) {
    static std::map<std::string, std::unique_ptr<Lab>> labs;
    std::unique_ptr<Lab>& lab = labs[kernel];
    if (lab) return *lab;
    auto view = kernel::open_kernel(kernel, {});
    if (!view) throw std::runtime_error(view.error().message);
    MachineOptions options;
    options.kernel = kernel;
    options.commands = {"perl -e 1"};
    auto machine = Machine::boot(options);
    if (!machine) throw std::runtime_error(machine.error().error.message);
    lab.reset(new Lab(std::move(*view), std::move(*machine)));
    return *lab;
}

Observed Lab::run(const std::string& text, std::uint32_t buffer_kib_per_cpu) {
    SourceSet sources;
    diag::Sink sink;
    const auto loaded = sema::load(sources.add("lab.kps", text), {}, sources, sink);
    Observed observed{sema::resolve(loaded, sources, *view_, sink), {}, {}};
    const plan::Plan plan = plan::lower(observed.spec, sink);
    if (sink.has_errors()) throw std::runtime_error(sink.sorted().front().message);
    const sema::Test& test = observed.spec.tests.at(0);
    collect::Job job;
    job.id = ++jobs_;
    job.group = "kps_lab_" + std::to_string(job.id);
    job.instance = job.group;
    const tracefs::Commands commands = tracefs::emit(plan, test.probes, job.group, *view_, sink);
    for (std::size_t i = 0; i < commands.define.size(); ++i)
        job.define.push_back({commands.files[i], commands.define[i]});
    if (sink.has_errors()) throw std::runtime_error(sink.sorted().front().message);
    job.enable = hits::events_to_enable(plan, test.probes, job.group);
    job.buffer_kib_per_cpu = buffer_kib_per_cpu;
    job.setup = test.setup;
    job.background = test.background;
    for (const sema::Run& run : test.runs)
        job.run.push_back({run.command, run.user, run.within_ns});
    job.limit_ns = 60'000'000'000;
    job.names_symbols = true;
    hits::TraceBuilder builder(plan, job, test.probes);
    const auto ran = machine_.run(
        job, [&](const collect::Message& message) { builder.take(message); },
        std::chrono::seconds(90));
    if (!ran) throw std::runtime_error(ran.error().error.message);
    auto trace = std::move(builder).finish();
    if (!trace) throw std::runtime_error(trace.error().message);
    observed.trace = std::move(*trace);
    if (test.scope == sema::HitScope::workload) observed.trace.end_ns = UINT64_MAX;
    observed.result = judge::judge(observed.spec, test, observed.trace);
    return observed;
}

collect::Refused Lab::refused(const std::vector<std::string>& lines) {
    collect::Job job;
    job.id = ++jobs_;
    job.group = job.instance = "kps_refused";
    for (const std::string& line : lines)
        job.define.push_back({"kprobe_events", line});
    std::optional<collect::Refused> refused;
    const auto ran = machine_.run(
        job,
        [&](const collect::Message& message) {
            if (const auto* body = std::get_if<collect::Refused>(&message.body)) refused = *body;
        },
        std::chrono::seconds(90));
    if (!ran) throw std::runtime_error(ran.error().error.message);
    if (!refused) throw std::runtime_error("the kernel took all");
    return *refused;
}

} // namespace kps::machine
