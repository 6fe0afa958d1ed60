#include "compiler/bpf_backend/reads.hpp"

#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace kps::bpf {

// ---------------------------------------------------------------- where values begin

/// Volatile, since the verifier takes no address into the context that was chosen from several.
Number Reads::word_of_context(std::uint32_t offset, std::uint32_t bytes) {
    auto& build = unit_.build();
    llvm::Value* const value =
        build.CreateLoad(build.getIntNTy(bytes * 8), unit_.offset(context_, offset), true);
    return {build.CreateZExt(value, build.getInt64Ty()), values_.known(), false};
}

/// The verifier takes what lies in the context of a trampoline for what it is in the function: a
/// pointer there is not one that may be computed with, and on another kernel it may be one.
bool Reads::is_integer_argument(std::uint32_t index) const {
    if (request_.any_kernel) return false;
    const kernel::Btf& btf = *request_.kernel.btf();
    const kernel::TypeId function = btf.functions(probe_.symbol).front();
    const auto parameters = btf.parameters(btf.type(function).target);
    if (index >= parameters.size()) return false;
    const kernel::TypeKind kind = btf.type(btf.strip(parameters[index].type)).kind;
    return kind == kernel::TypeKind::integer || kind == kernel::TypeKind::enum32 ||
           kind == kernel::TypeKind::enum64;
}

Number Reads::argument(std::uint32_t index) {
    const auto machine = request_.kernel.architecture();
    if (!is_trampoline(attach_))
        return word_of_context(offset_of_register(machine, argument_register(machine, index)), 8);
    if (is_integer_argument(index)) return word_of_context(index * 8, 8);
    llvm::Value* const to = unit_.stack("argument", 8);
    unit_.call(Helper::get_func_arg, {context_, unit_.number(index), to});
    return {unit_.load(to, 0), values_.known(), false};
}

Number Reads::result() {
    const auto machine = request_.kernel.architecture();
    if (!is_trampoline(attach_))
        return word_of_context(offset_of_register(machine, result_register(machine)), 8);
    llvm::Value* const to = unit_.stack("argument", 8);
    unit_.call(Helper::get_func_ret, {context_, to});
    return {unit_.load(to, 0), values_.known(), false};
}

const kernel::EventField* Reads::event_field(const std::string& name, Span span) {
    for (const kernel::TraceEvent& event : request_.kernel.events()) {
        if (event.group != probe_.module || event.name != probe_.symbol) continue;
        const auto found = std::ranges::find(event.fields, name, &kernel::EventField::name);
        if (found != event.fields.end()) return &*found;
    }
    unit_.refuse(span, "a field of an event that is not known");
    return nullptr;
}

/// What a null pointer leads to is not the CPU's own, either. The CPUs' offsets lie in
/// `__per_cpu_offset` (include/asm-generic/percpu.h v6.12).
Number Reads::on_this_cpu(const sema::OnThisCpu& of) {
    auto& build = unit_.build();
    const Number at = number(of.address);
    llvm::Value* const is_some =
        build.CreateAnd(at.known, build.CreateICmpNE(at.bits, unit_.word(0)));
    llvm::Value* const cpu = unit_.call(Helper::get_smp_processor_id, {});
    llvm::Value* const offsets =
        build.CreatePtrToInt(unit_.kernel_symbol("__per_cpu_offset"), build.getInt64Ty());
    llvm::Value* const own = build.CreateAdd(offsets, build.CreateShl(cpu, unit_.word(3)));
    const Number offset = read(own, is_some, unit_.word(8), false);
    return {build.CreateAdd(at.bits, offset.bits), offset.known, false};
}

