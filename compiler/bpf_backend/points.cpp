#include "compiler/bpf_backend/points.hpp"

#include "compiler/semantics/operands.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <utility>

namespace kps::bpf {

namespace {

constexpr std::array<std::string_view, 21> x86_order = {
    "r15", "r14", "r13", "r12", "bp",      "bx", "r11", "r10",   "r9", "r8", "ax",
    "cx",  "dx",  "si",  "di",  "orig_ax", "ip", "cs",  "flags", "sp", "ss"};
constexpr std::array<std::string_view, 6> x86_arguments = {"di", "si", "dx", "cx", "r8", "r9"};
constexpr std::array<std::string_view, 8> arm64_arguments = {"x0", "x1", "x2", "x3",
                                                             "x4", "x5", "x6", "x7"};

/// Functions that never return, to which kernels refuse fexit: the trampoline would keep the
/// program for good (noreturn_deny, kernel/bpf/verifier.c v6.15, and 6.12 by a stable update).
constexpr std::array<std::string_view, 11> without_fexit = {"do_exit",
                                                            "do_group_exit",
                                                            "kthread_exit",
                                                            "kthread_complete_and_exit",
                                                            "make_task_dead",
                                                            "__x64_sys_exit",
                                                            "__ia32_sys_exit",
                                                            "__x64_sys_exit_group",
                                                            "__arm64_sys_exit",
                                                            "__ia32_sys_exit_group",
                                                            "__arm64_sys_exit_group"};

/// Functions that trampolines themselves call, or code around them: with a program there they would
/// not end (btf_id_deny, kernel/bpf/verifier.c v6.1; `__migrate_enable` since v6.18).
constexpr std::array<std::string_view, 8> without_trampoline = {
    "migrate_disable",   "migrate_enable",    "__migrate_enable", "rcu_read_unlock_strict",
    "preempt_count_add", "preempt_count_sub", "__rcu_read_lock",  "__rcu_read_unlock"};

/// What a program with a function's arguments cannot see. The stack begins below a trampoline's.
bool needs_registers(const sema::ResolvedSpec& spec, sema::ExprId id) {
    const sema::Expr& expr = spec.exprs[id];
    return std::holds_alternative<sema::Register>(expr.node) ||
           std::holds_alternative<sema::StackSlot>(expr.node) ||
           std::holds_alternative<sema::CallStack>(expr.node) ||
           std::ranges::any_of(sema::operands_of(expr), [&](sema::ExprId operand) {
               return needs_registers(spec, operand);
           });
}

/// Trampolines take functions of the kernel itself that ftrace knows, with at most six arguments of
/// one register each (arch_prepare_bpf_trampoline, arch/x86/net/bpf_jit_comp.c v6.1), and find them
/// by name, so that it must be unique.
bool takes_trampoline(const sema::Probe& probe, const kernel::KernelView& kernel) {
    const kernel::Btf* const btf = kernel.btf();
    if (btf == nullptr || !probe.module.empty() || probe.text_offset != 0) return false;
    if (std::ranges::find(without_trampoline, probe.symbol) != without_trampoline.end())
        return false;
    const auto found = kernel.symbols().find(probe.symbol);
    const auto functions = btf->functions(probe.symbol);
    if (found.size() != 1 || functions.size() != 1) return false;
    if (found.front().probe != kernel::ProbeStatus::probeable) return false;
    const kernel::TypeId prototype = btf->type(functions.front()).target;
    const auto parameters = btf->parameters(prototype);
    const auto fits = [&](const kernel::Parameter& parameter) {
        const kernel::TypeKind kind = btf->type(btf->strip(parameter.type)).kind;
        const bool is_record =
            kind == kernel::TypeKind::struct_type || kind == kernel::TypeKind::union_type;
        const std::uint64_t size = btf->size_of(parameter.type);
        return !is_record && size >= 1 && size <= 8; // not the `...` of a variadic function
    };
    const kernel::TypeId result = btf->type(prototype).target;
    const kernel::TypeKind result_kind = btf->type(btf->strip(result)).kind;
    const bool result_fits =
        result_kind != kernel::TypeKind::struct_type && result_kind != kernel::TypeKind::union_type;
    return parameters.size() <= x86_arguments.size() && std::ranges::all_of(parameters, fits) &&
           result_fits;
}

} // namespace

Attach attachment_of(const Request& request, const sema::Probe& probe) {
    const bool returns = probe.kind == sema::PointKind::function_return;
    if (!probe.program.empty()) return returns ? Attach::uretprobe : Attach::uprobe;
    if (probe.kind == sema::PointKind::tracepoint) return Attach::tracepoint;
    const bool registers = std::ranges::any_of(probe.fields, [&](const sema::Field& field) {
        return needs_registers(request.spec, field.source);
    });
    const bool at_function = probe.kind == sema::PointKind::entry || returns;
    const bool refused =
        returns && std::ranges::find(without_fexit, probe.symbol) != without_fexit.end();
    if (request.trampolines && at_function && !registers && !refused &&
        takes_trampoline(probe, request.kernel))
        return returns ? Attach::fexit : Attach::fentry;
    return returns ? Attach::kretprobe : Attach::kprobe;
}

std::string section_of(Attach attach, const sema::Probe& probe) {
    const std::string symbol =
        probe.offset == 0 ? probe.symbol : fmt::format("{}+{:#x}", probe.symbol, probe.offset);
    switch (attach) {
    case Attach::kprobe: return "kprobe/" + symbol;
    case Attach::kretprobe: return "kretprobe/" + probe.symbol;
    case Attach::kprobe_multi: return "kprobe.multi/" + probe.symbol;
    case Attach::kretprobe_multi: return "kretprobe.multi/" + probe.symbol;
    case Attach::fentry: return "fentry/" + probe.symbol;
    case Attach::fexit: return "fexit/" + probe.symbol;
    case Attach::tracepoint: return "tp/" + probe.module + "/" + probe.symbol;
    case Attach::task_event: return "tp_btf/" + probe.symbol;
    case Attach::uprobe: return "uprobe.s/" + probe.program + ":" + probe.symbol;
    case Attach::uretprobe: return "uretprobe.s/" + probe.program + ":" + probe.symbol;
    }
    std::unreachable();
}

std::uint32_t offset_of_register(kernel::Architecture machine, std::string_view name) {
    if (machine == kernel::Architecture::x86_64) {
        const auto found = std::ranges::find(x86_order, name);
        return static_cast<std::uint32_t>(found - x86_order.begin()) * 8;
    }
    if (name == "lr") return 30 * 8;
    if (name == "sp") return 31 * 8;
    if (name == "pc") return 32 * 8;
    if (name == "pstate") return 33 * 8;
    return static_cast<std::uint32_t>(std::stoul(std::string(name.substr(1)))) * 8;
}

std::string_view argument_register(kernel::Architecture machine, std::uint32_t index) {
    return machine == kernel::Architecture::x86_64 ? x86_arguments.at(index)
                                                   : arm64_arguments.at(index);
}

std::string_view result_register(kernel::Architecture machine) {
    return machine == kernel::Architecture::x86_64 ? "ax" : "x0";
}

} // namespace kps::bpf
