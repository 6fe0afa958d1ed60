#include "compiler/bpf_backend/program.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace kps::bpf {

namespace rec = plan::record;

ProbeProgram::ProbeProgram(Unit& unit, Maps& maps, const Request& request,
                           const std::vector<sema::ProbeId>& probes, Attach attach,
                           llvm::Value* context)
    : unit_(unit), maps_(maps), request_(request), probes_(probes),
      values_(unit, request.spec.exprs),
      hit_(unit, maps, request, probes.front(), attach, probes.size() > 1, context) {}

void ProbeProgram::build() {
    leave_if_it_does_not_count();
    // what it is set to has no other bit than the lowest
    llvm::Value* const again =
        unit_.build().CreateLoad(unit_.build().getInt32Ty(), maps_.paused(), true);
    unit_.set_nothing(unit_.build().CreateAnd(
        unit_.build().CreateZExt(again, unit_.build().getInt64Ty()), unit_.word(0xfffffffe)));
    if (request_.work == nullptr) return send(unit_.word(0), unit_.build().getTrue());
    llvm::Value* const sent = is_sent();
    for (std::size_t call = 0; call < request_.work->calls.size(); ++call) {
        const sema::Stream& stream = request_.spec.streams[request_.work->calls[call]];
        const auto& of = std::get<sema::CallStream>(stream.node);
        if (of.enter == hit_.probe()) enter_call(call);
        if (of.exit == hit_.probe()) leave_call(call);
    }
    llvm::Value* const bits = unit_.local();
    unit_.store(unit_.forgotten(unit_.word(0)), bits, 0);
    const bool tallied = tally_hit(bits);
    if (tallied || sent != unit_.build().getFalse()) send(unit_.load(bits, 0), sent);
}

bool ProbeProgram::is_hit_of(sema::StreamId stream) const {
    const auto* hits = std::get_if<sema::HitStream>(&request_.spec.streams[stream].node);
    return hits != nullptr && std::ranges::find(hits->probes, hit_.probe()) != hits->probes.end();
}

bool ProbeProgram::is_side_of(sema::StreamId stream) const {
    const auto* call = std::get_if<sema::CallStream>(&request_.spec.streams[stream].node);
    return call != nullptr && (call->enter == hit_.probe() || call->exit == hit_.probe());
}

bool ProbeProgram::reads_arguments_only(sema::StreamId stream, sema::ExprId condition) const {
    const auto& exprs = request_.spec.exprs;
    const std::function<bool(sema::ExprId)> only = [&](sema::ExprId id) {
        const auto all = [&](auto... ids) { return (only(ids) && ...); };
        return std::visit(
            Overloaded{
                [&](const sema::FieldRef& n) {
                    const auto& field = request_.spec.streams[stream].fields.at(n.index);
                    const auto* of = std::get_if<sema::StreamField::OfProbe>(&field.origin);
                    return of != nullptr && only(hit_.description().fields.at(of->index).source);
                },
                [](const sema::Constant&) { return true; },
                [](const sema::Argument&) { return true; },
                [](const sema::ReturnValue&) { return true; },
                [](const sema::Register&) { return true; },
                [&](const sema::Convert& n) { return all(n.operand); },
                [&](const sema::Unary& n) { return all(n.operand); },
                [&](const sema::Binary& n) { return all(n.left, n.right); },
                [](const auto&) { return false; },
            },
            exprs[id].node);
    };
    return only(condition);
}

llvm::Value* ProbeProgram::may_take(const sema::StreamUse& use) {
    auto& build = unit_.build();
    llvm::Value* taken = build.getTrue();
    for (const sema::ExprId condition : use.where)
        if (reads_arguments_only(use.stream, condition))
            taken = build.CreateAnd(
                taken, build.CreateNot(values_.truth(condition, reader({use.stream})).no));
    return taken;
}

bool ProbeProgram::leave_if_no_use_takes_it() {
    if (request_.work == nullptr) return false;
    auto& build = unit_.build();
    llvm::Value* taken = build.getFalse();
    const auto look_at = [&](const sema::StreamUse& use) {
        if (is_hit_of(use.stream)) taken = build.CreateOr(taken, may_take(use));
        if (is_side_of(use.stream)) taken = build.getTrue();
    };
    for (const plan::Tally& tally : request_.work->tallies)
        look_at(tally.use);
    for (const plan::Sent& sent : request_.work->sent)
        look_at(sent.use);
    if (llvm::isa<llvm::Constant>(taken)) return false;
    unit_.leave_unless(taken);
    return true;
}