Number Reads::base(const sema::Expr& expr) {
    const auto machine = request_.kernel.architecture();
    const bool of_program = !probe_.program.empty();
    return std::visit(
        Overloaded{
            [&](const sema::Argument& n) { return argument(n.index); },
            [&](const sema::ReturnValue&) { return result(); },
            [&](const sema::Register& n) {
                return word_of_context(offset_of_register(machine, n.name), 8);
            },
            [&](const sema::StackSlot& n) {
                const Number top = word_of_context(offset_of_register(machine, "sp"), 8);
                llvm::Value* const at =
                    unit_.build().CreateAdd(top.bits, unit_.word(std::uint64_t{n.index} * 8));
                return read(at, values_.known(), unit_.word(8), of_program);
            },
            [&](const sema::SymbolAddress& n) {
                llvm::Value* const at = unit_.kernel_symbol(n.symbol);
                return Number{unit_.build().CreatePtrToInt(at, unit_.build().getInt64Ty()),
                              values_.known(), false};
            },
            [&](const sema::OnThisCpu& n) { return on_this_cpu(n); },
            [&](const sema::EventField& n) {
                const auto* field = event_field(n.name, expr.span);
                const bool is_number = field != nullptr && std::has_single_bit(field->size) &&
                                       field->size <= 8 && field->offset % field->size == 0;
                return is_number ? word_of_context(field->offset, field->size)
                                 : values_.constant(0);
            },
            [&](const auto&) {
                unit_.refuse(expr.span, "a value that BPF programs cannot read");
                return values_.constant(0);
            },
        },
        expr.node);
}

// ---------------------------------------------------------------- memory

llvm::Value* Reads::read_bytes(llvm::Value* to, llvm::Value* size, llvm::Value* address,
                               bool user) {
    Helper helper = user ? Helper::probe_read_user : Helper::probe_read_kernel;
    if (user && may_sleep()) helper = Helper::copy_from_user;
    return unit_.is_not_negative(unit_.call(helper, {to, size, address}));
}

Number Reads::read(llvm::Value* address, llvm::Value* known, llvm::Value* size, bool user) {
    llvm::Value* const to = unit_.stack("read", 8);
    llvm::Value* const good = read_bytes(to, size, address, user);
    return {unit_.load(to, 0), unit_.build().CreateAnd(known, good), false};
}

Reads::Place Reads::place_of(const sema::MemberAddress& member) {
    auto& build = unit_.build();
    const Number base = number(member.base);
    llvm::Value* const root = build.CreateIntToPtr(base.bits, build.getPtrTy());
    return {base.bits, unit_.records().address(build, root, member), base.known};
}

Reads::Address Reads::address(sema::ExprId id, bool user) {
    const Number at = number(id);
    return {at.bits, at.known, user || !probe_.program.empty()};
}

/// A number may be wider or narrower on the kernel that runs the program than on the one at hand.
Number Reads::load(const sema::Load& load, const sema::Expr& expr) {
    auto& build = unit_.build();
    const bool user = load.user || !probe_.program.empty();
    const auto* member = std::get_if<sema::MemberAddress>(&request_.spec.exprs[load.address].node);
    const sema::CShape* shape = member == nullptr ? nullptr : &member->steps.back().shape;
    const bool is_number =
        shape != nullptr && RecordTypes::can_move(*member) && shape->size == load.size &&
        (shape->kind == sema::CKind::integer || shape->kind == sema::CKind::enumeration);
    if (!is_number) {
        const Address at = address(load.address, load.user);
        const Number raw = read(at.value, at.known, unit_.word(load.size), at.user);
        return values_.extended(raw.bits, raw.known, load.size, load.is_signed);
    }
    const Place at = place_of(*member);
    llvm::Value* const size = RecordTypes::info(build, at.member, FieldInfo::byte_size);
    const Number raw =
        read(build.CreatePtrToInt(at.member, build.getInt64Ty()), at.known, size, user);
    if (!load.is_signed) return {raw.bits, raw.known, expr.type.size < 8};
    // libbpf knows the shifts of members, but not those of elements of arrays
    llvm::Value* const shift =
        build.CreateSub(unit_.word(64), build.CreateShl(size, unit_.word(3)));
    return {build.CreateAShr(build.CreateShl(raw.bits, shift), shift), raw.known, true};
}

