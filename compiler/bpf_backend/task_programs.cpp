#include "compiler/bpf_backend/task_programs.hpp"

#include "compiler/semantics/c_types.hpp"

namespace kps::bpf {

namespace {

constexpr std::uint64_t any = 0; ///< BPF_ANY

sema::MemberAddress member_of_task(const kernel::KernelView& kernel, const std::string& name) {
    sema::MemberAddress access{.base = {},
                               .root = {sema::CKind::structure, "task_struct"},
                               .steps = {{.member = name, .shape = {.name = "int", .size = 4}}}};
    const kernel::Btf* const btf = kernel.btf();
    const auto task =
        btf == nullptr ? std::nullopt : btf->find(kernel::TypeKind::struct_type, "task_struct");
    if (!task) return access;
    access.root.size = btf->size_of(*task);
    const auto member = sema::find_member({btf, *task, 0}, name);
    if (member) access.steps.front().bit_offset = access.offset = member->bit_offset;
    access.steps.front().shape.is_signed = true;
    return access;
}

} // namespace

TaskPrograms::TaskPrograms(Unit& unit, Maps& maps, const kernel::KernelView& kernel)
    : unit_(unit), maps_(maps), thread_(member_of_task(kernel, "pid")),
      group_(member_of_task(kernel, "tgid")) {}

void TaskPrograms::add_types() {
    unit_.records().add(thread_);
    unit_.records().add(group_);
}

std::vector<std::string> TaskPrograms::build(const std::string& prefix) {
    std::vector<std::string> names;
    names.push_back(begin(prefix, "sched_process_fork"));
    fork();
    unit_.end_program();
    names.push_back(begin(prefix, "sched_process_exec"));
    execute();
    unit_.end_program();
    names.push_back(begin(prefix, "sched_process_free"));
    free();
    unit_.end_program();
    return names;
}

std::string TaskPrograms::begin(const std::string& prefix, const std::string& event) {
    const std::string name = "kps_" + event.substr(event.rfind('_') + 1);
    context_ = unit_.begin_program(name, prefix + "tp_btf/" + event, Span{})->getArg(0);
    return name;
}

llvm::Value* TaskPrograms::number_of(llvm::Value* task, const sema::MemberAddress& member) {
    auto& build = unit_.build();
    llvm::Value* const at = unit_.records().address(build, task, member);
    llvm::Value* const to = unit_.stack("number", 8);
    unit_.call(Helper::probe_read_kernel, {to, unit_.word(4), at});
    return unit_.load(to, 0);
}

llvm::Value* TaskPrograms::key(llvm::Value* group, const std::string& purpose) {
    return unit_.stack_of(purpose, group);
}

llvm::Value* TaskPrograms::state_of(llvm::Value* group, const std::string& purpose) {
    return unit_.call_pointer(Helper::map_lookup_elem, {maps_.tasks(), key(group, purpose)});
}

/// A child of a task that counts does too; threads are in their process already.
void TaskPrograms::fork() {
    auto& build = unit_.build();
    llvm::Value* const parent = build.CreateLoad(build.getPtrTy(), context_);
    llvm::Value* const child = build.CreateLoad(build.getPtrTy(), unit_.offset(context_, 8));
    llvm::Value* const from = number_of(parent, group_);
    llvm::Value* const state = state_of(from, "parent");
    unit_.leave_unless(build.CreateICmpNE(state, unit_.null()));
    llvm::Value* const counts = build.CreateLoad(build.getInt32Ty(), state);
    unit_.leave_unless(build.CreateICmpEQ(counts, unit_.number(counting_task)));
    llvm::Value* const made = number_of(child, group_);
    unit_.leave_unless(build.CreateICmpNE(from, made));
    llvm::Value* const value = unit_.stack_of("state", unit_.word(counting_task));
    unit_.call(Helper::map_update_elem,
               {maps_.tasks(), key(made, "child"), value, unit_.word(any)});
}

void TaskPrograms::execute() {
    auto& build = unit_.build();
    llvm::Value* const group =
        build.CreateLShr(unit_.call(Helper::get_current_pid_tgid, {}), unit_.word(32));
    llvm::Value* const state = state_of(group, "task");
    unit_.leave_unless(build.CreateICmpNE(state, unit_.null()));
    build.CreateStore(unit_.number(counting_task), state);
}

/// When a process's first thread, which outlives the others, is freed.
void TaskPrograms::free() {
    auto& build = unit_.build();
    llvm::Value* const task = build.CreateLoad(build.getPtrTy(), context_);
    llvm::Value* const group = number_of(task, group_);
    unit_.leave_unless(build.CreateICmpEQ(group, number_of(task, thread_)));
    unit_.call(Helper::map_delete_elem, {maps_.tasks(), key(group, "task")});
}

} // namespace kps::bpf
