#pragma once

#include "compiler/base/source.hpp"
#include "compiler/bpf_backend/llvm.hpp"
#include "compiler/bpf_backend/record_types.hpp"

#include <map>
#include <optional>

namespace kps::bpf {

/// The helpers that programs call, by their numbers (`___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h
/// v6.12).
enum class Helper : std::uint64_t {
    map_lookup_elem = 1,
    map_update_elem = 2,
    map_delete_elem = 3,
    ktime_get_ns = 5,
    get_smp_processor_id = 8,
    get_current_pid_tgid = 14,
    get_current_comm = 16,
    current_task_under_cgroup = 37,
    get_stack = 67,
    probe_read_user = 112,
    probe_read_kernel = 113,
    probe_read_user_str = 114,
    probe_read_kernel_str = 115,
    ringbuf_output = 130,
    ringbuf_reserve = 131,
    ringbuf_submit = 132,
    ringbuf_query = 134,
    copy_from_user = 148,
    task_storage_get = 156,
    get_current_task_btf = 158,
    get_attach_cookie = 174,
    get_func_arg = 183,
    get_func_ret = 184,
};

/// `enum bpf_map_type`, include/uapi/linux/bpf.h.
enum class MapType : std::uint32_t {
    hash = 1,
    array = 2,
    percpu_array = 6,
    cgroup_array = 8,
    ring_buffer = 27,
    task_storage = 29,
};

struct MapShape {
    MapType type = MapType::hash;
    std::uint32_t key_bytes = 0;
    std::uint32_t value_bytes = 0;
    std::uint32_t entries = 0;
};

/// An object while it is made: LLVM's module, its debug information, maps and programs.
class Unit {
public:
    Unit(const SourceSet& sources, Span whole);
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;

    llvm::IRBuilder<>& build() { return build_; }
    llvm::Module& module() { return module_; }
    RecordTypes& records() { return records_; }

    /// A map of that name in `.maps`, as libbpf defines one by BTF.
    llvm::GlobalVariable* map(const std::string& name, const MapShape& shape);
    /// A u32 of that name in `.bss`.
    llvm::GlobalVariable* variable(const std::string& name);
    /// A u32 of that name in `.rodata`, at first 0, which a loader may set.
    llvm::GlobalVariable* setting(const std::string& name);
    /// The address of a symbol of the kernel, which the loader fills in.
    llvm::GlobalVariable* kernel_symbol(const std::string& name);
    llvm::Value* call(Helper helper, std::initializer_list<llvm::Value*> arguments);
    llvm::Value* call_pointer(Helper helper, std::initializer_list<llvm::Value*> arguments);

    /// Begins a program; what is built next goes into it. Its name is `name` or like it.
    llvm::Function* begin_program(const std::string& name, const std::string& section, Span span);
    /// Goes on in a function that the program ends with; gives that one's context. A program that
    /// leaves before has no registers to save, but its frame takes 32 bytes of the stack.
    llvm::Value* hand_over(llvm::Value* context, Span span);
    void end_program(); // returns 0
    /// Returns 0 here if `condition` does not hold.
    void leave_unless(llvm::Value* condition);
    /// Zeroed words on the program's stack, the same of one purpose and size throughout a program.
    llvm::Value* stack(const std::string& purpose, std::uint32_t bytes);
    /// The same, but not zeroed: what is built next writes all of it.
    llvm::Value* unset_stack(const std::string& purpose, std::uint32_t bytes);
    /// A word on the stack that holds `value`.
    llvm::Value* stack_of(const std::string& purpose, llvm::Value* value);
    /// A word that code of several branches writes, at first 0.
    llvm::Value* local();
    llvm::Value* local_pointer(); ///< the same of a pointer
    /// What is built next is about that place of the spec.
    void at(Span span);

    /// Code for `then` where `condition` holds, and on behind it.
    template <class Then>
    void when(llvm::Value* condition, Then then);
    /// The same with code for the other case.
    template <class Then, class Otherwise>
    void either(llvm::Value* condition, Then then, Otherwise otherwise);
    /// What the spec asks that BPF programs cannot do; the first counts.
    void refuse(Span span, std::string what);
    struct Refusal {
        Span span;
        std::string what;
    };
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

    /// Completes the debug information.
    void finish();