Number Reads::bitfield(const sema::ExtractBits& bits) {
    auto& build = unit_.build();
    const auto& load = std::get<sema::Load>(request_.spec.exprs[bits.container].node);
    const auto& member = std::get<sema::MemberAddress>(request_.spec.exprs[load.address].node);
    const Place at = place_of(member);
    if (!RecordTypes::can_move(member)) { // as it lies on the kernel at hand
        const Number raw = read(build.CreatePtrToInt(at.member, build.getInt64Ty()), at.known,
                                unit_.word(load.size), load.user || !probe_.program.empty());
        llvm::Value* const up =
            build.CreateShl(raw.bits, unit_.word(64U - bits.offset - bits.width));
        llvm::Value* const by = unit_.word(64U - bits.width);
        return {bits.is_signed ? build.CreateAShr(up, by) : build.CreateLShr(up, by), raw.known,
                bits.is_signed || bits.width < 64};
    }
    llvm::Value* const container =
        build.CreateAdd(at.base, RecordTypes::info(build, at.member, FieldInfo::byte_offset));
    llvm::Value* const size = RecordTypes::info(build, at.member, FieldInfo::byte_size);
    const Number raw = read(container, at.known, size, load.user || !probe_.program.empty());
    llvm::Value* const top =
        build.CreateShl(raw.bits, RecordTypes::info(build, at.member, FieldInfo::left_shift));
    llvm::Value* const down = RecordTypes::info(build, at.member, FieldInfo::right_shift);
    llvm::Value* const value =
        bits.is_signed ? build.CreateAShr(top, down) : build.CreateLShr(top, down);
    return {value, raw.known, bits.is_signed || bits.width < 64};
}

Number Reads::number(sema::ExprId id) {
    return values_.number(id, [this](sema::ExprId part) { return leaf(part); });
}

Operand Reads::leaf(sema::ExprId id) {
    const sema::Expr& expr = request_.spec.exprs[id];
    return std::visit(Overloaded{
                          [&](const sema::Load& n) -> Operand { return load(n, expr); },
                          [&](const sema::ExtractBits& n) -> Operand { return bitfield(n); },
                          [&](const sema::MemberAddress& n) -> Operand {
                              const Place at = place_of(n);
                              auto& build = unit_.build();
                              return Number{build.CreatePtrToInt(at.member, build.getInt64Ty()),
                                            at.known, false};
                          },
                          [&](const auto&) -> Operand { return base(expr); },
                      },
                      expr.node);
}

/// Of an empty string of user memory the helper says 0 bytes, as if the NUL were none
/// (`strncpy_from_user_nofault`, mm/maccess.c v6.1 to v6.12).
///
/// No helper of 6.1 reads a string and sleeps: where that faults, the page in which it begins and
/// the next are brought in, and it is tried again.
llvm::Value* Reads::read_text(llvm::Value* to, std::uint32_t bytes, llvm::Value* address,
                              bool user) {
    auto& build = unit_.build();
    if (!user) return unit_.call(Helper::probe_read_kernel_str, {to, unit_.word(bytes), address});
    llvm::Value* const length = unit_.local();
    const auto read = [&] {
        unit_.store(unit_.call(Helper::probe_read_user_str, {to, unit_.word(bytes), address}),
                    length, 0);
    };
    read();
    if (may_sleep())
        unit_.when(build.CreateICmpSLT(unit_.load(length, 0), unit_.word(0)), [&] {
            bring_in(address);
            read();
        });
    unit_.when(build.CreateICmpEQ(unit_.load(length, 0), unit_.word(0)), [&] {
        build.CreateStore(build.getInt8(0), to);
        unit_.store(unit_.word(1), length, 0);
    });
    return unit_.load(length, 0);
}

void Reads::bring_in(llvm::Value* address) {
    constexpr std::uint64_t page = 4096;
    auto& build = unit_.build();
    llvm::Value* const byte = unit_.stack("page", 8);
    llvm::Value* const next =
        build.CreateAdd(build.CreateAnd(address, unit_.word(~(page - 1))), unit_.word(page));
    for (llvm::Value* const in : {address, next})
        unit_.call(Helper::copy_from_user, {byte, unit_.word(1), in});
}

