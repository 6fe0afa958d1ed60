#include "compiler/tracefs_backend/commands.hpp"

#include "compiler/diagnostics/messages.hpp"
#include "compiler/tracefs_backend/fetch_text.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::tracefs {

namespace {

// kernel/trace/trace_probe.h and trace_kprobe.c, v6.12; the record's size and the fewer steps are
// limits of kernels from 2026 on.
constexpr std::size_t max_argument = 63;      // MAX_ARGSTR_LEN
constexpr std::size_t max_arguments = 128;    // MAX_TRACE_ARGS
constexpr std::size_t max_steps = 12;         // FETCH_INSN_MAX less base, store, array and end
constexpr std::size_t max_steps_newest = 7;   // with type casts
constexpr std::size_t max_record = 3072;      // MAX_PROBE_EVENT_SIZE
constexpr std::size_t max_line = 4093;        // WRITE_BUFSIZE less line end and NUL
constexpr std::uint32_t max_maxactive = 4096; // KRETPROBE_MAXACTIVE_MAX
constexpr std::size_t header_size = 24;       // common fields and the addresses of a return probe

class Emitter {
public:
    Emitter(std::string_view group, const kernel::KernelView& kernel, diag::Sink& sink)
        : group_(group), kernel_(kernel), sink_(sink) {}

    void add(const plan::Probe& probe);
    Commands finish() && {
        std::ranges::reverse(commands_.remove);
        return std::move(commands_);
    }

private:
    void check(const plan::Probe& probe);
    void check(const plan::Probe& probe, const plan::Fetch& fetch);
    void check_argument(const plan::Probe& probe, const plan::Fetch& fetch);
    /// Where the arguments are at the entry of a function that `$argN` is not known for: of a
    /// program, or of a module that may not be loaded yet. Of the kernel's own, none.
    [[nodiscard]] std::span<const std::string_view> registers(const plan::Probe& probe) const;
    struct PlacedArgument {
        std::string text;
        Span span;
    };
    void define(const plan::Probe& probe, const std::string& event,
                const std::vector<PlacedArgument>& arguments);
    [[nodiscard]] bool lacks(bool feature) const { return kernel_.features().known() && !feature; }