void ProbeProgram::leave_if_it_does_not_count() {
    auto& build = unit_.build();
    llvm::Value* const paused = build.CreateLoad(build.getInt32Ty(), maps_.paused(), true);
    unit_.leave_unless(build.CreateICmpEQ(paused, unit_.number(0)));
    if (request_.workload_only) return leave_unless_workload();
    if (request_.in_cgroup)
        unit_.leave_unless(build.CreateICmpEQ(
            unit_.call(Helper::current_task_under_cgroup, {maps_.cgroup(), unit_.word(0)}),
            unit_.word(1)));
    llvm::Value* const scope = build.CreateLoad(build.getInt32Ty(), maps_.scope(), true);
    unit_.when(build.CreateICmpNE(scope, unit_.number(all_tasks)), [&] {
        const Hit::Branch branch(hit_);
        llvm::Value* const group = build.CreateTrunc(hit_.pid(), build.getInt32Ty());
        unit_.leave_unless(build.CreateICmpNE(group, scope));
        if (!request_.any_kernel) return;
        unit_.when(build.CreateICmpEQ(scope, unit_.number(workload_tasks)), [&] {
            const Hit::Branch inner(hit_);
            leave_unless_workload();
        });
    });
}

void ProbeProgram::leave_unless_workload() {
    auto& build = unit_.build();
    llvm::Value* const key = unit_.stack_of("task", hit_.pid());
    llvm::Value* const state = unit_.call_pointer(Helper::map_lookup_elem, {maps_.tasks(), key});
    unit_.leave_unless(build.CreateICmpNE(state, unit_.null()));
    llvm::Value* const value = build.CreateLoad(build.getInt32Ty(), state);
    unit_.leave_unless(build.CreateICmpEQ(value, unit_.number(counting_task)));
}

llvm::Value* ProbeProgram::sums() {
    return hit_.once("sums", [&] {
        llvm::Value* const key = unit_.stack("zero", 8);
        llvm::Value* const found = unit_.call_pointer(Helper::map_lookup_elem, {maps_.sums(), key});
        unit_.leave_unless(unit_.build().CreateICmpNE(found, unit_.null()));
        return found;
    });
}

// ---------------------------------------------------------------- fields of streams

Read ProbeProgram::reader(const Subject& subject) {
    return [this, subject](sema::ExprId id) {
        const auto& reference = std::get<sema::FieldRef>(request_.spec.exprs[id].node);
        return stream_field(subject, reference.index);
    };
}

Operand ProbeProgram::forgotten(const Operand& operand) {
    return std::visit(Overloaded{
                          [&](Number number) -> Operand {
                              number.bits = unit_.forgotten(number.bits);
                              number.known = unit_.forgotten(number.known);
                              return number;
                          },
                          [&](Text text) -> Operand {
                              if (text.length != nullptr)
                                  text.length = unit_.forgotten(text.length);
                              text.known = unit_.forgotten(text.known);
                              return text;
                          },
                          [](const Literal& literal) -> Operand { return literal; },
                      },
                      operand);
}

Operand ProbeProgram::stream_field(const Subject& subject, std::uint32_t index) {
    return forgotten(value_of_field(subject, index));
}

Operand ProbeProgram::value_of_field(const Subject& subject, std::uint32_t index) {
    const sema::StreamField& field = request_.spec.streams[subject.stream].fields.at(index);
    if (const auto* which = std::get_if<sema::Builtin>(&field.origin))
        return builtin(subject, *which);
    const auto& of = std::get<sema::StreamField::OfProbe>(field.origin);
    if (subject.frame != nullptr && of.side == 0) return saved_field(*subject.frame, of.index);
    return hit_.field(of.index);
}

Operand ProbeProgram::builtin(const Subject& subject, sema::Builtin which) {
    auto& build = unit_.build();
    const Frame* const frame = subject.frame;
    const auto number = [&](llvm::Value* bits, bool is_signed) -> Operand {
        return Number{bits, values_.known(), is_signed};
    };
    switch (which) {
    case sema::Builtin::time:
        return number(frame != nullptr ? unit_.load(frame->record, rec::time) : hit_.time(), false);
    case sema::Builtin::cpu:
        if (frame == nullptr) return number(hit_.cpu(), true);
        return number(build.CreateAnd(unit_.load(frame->record, rec::cpu), unit_.word(0xffffffff)),
                      true);
    case sema::Builtin::tid: return number(hit_.tid(), true);
    case sema::Builtin::pid: return number(hit_.pid(), true);
    case sema::Builtin::comm:
        if (frame == nullptr) return hit_.comm();
        return Text{unit_.offset(frame->record, rec::comm), nullptr, values_.known(), comm_bytes};
    case sema::Builtin::func:
        return Literal{(frame != nullptr ? *frame->entry : hit_.description()).symbol};
    case sema::Builtin::duration:
        return number(build.CreateSub(hit_.time(), unit_.load(frame->record, rec::time)), false);
    }
    std::unreachable();
}

