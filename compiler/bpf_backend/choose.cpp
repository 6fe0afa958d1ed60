#include "compiler/bpf_backend/points.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace kps::bpf {

namespace {

using sema::PointKind;

bool can_be(Attach attach, const sema::Probe& probe) {
    const bool returns = probe.kind == PointKind::function_return;
    switch (attach) {
    case Attach::kprobe: return probe.program.empty() && !returns;
    case Attach::kretprobe:
    case Attach::fexit: return probe.program.empty() && returns;
    case Attach::fentry: return probe.program.empty() && probe.kind == PointKind::entry;
    case Attach::tracepoint: return probe.kind == PointKind::tracepoint;
    case Attach::uprobe: return !probe.program.empty() && !returns;
    case Attach::uretprobe: return !probe.program.empty() && returns;
    case Attach::kprobe_multi:
    case Attach::kretprobe_multi:
    case Attach::task_event: break;
    }
    return false;
}

constexpr std::array all_ways = {Attach::fentry,    Attach::fexit,  Attach::kprobe,
                                 Attach::kretprobe, Attach::uprobe, Attach::uretprobe,
                                 Attach::tracepoint};

/// Programs have the name of their probe, `_` for what a C identifier cannot have, and a number
/// where several have the same.
bool is_named_after(std::string_view program, std::string_view probe) {
    if (program.size() < probe.size()) return false;
    const auto same = [](char of_program, char of_probe) {
        return of_program == of_probe || (of_program == '_' && of_probe == '.');
    };
    if (!std::ranges::equal(program.substr(0, probe.size()), probe, same)) return false;
    const std::string_view rest = program.substr(probe.size());
    return rest.empty() || rest.front() == '_';
}

Result<Program> program_of(const sema::Probe& probe, sema::ProbeId id,
                           const std::vector<NamedProgram>& programs) {
    for (const NamedProgram& program : programs)
        for (const Attach attach : all_ways)
            if (can_be(attach, probe) && program.section == section_of(attach, probe) &&
                is_named_after(program.name, probe.name))
                return Program{program.name, attach, {id}};
    return fail(fmt::format("the object has no program for {} at {}", probe.name, probe.symbol),
                "compile it anew, for a kernel that has this point");
}

} // namespace

Result<std::vector<Program>> choose_programs(const sema::ResolvedSpec& spec,
                                             const std::vector<sema::ProbeId>& probes,
                                             const std::vector<NamedProgram>& programs) {
    std::vector<Program> chosen;
    for (const NamedProgram& program : programs)
        if (program.section.starts_with("tp_btf/"))
            chosen.push_back({program.name, Attach::task_event, {}});
    for (const sema::ProbeId id : probes) {
        auto program = program_of(spec.probes[id], id, programs);
        if (!program) return std::unexpected(program.error());
        chosen.push_back(std::move(*program));
    }
    return chosen;
}

} // namespace kps::bpf
