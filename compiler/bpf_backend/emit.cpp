#include "compiler/bpf_backend/elf.hpp"
#include "compiler/bpf_backend/program.hpp"
#include "compiler/bpf_backend/task_programs.hpp"
#include "compiler/plan/names.hpp"

#include <cassert>
#include <fmt/core.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

namespace kps::bpf {

namespace {

constexpr std::size_t longest_name = 60;

class Emitter {
public:
    explicit Emitter(const Request& request)
        : request_(request), unit_(request.sources, whole(request)), maps_(unit_, request),
          names_(longest_name) {}

    Result<Object> operator()(bool with_ir) {
        auto target = target_machine();
        unit_.module().setTargetTriple(target->getTargetTriple().str());
        unit_.module().setDataLayout(target->createDataLayout());
        for (const sema::Expr& expr : request_.spec.exprs)
            if (const auto* access = std::get_if<sema::MemberAddress>(&expr.node))
                unit_.records().add(*access);
        TaskPrograms tasks(unit_, maps_, request_.kernel);
        if (request_.workload_only) tasks.add_types();
        for (const std::vector<sema::ProbeId>& probes : groups())
            add_program(probes);
        if (request_.workload_only)
            for (std::string& name : tasks.build())
                object_.programs.push_back({std::move(name), Attach::task_event, {}});
        unit_.finish();
        if (const auto& refusal = unit_.refusal()) return refused(*refusal);
        if (with_ir) print();
        assert(!llvm::verifyModule(unit_.module(), &llvm::errs()));
        auto elf = compile(unit_.module(), *target);
        if (!elf) return std::unexpected(elf.error());
        object_.elf = std::move(*elf);
        return std::move(object_);
    }

private:
    static Span whole(const Request& request) {
        return request.spec.probes.empty() ? Span{} : request.spec.probes.begin()->span;
    }

    Result<Object> refused(const Unit::Refusal& refusal) const {
        const SourceFile& file = request_.sources[refusal.span.file];
        const LineColumn at = request_.sources.position(refusal.span.file, refusal.span.begin);
        return fail(fmt::format("{}:{}:{}: {} is not for BPF programs", file.path, at.line,
                                at.column, refusal.what));
    }

    [[nodiscard]] std::vector<std::vector<sema::ProbeId>> groups() const {
        std::vector<std::vector<sema::ProbeId>> all;
        for (const sema::ProbeId probe : request_.probes)
            all.push_back({probe});
        return all;
    }

    void add_program(const std::vector<sema::ProbeId>& probes) {
        const sema::Probe& probe = request_.spec.probes[probes.front()];
        const Attach attach = attachment_of(request_.spec, probe, request_.kernel);
        const std::string name = names_.take(probe.name);
        llvm::Function* const function =
            unit_.begin_program(name, section_of(attach, probe), probe.span);
        ProbeProgram(unit_, maps_, request_, probes, attach, function->getArg(0)).build();
        unit_.end_program();
        object_.programs.push_back({name, attach, probes});
    }

    void print() {
        llvm::raw_string_ostream out(object_.ir);
        unit_.module().print(out, nullptr);
    }

    const Request& request_;
    Unit unit_;
    Maps maps_;
    plan::Names names_;
    Object object_;
};

} // namespace

Result<Object> emit(const Request& request, bool with_ir) {
    return Emitter(request)(with_ir);
}

} // namespace kps::bpf
