#pragma once

#include "compiler/bpf_backend/maps.hpp"

namespace kps::bpf {

/// The programs that keep the map `tasks`: the process trees that begin with the processes that the
/// loader puts there, from their exec on. A process is known by its thread group.
class TaskPrograms {
public:
    TaskPrograms(Unit& unit, Maps& maps, const kernel::KernelView& kernel);

    void add_types();
    /// Names of the programs. `prefix`: of their sections.
    std::vector<std::string> build(const std::string& prefix);

private:
    void fork();
    void execute();
    void free();
    std::string begin(const std::string& prefix, const std::string& event);
    llvm::Value* number_of(llvm::Value* task, const sema::MemberAddress& member); // i64
    llvm::Value* state_of(llvm::Value* group, const std::string& purpose);        // pointer
    llvm::Value* key(llvm::Value* group, const std::string& purpose);

    Unit& unit_;
    Maps& maps_;
    sema::MemberAddress thread_;
    sema::MemberAddress group_;
    llvm::Value* context_ = nullptr;
};

} // namespace kps::bpf