/// The text of an event's field lies in the record that is the context, or the upper half of the
/// field's word tells where (`__data_loc`, include/trace/stages/stage1_struct_define.h v6.12).
Reads::Address Reads::address_of_text(const sema::Expr& expr) {
    auto& build = unit_.build();
    if (const auto* load = std::get_if<sema::LoadString>(&expr.node))
        return address(load->address, load->user);
    const auto* text = std::get_if<sema::EventText>(&expr.node);
    const auto* field = text == nullptr ? nullptr : event_field(text->name, expr.span);
    if (field == nullptr) {
        unit_.refuse(expr.span, "a string that BPF programs cannot read");
        return {unit_.word(0), values_.known(), false};
    }
    llvm::Value* const start = build.CreatePtrToInt(context_, build.getInt64Ty());
    llvm::Value* distance = unit_.word(field->offset);
    if (field->type.starts_with("__data_loc"))
        distance = build.CreateAnd(word_of_context(field->offset, 4).bits, unit_.word(0xffff));
    return {build.CreateAdd(start, distance), values_.known(), false};
}

// ---------------------------------------------------------------- fields in conditions

Operand Reads::text_for_condition(const sema::Field& field, sema::ExprId source) {
    const sema::Expr& expr = request_.spec.exprs[source];
    if (std::holds_alternative<sema::CurrentComm>(expr.node)) {
        llvm::Value* const to = unit_.stack("comm", comm_bytes);
        unit_.call(Helper::get_current_comm, {to, unit_.number(comm_bytes)});
        return Text{to, nullptr, values_.known(), comm_bytes};
    }
    const Address at = address_of_text(expr);
    const std::uint32_t limit = field.type.count;
    const std::uint32_t bytes = limit == 0 ? compared_bytes : std::min(limit + 1, compared_bytes);
    llvm::Value* const to = unit_.stack("text " + field.name, compared_bytes);
    llvm::Value* const length = read_text(to, bytes, at.value, at.user);
    llvm::Value* const good = unit_.is_not_negative(length);
    return Text{to, length, unit_.build().CreateAnd(at.known, good), compared_bytes};
}

Operand Reads::field(std::uint32_t index) {
    const sema::Field& field = probe_.fields.at(index);
    unit_.at(field.span);
    if (field.type.kind == sema::TypeKind::string) return text_for_condition(field, field.source);
    if (field.type.kind != sema::TypeKind::integer)
        return Number{unit_.word(0), unit_.build().getFalse(), true}; // not computed with
    const auto value = [&](sema::ExprId source) {
        const Number raw = number(source);
        return values_.extended(raw.bits, raw.known, field.type.size, field.type.is_signed);
    };
    return value(field.source);
}

// ---------------------------------------------------------------- fields in records

std::vector<Reads::LongString> Reads::store(llvm::Value* record, const plan::RecordLayout& layout) {
    auto& build = unit_.build();
    std::vector<LongString> longer;
    std::vector<llvm::Value*> unreadable((probe_.fields.size() + 63) / 64, unit_.word(0));
    for (std::uint32_t i = 0; i < probe_.fields.size(); ++i) {
        unit_.at(probe_.fields[i].span);
        llvm::Value* const known = store_field(i, record, layout.fields[i], longer);
        llvm::Value* const bit = build.CreateShl(
            build.CreateZExt(build.CreateNot(known), build.getInt64Ty()), unit_.word(i % 64));
        unreadable[i / 64] = build.CreateOr(unreadable[i / 64], bit);
    }
    for (std::uint32_t word = 0; word < unreadable.size(); ++word)
        unit_.store(unreadable[word], record, plan::record::unreadable + word * 8);
    return longer;
}

llvm::Value* Reads::store_field(std::uint32_t index, llvm::Value* record,
                                const plan::FieldSlot& slot, std::vector<LongString>& longer) {
    const sema::Field& field = probe_.fields[index];
    if (field.sources.empty()) return store_from(index, field.source, record, slot, longer);
    auto& build = unit_.build();
    llvm::Value* const known = unit_.local();
    llvm::Value* const found = unit_.local();
    unit_.store(unit_.word(0), known, 0);
    unit_.store(unit_.word(0), found, 0);
    std::vector<LongString> ignored; // where alternatives decide, strings are cut
    for (const sema::ExprId source : field.sources) {
        llvm::Value* const open = build.CreateICmpEQ(unit_.load(found, 0), unit_.word(0));
        unit_.when(build.CreateAnd(open, exists(source)), [&] {
            llvm::Value* const good = store_from(index, source, record, slot, ignored);
            unit_.store(build.CreateZExt(good, build.getInt64Ty()), known, 0);
            unit_.store(unit_.word(1), found, 0);
        });
    }
    return build.CreateICmpNE(unit_.load(known, 0), unit_.word(0));
}

