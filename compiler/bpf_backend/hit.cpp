#include "compiler/bpf_backend/hit.hpp"

namespace kps::bpf {

namespace rec = plan::record;

Hit::Hit(Unit& unit, Maps& maps, const Request& request, sema::ProbeId probe, Attach attach,
         bool shared, llvm::Value* context)
    : unit_(unit), maps_(maps), request_(request), probe_(probe), shared_(shared),
      context_(context), reads_(unit, request, request.spec.probes[probe], attach, context),
      layout_(plan::record_layout(request.spec.probes[probe])), known_(1) {}

Operand Hit::operand_once(const std::string& name, const std::function<Operand()>& read) {
    for (const auto& level : known_)
        if (const auto found = level.find(name); found != level.end()) return found->second;
    Operand value = read();
    known_.back().emplace(name, value);
    return value;
}

llvm::Value* Hit::once(const std::string& name, const std::function<llvm::Value*()>& read) {
    return std::get<Number>(operand_once(name,
                                         [&]() -> Operand {
                                             return Number{read(), unit_.build().getTrue(), true};
                                         }))
        .bits;
}

Operand Hit::field(std::uint32_t index) {
    return operand_once("field " + std::to_string(index), [&] {
        const llvm::DebugLoc asks = unit_.build().getCurrentDebugLocation();
        Operand value = reads_.field(index);
        unit_.build().SetCurrentDebugLocation(asks);
        return value;
    });
}

llvm::Value* Hit::time() {
    return once("time", [&] { return unit_.call(Helper::ktime_get_ns, {}); });
}

llvm::Value* Hit::cpu() {
    return once("cpu", [&] {
        return unit_.build().CreateAnd(unit_.call(Helper::get_smp_processor_id, {}),
                                       unit_.word(0xffffffff));
    });
}

llvm::Value* Hit::task() {
    return once("task", [&] { return unit_.call(Helper::get_current_pid_tgid, {}); });
}

llvm::Value* Hit::tid() {
    return unit_.build().CreateAnd(task(), unit_.word(0xffffffff));
}

llvm::Value* Hit::pid() {
    return unit_.build().CreateLShr(task(), unit_.word(32));
}

Operand Hit::comm() {
    return operand_once("comm", [&]() -> Operand {
        llvm::Value* const to = unit_.stack("own comm", comm_bytes);
        unit_.call(Helper::get_current_comm, {to, unit_.number(comm_bytes)});
        return Text{to, nullptr, unit_.build().getTrue(), comm_bytes};
    });
}

llvm::Value* Hit::probe_id() {
    auto& build = unit_.build();
    const sema::ProbeId own = description().instead_of.value_or(probe_);
    if (!shared_ && !request_.any_kernel) return unit_.number(own.value);
    llvm::Value* const cookie = build.CreateTrunc(
        once("probe", [&] { return unit_.call(Helper::get_attach_cookie, {context_}); }),
        build.getInt32Ty());
    if (!request_.any_kernel) return cookie;
    return build.CreateSelect(build.CreateICmpEQ(cookie, unit_.number(0)), unit_.number(own.value),
                              build.CreateSub(cookie, unit_.number(1)));
}

void Hit::write_record(llvm::Value* record, llvm::Value* tallies, std::uint32_t flags,
                       bool with_long_strings) {
    auto& build = unit_.build();
    const auto store_number = [&](llvm::Value* value, std::uint32_t at) {
        if (value->getType() != build.getInt32Ty())
            value = build.CreateTrunc(value, build.getInt32Ty());
        unit_.store(value, record, at);
    };
    store_number(probe_id(), rec::probe);
    store_number(unit_.number(flags), rec::flags);
    unit_.store(tallies, record, rec::tallies);
    unit_.store(time(), record, rec::time);
    store_number(cpu(), rec::cpu);
    store_number(tid(), rec::tid);
    store_number(pid(), rec::pid);
    store_number(unit_.number(0), rec::reserved);
    for (std::uint32_t at = 0; at < comm_bytes; at += 8)
        unit_.store(unit_.word(0), record, rec::comm + at);
    unit_.call(Helper::get_current_comm,
               {unit_.offset(record, rec::comm), unit_.number(comm_bytes)});
    const auto longer = reads_.store(record, layout_);
    if (!with_long_strings) return;
    for (const Reads::LongString& text : longer)
        unit_.when(text.is_long, [&] { send_long_string(text, record); });
}

/// A string that cannot be sent whole is unreadable.
void Hit::send_long_string(const Reads::LongString& text, llvm::Value* record) {
    const Branch branch(*this);
    auto& build = unit_.build();
    llvm::Value* const sample = unit_.call_pointer(
        Helper::ringbuf_reserve,
        {maps_.hits(), unit_.word(plan::long_string_bytes + plan::longest_string), unit_.word(0)});
    unit_.either(
        build.CreateICmpEQ(sample, unit_.null()),
        [&] {
            const std::uint32_t word = rec::unreadable + text.field / 64 * 8;
            llvm::Value* const bit = unit_.word(std::uint64_t{1} << (text.field % 64));
            unit_.store(build.CreateOr(unit_.load(record, word), bit), record, word);
        },
        [&] {
            unit_.store(unit_.word(plan::long_string), sample, rec::probe); // and no flags
            for (const std::uint32_t at : {rec::tallies, rec::pid, rec::comm, rec::comm + 8})
                unit_.store(unit_.word(0), sample, at);
            unit_.store(time(), sample, rec::time);
            unit_.store(build.CreateTrunc(cpu(), build.getInt32Ty()), sample, rec::cpu);
            unit_.store(build.CreateTrunc(tid(), build.getInt32Ty()), sample, rec::tid);
            static_assert(plan::long_string_field == plan::long_string_probe + 4);
            unit_.store(build.CreateOr(build.CreateZExt(probe_id(), build.getInt64Ty()),
                                       unit_.word(std::uint64_t{text.field} << 32)),
                        sample, plan::long_string_probe);
            llvm::Value* const to = unit_.offset(sample, plan::long_string_bytes);
            llvm::Value* const length =
                reads_.read_text(to, plan::longest_string, text.address, text.user);
            unit_.store(length, sample, plan::long_string_length);
            submit(sample);
        });
}

/// The collector looks often enough by itself; to wake it for each hit would cost more than the
/// hit. Other loaders wait to be woken.
void Hit::submit(llvm::Value* sample) {
    constexpr std::uint64_t waiting = 0; // BPF_RB_AVAIL_DATA
    constexpr std::uint64_t many_bytes = 512 << 10;
    constexpr std::uint64_t no_wakeup = 1;
    constexpr std::uint64_t force_wakeup = 2;
    auto& build = unit_.build();
    llvm::Value* flags = unit_.word(0);
    if (request_.work != nullptr) {
        llvm::Value* const bytes =
            unit_.call(Helper::ringbuf_query, {maps_.hits(), unit_.word(waiting)});
        flags = build.CreateSelect(build.CreateICmpUGT(bytes, unit_.word(many_bytes)),
                                   unit_.word(force_wakeup), unit_.word(no_wakeup));
    }
    unit_.call(Helper::ringbuf_submit, {sample, flags});
}

/// `losses`: count, first time, last time.
void Hit::count_loss() {
    auto& build = unit_.build();
    llvm::Value* const key =
        unit_.stack_of("loss", build.CreateZExt(probe_id(), build.getInt64Ty()));
    llvm::Value* const loss = unit_.call_pointer(Helper::map_lookup_elem, {maps_.losses(), key});
    unit_.when(build.CreateICmpNE(loss, unit_.null()), [&] {
        const Branch branch(*this);
        llvm::Value* const before = unit_.add_atomic(loss, 0, unit_.word(1));
        unit_.when(build.CreateICmpEQ(before, unit_.word(0)),
                   [&] { unit_.store(time(), loss, 8); });
        unit_.store(unit_.call(Helper::ktime_get_ns, {}), loss, 16);
    });
}

} // namespace kps::bpf
