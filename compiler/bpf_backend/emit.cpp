#include "compiler/bpf_backend/elf.hpp"
#include "compiler/bpf_backend/program.hpp"
#include "compiler/bpf_backend/task_programs.hpp"
#include "compiler/plan/names.hpp"
#include "compiler/semantics/resolve.hpp"

#include <algorithm>
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
        const bool keeps_tasks = request_.workload_only || request_.any_kernel;
        if (keeps_tasks) {
            tasks.add_types();
            // first, so that a task counts already when its start is a hit of the same event
            for (std::string& name : tasks.build(optional()))
                object_.programs.push_back({std::move(name), Attach::task_event, {}});
        }
        for (const std::vector<sema::ProbeId>& probes : groups())
            add_program(probes);
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

    /// Probes that one program serves: of one stream of several functions, alike in all they read.
    [[nodiscard]] std::vector<std::vector<sema::ProbeId>> groups() const {
        std::vector<std::vector<sema::ProbeId>> all;
        std::map<std::string, std::size_t> known;
        const std::map<sema::ProbeId, std::uint32_t> streams = streams_of_several();
        for (const sema::ProbeId id : request_.probes) {
            const auto stream = streams.find(id);
            if (stream == streams.end()) {
                all.push_back({id});
                continue;
            }
            const auto [at, fresh] =
                known.try_emplace(fmt::format("{} {}", stream->second, reads_of(id)), all.size());
            if (fresh) all.emplace_back();
            all[at->second].push_back(id);
        }
        return all;
    }

    [[nodiscard]] std::map<sema::ProbeId, std::uint32_t> streams_of_several() const {
        std::map<sema::ProbeId, std::uint32_t> streams;
        std::uint32_t number = 0;
        for (const sema::Stream& stream : request_.spec.streams) {
            const auto* hits = std::get_if<sema::HitStream>(&stream.node);
            if (hits != nullptr && hits->probes.size() > 1)
                for (const sema::ProbeId id : hits->probes)
                    streams.emplace(id, number);
            ++number;
        }
        return streams;
    }

    [[nodiscard]] std::string reads_of(sema::ProbeId id) const {
        const sema::Probe& probe = request_.spec.probes[id];
        std::string text = fmt::format("{} {}", static_cast<int>(probe.kind), probe.maxactive);
        for (const sema::Field& field : probe.fields)
            text += fmt::format("; {}", sema::dump(request_.spec, field.source));
        return text;
    }

    [[nodiscard]] Attach attach_of(const std::vector<sema::ProbeId>& probes) const {
        const sema::Probe& first = request_.spec.probes[probes.front()];
        const Attach alone = attachment_of(request_, first);
        if (probes.size() == 1 || !first.program.empty() ||
            first.kind == sema::PointKind::tracepoint)
            return alone;
        const bool returns = first.kind == sema::PointKind::function_return;
        const auto by_name = [&](sema::ProbeId id) {
            const sema::Probe& probe = request_.spec.probes[id];
            return probe.offset == 0 && probe.text_offset == 0 && probe.module.empty();
        };
        const bool multi =
            request_.kernel.config("CONFIG_FPROBE") == "y" && std::ranges::all_of(probes, by_name);
        if (multi) return returns ? Attach::kretprobe_multi : Attach::kprobe_multi;
        return returns ? Attach::kretprobe : Attach::kprobe;
    }

    [[nodiscard]] std::string optional() const { return request_.any_kernel ? "?" : ""; }

    void add_program(const std::vector<sema::ProbeId>& probes) {
        const sema::Probe& probe = request_.spec.probes[probes.front()];
        const Attach attach = attach_of(probes);
        const std::string name = names_.take(probe.name);
        llvm::Function* const function =
            unit_.begin_program(name, optional() + section_of(attach, probe), probe.span);
        llvm::Value* context = function->getArg(0);
        // by itself: what its comparisons tell the verifier is not to be followed into the rest
        const bool leaves = ProbeProgram(unit_, maps_, request_, probes, attach, context)
                                .leave_if_no_use_takes_it();
        if (leaves && has_room()) context = unit_.hand_over(context, probe.span);
        ProbeProgram(unit_, maps_, request_, probes, attach, context).build();
        unit_.end_program();
        object_.programs.push_back({name, attach, probes});
    }

    /// Whether the stack of a program has room for another frame: with few uses it surely has.
    [[nodiscard]] bool has_room() const {
        return request_.work->tallies.size() + request_.work->sent.size() <= 4;
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