llvm::Value* Reads::store_from(std::uint32_t index, sema::ExprId source, llvm::Value* record,
                               const plan::FieldSlot& slot, std::vector<LongString>& longer) {
    const sema::Field& field = probe_.fields[index];
    const sema::Expr& expr = request_.spec.exprs[source];
    auto& build = unit_.build();
    if (field.type.kind == sema::TypeKind::string)
        return store_text(index, source, record, slot, longer);
    if (const auto* bytes = std::get_if<sema::LoadBytes>(&expr.node)) {
        const Address at = address(bytes->address, bytes->user);
        llvm::Value* const size = unit_.word(std::uint64_t{bytes->size} * bytes->count);
        return build.CreateAnd(
            at.known, read_bytes(unit_.offset(record, slot.offset), size, at.value, at.user));
    }
    if (std::holds_alternative<sema::CallStack>(expr.node)) {
        llvm::Value* const size = unit_.word(slot.capacity);
        llvm::Value* const to = unit_.offset(record, slot.offset);
        return unit_.is_not_negative(
            unit_.call(Helper::get_stack, {context_, to, size, unit_.word(0)}));
    }
    const Number raw = number(source);
    const Number value =
        values_.extended(raw.bits, raw.known, field.type.size, field.type.is_signed);
    unit_.store(value.bits, record, slot.offset);
    return value.known;
}

llvm::Value* Reads::store_text(std::uint32_t index, sema::ExprId source, llvm::Value* record,
                               const plan::FieldSlot& slot, std::vector<LongString>& longer) {
    const sema::Field& field = probe_.fields[index];
    const sema::Expr& expr = request_.spec.exprs[source];
    auto& build = unit_.build();
    llvm::Value* const to = unit_.offset(record, slot.offset + 8);
    if (std::holds_alternative<sema::CurrentComm>(expr.node)) {
        unit_.call(Helper::get_current_comm, {to, unit_.number(comm_bytes)});
        unit_.store(unit_.word(comm_bytes), record, slot.offset);
        return values_.known();
    }
    const Address at = address_of_text(expr);
    const std::uint32_t limit = field.type.count;
    const std::uint32_t bytes = limit == 0 ? slot.capacity : limit + 1;
    llvm::Value* const length = read_text(to, bytes, at.value, at.user);
    unit_.store(length, record, slot.offset);
    if (limit == 0)
        longer.push_back(
            {index, at.value, at.user, build.CreateICmpEQ(length, unit_.word(slot.capacity))});
    return build.CreateAnd(at.known, unit_.is_not_negative(length));
}

/// Every member on the way: a relocation that finds nothing makes the instruction it is for one
/// that the verifier refuses, unless it sees that it is never reached.
llvm::Value* Reads::exists(sema::ExprId source) {
    auto& build = unit_.build();
    return std::visit(Overloaded{
                          [&](const sema::MemberAddress& n) {
                              llvm::Value* const base = exists(n.base);
                              return build.CreateAnd(base, unit_.records().exists(build, n));
                          },
                          [&](const sema::OnThisCpu& n) { return exists(n.address); },
                          [&](const sema::Load& n) { return exists(n.address); },
                          [&](const sema::LoadString& n) { return exists(n.address); },
                          [&](const sema::LoadBytes& n) { return exists(n.address); },
                          [&](const sema::ExtractBits& n) { return exists(n.container); },
                          [&](const sema::Convert& n) { return exists(n.operand); },
                          [&](const sema::Unary& n) { return exists(n.operand); },
                          [&](const sema::Binary& n) {
                              llvm::Value* const left = exists(n.left);
                              return build.CreateAnd(left, exists(n.right));
                          },
                          [&](const sema::Conditional& n) {
                              llvm::Value* const condition = exists(n.condition);
                              llvm::Value* const then = exists(n.then);
                              return build.CreateAnd(condition,
                                                     build.CreateAnd(then, exists(n.otherwise)));
                          },
                          [&](const auto&) { return values_.known(); },
                      },
                      request_.spec.exprs[source].node);
}

} // namespace kps::bpf