Operand ProbeProgram::saved_field(const Frame& frame, std::uint32_t index) {
    auto& build = unit_.build();
    const sema::ValueType& type = frame.entry->fields.at(index).type;
    const plan::FieldSlot slot = frame.layout->fields.at(index);
    llvm::Value* const word = unit_.load(frame.record, rec::unreadable + index / 64 * 8);
    llvm::Value* const bit = build.CreateAnd(word, unit_.word(std::uint64_t{1} << (index % 64)));
    llvm::Value* const known = build.CreateICmpEQ(bit, unit_.word(0));
    if (type.kind == sema::TypeKind::string)
        return Text{unit_.offset(frame.record, slot.offset + 8),
                    unit_.load(frame.record, slot.offset), known, slot.capacity};
    if (type.kind != sema::TypeKind::integer)
        return Number{unit_.word(0), build.getFalse(), true}; // not computed with
    return Number{unit_.load(frame.record, slot.offset), known, type.is_signed || type.size < 8};
}

Values::Truth ProbeProgram::belongs(const Subject& subject, const sema::StreamUse& use) {
    auto& build = unit_.build();
    Values::Truth all{build.getTrue(), build.getFalse()};
    for (const sema::ExprId condition : use.where) {
        const Values::Truth one = values_.truth(condition, reader(subject));
        all.yes = build.CreateAnd(all.yes, one.yes);
        all.no = build.CreateOr(all.no, one.no);
    }
    return all;
}

/// Which function it is, a program of several does not know.
bool ProbeProgram::asks_for_function(const sema::StreamUse& use) const {
    const auto& fields = request_.spec.streams[use.stream].fields;
    const std::function<bool(sema::ExprId)> asks = [&](sema::ExprId id) {
        const auto& node = request_.spec.exprs[id].node;
        if (const auto* n = std::get_if<sema::FieldRef>(&node)) {
            const auto* which = std::get_if<sema::Builtin>(&fields.at(n->index).origin);
            return which != nullptr && *which == sema::Builtin::func;
        }
        if (const auto* n = std::get_if<sema::Unary>(&node)) return asks(n->operand);
        if (const auto* n = std::get_if<sema::Convert>(&node)) return asks(n->operand);
        if (const auto* n = std::get_if<sema::Binary>(&node))
            return asks(n->left) || asks(n->right);
        if (const auto* n = std::get_if<sema::Conditional>(&node))
            return asks(n->condition) || asks(n->then) || asks(n->otherwise);
        return false;
    };
    return std::ranges::any_of(use.where, asks);
}

// ---------------------------------------------------------------- sending

llvm::Value* ProbeProgram::is_sent() {
    auto& build = unit_.build();
    llvm::Value* sent = build.getFalse();
    for (const plan::Sent& of : request_.work->sent) {
        if (is_side_of(of.use.stream)) return build.getTrue();
        if (!is_hit_of(of.use.stream)) continue;
        if (probes_.size() > 1 && asks_for_function(of.use)) return build.getTrue();
        const Values::Truth truth = belongs({of.use.stream}, of.use);
        sent = build.CreateOr(sent, build.CreateNot(truth.no));
    }
    return sent;
}

void ProbeProgram::send(llvm::Value* tallies, llvm::Value* sent) {
    auto& build = unit_.build();
    llvm::Value* const wanted = build.CreateOr(sent, build.CreateICmpNE(tallies, unit_.word(0)));
    unit_.when(wanted, [&] {
        const Hit::Branch branch(hit_);
        llvm::Value* const record =
            unit_.call_pointer(Helper::ringbuf_reserve,
                               {maps_.hits(), unit_.word(hit_.layout().bytes), unit_.word(0)});
        unit_.either(
            build.CreateICmpEQ(record, unit_.null()),
            [&] {
                unit_.when(sent, [&] {
                    const Hit::Branch inner(hit_);
                    hit_.count_loss();
                });
            },
            [&] {
                const Hit::Branch inner(hit_);
                hit_.write_record(record, tallies, 0, true);
                llvm::Value* const flags =
                    build.CreateSelect(sent, unit_.number(plan::sent_flag), unit_.number(0));
                unit_.store(flags, record, rec::flags);
                hit_.submit(record);
            });
    });
}

/// Both records of a call in one sample. It is evidence: where it finds no room, nothing is lost,
/// as the sums are exact without it.
void ProbeProgram::send_call(const Frame& frame, llvm::Value* tallies) {
    auto& build = unit_.build();
    unit_.when(build.CreateICmpNE(tallies, unit_.word(0)), [&] {
        const Hit::Branch branch(hit_);
        const std::uint32_t entry_bytes = frame.layout->bytes;
        llvm::Value* const sample = unit_.call_pointer(
            Helper::ringbuf_reserve,
            {maps_.hits(), unit_.word(entry_bytes + hit_.layout().bytes), unit_.word(0)});
        unit_.when(build.CreateICmpNE(sample, unit_.null()), [&] {
            const Hit::Branch inner(hit_);
            unit_.call(Helper::probe_read_kernel, {sample, unit_.word(entry_bytes), frame.record});
            unit_.store(tallies, sample, rec::tallies);
            hit_.write_record(unit_.offset(sample, entry_bytes), tallies, 0, false);
            hit_.submit(sample);
        });
    });
}

} // namespace kps::bpf
