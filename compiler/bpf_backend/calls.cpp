#include "compiler/bpf_backend/program.hpp"
#include "compiler/semantics/operands.hpp"

#include <algorithm>

// Calls are paired in the kernel: each task has a stack of the records of those it is in.
namespace kps::bpf {

namespace {

namespace rec = plan::record;

// The words of a call in `sums`.
constexpr std::uint32_t entered = 0;
constexpr std::uint32_t ended = 1;
constexpr std::uint32_t orphans = 2;
constexpr std::uint32_t open_below = 3;
constexpr std::uint64_t create = 1; ///< BPF_LOCAL_STORAGE_GET_F_CREATE
/// Of a frame: a call inside of it, or after it, has ended.
constexpr std::uint32_t later = rec::reserved;
/// Where nothing but the time of the entry is needed.
constexpr std::uint32_t short_frame = rec::comm;

} // namespace

/// Whether the expression reads something of a call's entry besides its time and its task.
bool ProbeProgram::reads_entry(sema::StreamId stream, sema::ExprId id) const {
    const sema::Expr& expr = request_.spec.exprs[id];
    if (const auto* n = std::get_if<sema::FieldRef>(&expr.node)) {
        const sema::StreamField& field = request_.spec.streams[stream].fields.at(n->index);
        if (const auto* of = std::get_if<sema::StreamField::OfProbe>(&field.origin)) {
            static_cast<void>(of);
            return true; // of the return it may be unreadable, and then the entry is shown
        }
        const auto which = std::get<sema::Builtin>(field.origin);
        return which == sema::Builtin::cpu || which == sema::Builtin::comm;
    }
    return std::ranges::any_of(sema::operands_of(expr),
                               [&](sema::ExprId operand) { return reads_entry(stream, operand); });
}

bool ProbeProgram::keeps_record(sema::StreamId call) const {
    return std::ranges::any_of(request_.work->tallies, [&](const plan::Tally& tally) {
        if (tally.use.stream != call) return false;
        if (tally.evidence != plan::Evidence::none || !tally.key.empty() || tally.condition)
            return true;
        const auto* of = tally.field ? std::get_if<sema::StreamField::OfProbe>(
                                           &request_.spec.streams[call].fields[*tally.field].origin)
                                     : nullptr;
        return (of != nullptr && of->side == 0) ||
               std::ranges::any_of(tally.use.where,
                                   [&](sema::ExprId id) { return reads_entry(call, id); });
    });
}

std::uint32_t ProbeProgram::frame_bytes(sema::StreamId call) const {
    if (!keeps_record(call)) return short_frame;
    const auto& of = std::get<sema::CallStream>(request_.spec.streams[call].node);
    return plan::record_layout(request_.spec.probes[of.enter]).bytes;
}

llvm::Value* ProbeProgram::calls_of_task(std::size_t call, bool make) {
    llvm::Value* const map = maps_.calls(call, frame_bytes(request_.work->calls[call]));
    llvm::Value* const task = unit_.call_pointer(Helper::get_current_task_btf, {});
    return unit_.call_pointer(Helper::task_storage_get,
                              {map, task, unit_.null(), unit_.word(make ? create : 0)});
}

/// The frame of that depth, less than `deepest_call`, as the verifier can see.
llvm::Value* ProbeProgram::frame_at(llvm::Value* calls, llvm::Value* depth, std::uint32_t bytes) {
    auto& build = unit_.build();
    llvm::Value* const bounded = build.CreateAnd(unit_.opaque(depth), unit_.word(deepest_call - 1));
    llvm::Value* const distance = build.CreateMul(bounded, unit_.word(bytes));
    return build.CreateGEP(build.getInt8Ty(), unit_.offset(calls, frames_begin), distance);
}

void ProbeProgram::count_call(std::size_t call, std::uint32_t word, std::uint64_t by) {
    const std::uint64_t at = maps_.layout().calls[call] + word;
    unit_.add_atomic(sums(), at * word_bytes, unit_.word(by));
}

void ProbeProgram::enter_call(std::size_t call) {
    auto& build = unit_.build();
    const sema::StreamId stream = request_.work->calls[call];
    const std::uint32_t bytes = frame_bytes(stream);
    llvm::Value* const calls = calls_of_task(call, true);
    const Hit::Branch branch(hit_);
    const auto lost = [&] {
        const Hit::Branch inner(hit_);
        hit_.count_loss();
    };
    unit_.either(build.CreateICmpEQ(calls, unit_.null()), lost, [&] {
        llvm::Value* const depth = unit_.load(calls, 0);
        // first, so that what interrupts this task uses the next frame
        unit_.store(build.CreateAdd(depth, unit_.word(1)), calls, 0);
        count_call(call, entered, 1);
        const auto keep = [&] {
            const Hit::Branch inner(hit_);
            llvm::Value* const frame = frame_at(calls, depth, bytes);
            if (keeps_record(stream)) {
                hit_.write_record(frame, unit_.word(0), 0, false);
            } else {
                unit_.store(hit_.time(), frame, rec::time);
                unit_.store(unit_.number(0), frame, later);
            }
        };
        unit_.either(build.CreateICmpULT(depth, unit_.word(deepest_call)), keep, lost);
    });
}

void ProbeProgram::leave_call(std::size_t call) {
    auto& build = unit_.build();
    llvm::Value* const calls = calls_of_task(call, false);
    const Hit::Branch branch(hit_);
    sums(); // every way counts
    const auto orphan = [&] { count_call(call, orphans, 1); };
    unit_.either(build.CreateICmpEQ(calls, unit_.null()), orphan, [&] {
        llvm::Value* const depth = unit_.load(calls, 0);
        unit_.either(build.CreateICmpEQ(depth, unit_.word(0)), orphan, [&] {
            llvm::Value* const below = build.CreateSub(depth, unit_.word(1));
            unit_.when(build.CreateICmpULT(below, unit_.word(deepest_call)),
                       [&] { end_call(call, calls, below); });
            unit_.store(below, calls, 0);
        });
    });
}

void ProbeProgram::end_call(std::size_t call, llvm::Value* calls, llvm::Value* depth) {
    auto& build = unit_.build();
    const Hit::Branch branch(hit_);
    const sema::StreamId stream = request_.work->calls[call];
    const auto& of = std::get<sema::CallStream>(request_.spec.streams[stream].node);
    const sema::Probe& entry = request_.spec.probes[of.enter];
    const plan::RecordLayout layout = plan::record_layout(entry);
    const std::uint32_t bytes = frame_bytes(stream);
    const Frame frame{stream, frame_at(calls, depth, bytes), &layout, &entry};
    count_call(call, ended, 1);
    const auto later_of = [&](llvm::Value* of_frame) {
        return build.CreateLoad(build.getInt32Ty(), unit_.offset(of_frame, later));
    };
    unit_.when(build.CreateICmpNE(later_of(frame.record), unit_.number(0)),
               [&] { count_call(call, open_below, ~std::uint64_t{0}); });
    unit_.when(build.CreateICmpNE(depth, unit_.word(0)), [&] {
        llvm::Value* const outer = frame_at(calls, build.CreateSub(depth, unit_.word(1)), bytes);
        unit_.when(build.CreateICmpEQ(later_of(outer), unit_.number(0)), [&] {
            unit_.store(unit_.number(1), outer, later);
            count_call(call, open_below, 1);
        });
    });
    llvm::Value* const bits = unit_.local();
    unit_.store(unit_.forgotten(unit_.word(0)), bits, 0);
    const auto& tallies = request_.work->tallies;
    for (std::size_t i = 0; i < tallies.size(); ++i)
        if (tallies[i].use.stream == stream) tally(i, {stream, &frame}, bits);
    if (keeps_record(stream)) send_call(frame, unit_.load(bits, 0));
}

} // namespace kps::bpf