    llvm::Value* word(std::uint64_t value) { return build_.getInt64(value); }
    llvm::Value* number(std::uint32_t value) { return build_.getInt32(value); }
    llvm::Value* null() { return llvm::ConstantPointerNull::get(build_.getPtrTy()); }
    llvm::Value* offset(llvm::Value* pointer, std::uint64_t bytes) {
        return bytes == 0 ? pointer : build_.CreateConstGEP1_64(build_.getInt8Ty(), pointer, bytes);
    }
    llvm::Value* load(llvm::Value* pointer, std::uint64_t bytes) {
        return build_.CreateLoad(build_.getInt64Ty(), offset(pointer, bytes));
    }
    void store(llvm::Value* value, llvm::Value* pointer, std::uint64_t bytes) {
        build_.CreateStore(value, offset(pointer, bytes));
    }
    /// Adds to a word that other CPUs and interrupts add to as well; its value before.
    llvm::Value* add_atomic(llvm::Value* pointer, std::uint64_t bytes, llvm::Value* value) {
        return build_.CreateAtomicRMW(llvm::AtomicRMWInst::Add, offset(pointer, bytes), value,
                                      llvm::MaybeAlign(8), llvm::AtomicOrdering::Monotonic);
    }
    /// Whether it is (i1), by arithmetic: a comparison would be a branch, and every further one
    /// would double the ways through the program that the verifier follows.
    llvm::Value* is_not_negative(llvm::Value* value);
    llvm::Value* is_less(llvm::Value* small, std::uint32_t than); ///< i64, 0 or 1; below 2^63
    /// The same value (integer), of which the verifier knows nothing, so that it does not follow
    /// ways that differ in it only. `nothing`: i64, 0 wherever the program counts, unknown to the
    /// verifier.
    llvm::Value* forgotten(llvm::Value* value);
    void set_nothing(llvm::Value* nothing) { nothing_ = nothing; }
    /// A comparison of words (i1), by arithmetic if the program has many.
    llvm::Value* compared(llvm::CmpInst::Predicate predicate, llvm::Value* a, llvm::Value* b);
    /// The same value, of which the optimiser knows nothing, so that what is checked stays checked.
    llvm::Value* opaque(llvm::Value* value);

private:
    llvm::DIFile* file_of(SourceId id);
    void begin_function(const std::string& name, Span span, llvm::GlobalValue::LinkageTypes linkage,
                        llvm::DISubprogram::DISPFlags flags);
    /// The highest bit of a word (i1) without a branch.
    llvm::Value* highest_bit(llvm::Value* word);
    void export_variable(llvm::GlobalVariable* variable, llvm::DIType* type);
    llvm::DIType* map_attribute(std::uint64_t value);

    const SourceSet& sources_;
    llvm::LLVMContext context_;
    llvm::Module module_;
    llvm::IRBuilder<> build_;
    llvm::DIBuilder debug_;
    std::map<std::uint32_t, llvm::DIFile*> files_;
    llvm::DICompileUnit* unit_ = nullptr;
    RecordTypes records_;
    llvm::DIBasicType* int_type_ = nullptr;
    llvm::SmallVector<llvm::GlobalValue*> used_;
    std::map<std::string, llvm::GlobalVariable*> globals_;
    llvm::Function* function_ = nullptr;
    llvm::DISubprogram* subprogram_ = nullptr;
    std::map<std::uint32_t, llvm::DIScope*> scopes_; ///< of the program, by file
    std::map<std::string, llvm::AllocaInst*> stack_; ///< of the program
    llvm::Value* nothing_ = nullptr;                 ///< of the program
    unsigned comparisons_ = 0;                       ///< in the program
    std::optional<Refusal> refusal_;
};

template <class Then>
void Unit::when(llvm::Value* condition, Then then) {
    auto* const inside = llvm::BasicBlock::Create(context_, "", function_);
    auto* const behind = llvm::BasicBlock::Create(context_, "", function_);
    build_.CreateCondBr(condition, inside, behind);
    build_.SetInsertPoint(inside);
    then();
    build_.CreateBr(behind);
    build_.SetInsertPoint(behind);
}

template <class Then, class Otherwise>
void Unit::either(llvm::Value* condition, Then then, Otherwise otherwise) {
    auto* const yes = llvm::BasicBlock::Create(context_, "", function_);
    auto* const no = llvm::BasicBlock::Create(context_, "", function_);
    auto* const behind = llvm::BasicBlock::Create(context_, "", function_);
    build_.CreateCondBr(condition, yes, no);
    build_.SetInsertPoint(yes);
    then();
    build_.CreateBr(behind);
    build_.SetInsertPoint(no);
    otherwise();
    build_.CreateBr(behind);
    build_.SetInsertPoint(behind);
}

} // namespace kps::bpf