    std::string group_;
    const kernel::KernelView& kernel_;
    diag::Sink& sink_;
    Commands commands_;
};

constexpr std::string_view x86_arguments[] = {"di", "si", "dx", "cx", "r8", "r9"};
constexpr std::string_view arm64_arguments[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};

std::string point(const plan::Probe& probe) {
    if (!probe.program.empty()) return fmt::format("{}:{:#x}", probe.program, probe.offset);
    if (probe.kind == sema::PointKind::tracepoint) return probe.module + "." + probe.symbol;
    if (probe.text_offset != 0) return fmt::format("_text+{:#x}", probe.text_offset);
    std::string where = probe.module.empty() ? probe.symbol : probe.module + ":" + probe.symbol;
    if (probe.kind == sema::PointKind::offset) where += fmt::format("+{:#x}", probe.offset);
    return where;
}

std::string kind(const plan::Probe& probe) {
    if (probe.kind == sema::PointKind::tracepoint) return "e";
    if (probe.kind != sema::PointKind::function_return) return "p";
    return probe.maxactive == 0 ? "r" : fmt::format("r{}", probe.maxactive);
}

std::string_view file(const plan::Probe& probe) {
    if (probe.kind == sema::PointKind::tracepoint) return "dynamic_events";
    return probe.program.empty() ? "kprobe_events" : "uprobe_events";
}

void Emitter::add(const plan::Probe& probe) {
    check(probe);
    // Strings first: before `797311bce5c2` (v6.5) a fault while a pointer of a number was followed
    // moved the strings that came after it.
    std::vector<PlacedArgument> strings;
    std::vector<PlacedArgument> others;
    for (const plan::Fetch& fetch : probe.fetches) {
        check(probe, fetch);
        const bool is_string = std::holds_alternative<plan::StoreString>(fetch.store);
        for (std::string& argument : arguments(fetch, registers(probe)))
            (is_string ? strings : others).push_back({std::move(argument), fetch.span});
    }
    std::ranges::move(others, std::back_inserter(strings));
    if (strings.size() > max_arguments)
        sink_.report(diag::too_many_fetches, probe.span, probe.name, strings.size())
            .help("split the fields over two probes at the same point");
    define(probe, probe.event, strings);
    if (!probe.tally.empty()) define(probe, probe.tally, {});
}

void Emitter::define(const plan::Probe& probe, const std::string& event,
                     const std::vector<PlacedArgument>& arguments) {
    std::string line = fmt::format("{}:{}/{} ", kind(probe), group_, event);
    std::vector<Commands::Piece> pieces{{0, probe.span}, {line.size(), probe.point_span}};
    line += point(probe);
    for (const PlacedArgument& argument : arguments) {
        line += ' ';
        pieces.push_back({line.size(), argument.span});
        line += argument.text;
    }
    if (line.size() > max_line)
        sink_.report(diag::command_too_long, probe.span, probe.name, line.size())
            .help("split the fields over two probes at the same point");
    commands_.define.push_back(std::move(line));
    commands_.files.emplace_back(file(probe));
    commands_.remove.push_back(fmt::format("-:{}/{}", group_, event));
    commands_.events.push_back(event);
    commands_.pieces.push_back(std::move(pieces));
}

void Emitter::check(const plan::Probe& probe) {
    if (probe.maxactive > max_maxactive)
        sink_.report(diag::maxactive_too_big, probe.span, probe.maxactive);
    const bool is_event = probe.kind == sema::PointKind::tracepoint;
    if (is_event && lacks(kernel_.features().event_probes()))
        sink_.report(diag::no_event_probes, probe.point_span, kernel_.release());
    std::size_t size = header_size;
    for (const plan::Fetch& fetch : probe.fetches)
        size += fixed_size(fetch);
    if (size > max_record)
        sink_.report(diag::record_too_big, probe.span, probe.name, size)
            .help("read less of the arrays, or split the fields over two probes at the same point");
}

void Emitter::check(const plan::Probe& probe, const plan::Fetch& fetch) {
    if (fetch.base.kind == plan::BaseKind::argument) check_argument(probe, fetch);
    const bool user = std::ranges::any_of(fetch.steps, &plan::Step::user);
    if (user && lacks(kernel_.features().user_memory()))
        sink_.report(diag::no_user_memory, fetch.span, kernel_.release());
    const bool newest = kernel_.features().readme().contains("[(structname");
    const std::size_t most = newest ? max_steps_newest : max_steps;
    if (fetch.steps.size() > most)
        sink_.report(diag::too_many_steps, fetch.span, fetch.steps.size(), most)
            .help("probe a function that gets a pointer nearer to it");
    for (const std::string& argument : arguments(fetch, registers(probe))) {
        const std::size_t length = argument.size() - argument.find('=') - 1;
        if (length > max_argument)
            sink_.report(diag::fetch_too_long, fetch.span, length)
                .help("probe a function that gets a pointer nearer to it");
    }
}

/// As the System V calling conventions of x86-64 and AAPCS64 have it.
std::span<const std::string_view> Emitter::registers(const plan::Probe& probe) const {
    if (probe.program.empty() && probe.module.empty()) return {};
    if (kernel_.architecture() == kernel::Architecture::x86_64) return x86_arguments;
    return arm64_arguments;
}

void Emitter::check_argument(const plan::Probe& probe, const plan::Fetch& fetch) {
    // NR_REG_ARGUMENTS of arch/x86 and the x0..x7 of arch/arm64, asm/ptrace.h
    const bool is_x86 = kernel_.architecture() == kernel::Architecture::x86_64;
    const std::size_t in_registers = is_x86 ? std::size(x86_arguments) : std::size(arm64_arguments);
    if (fetch.base.index >= in_registers)
        sink_.report(diag::argument_on_stack, fetch.span, fetch.base.index + 1,
                     kernel::to_string(kernel_.architecture()), in_registers);
    if (!registers(probe).empty()) return;
    if (lacks(kernel_.features().arguments()))
        sink_.report(diag::no_arguments, fetch.span, kernel_.release());
    const bool at_return = probe.kind == sema::PointKind::function_return;
    if (at_return && lacks(kernel_.features().return_arguments()))
        sink_.report(diag::arguments_gone, fetch.span, kernel_.release())
            .help("read it at the entry: a `call` has the fields of both sides");
}

} // namespace

Commands emit(const plan::Plan& plan, std::span<const sema::ProbeId> probes, std::string_view group,
              const kernel::KernelView& kernel, diag::Sink& sink) {
    Emitter emitter(group, kernel, sink);
    for (const sema::ProbeId id : probes)
        emitter.add(plan[id]);
    return std::move(emitter).finish();
}

} // namespace kps::tracefs
