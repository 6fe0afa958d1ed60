#include "compiler/plan/lower.hpp"

#include "compiler/base/overloaded.hpp"
#include "compiler/diagnostics/messages.hpp"
#include "compiler/plan/names.hpp"
#include "compiler/semantics/arithmetic.hpp"

#include <algorithm>
#include <bit>

namespace kps::plan {

namespace {

// Of kernel/trace/trace_probe.h: MAX_EVENT_NAME_LEN (one less, as kernels before 6.16 count) and
// MAX_ARG_NAME_LEN, each with a NUL.
constexpr std::size_t longest_event = 62;
constexpr std::size_t longest_argument = 31;
constexpr std::uint32_t array_part = 64;      // MAX_ARRAY_LEN
constexpr std::uint64_t longest_array = 4096; // bytes
constexpr std::size_t guard_copies = 4;       // of a guard in user memory, see `Fetch::parts`

/// An address: what the steps lead to, plus an offset.
struct Place {
    Base base;
    std::vector<Step> steps;
    std::int64_t offset = 0;

    [[nodiscard]] std::vector<Step> then_read(bool user) const {
        std::vector<Step> result = steps;
        result.push_back({offset, user});
        return result;
    }
};

std::optional<Base> base_of(const sema::Expr& expr) {
    if (const auto* argument = std::get_if<sema::Argument>(&expr.node))
        return Base{BaseKind::argument, argument->index, {}};
    if (const auto* field = std::get_if<sema::EventField>(&expr.node))
        return Base{BaseKind::event_field, 0, field->name};
    if (std::holds_alternative<sema::ReturnValue>(expr.node))
        return Base{BaseKind::return_value, 0, {}};
    if (const auto* reg = std::get_if<sema::Register>(&expr.node))
        return Base{BaseKind::reg, 0, reg->name};
    if (const auto* slot = std::get_if<sema::StackSlot>(&expr.node))
        return Base{BaseKind::stack, slot->index, {}};
    return std::nullopt;
}

/// Lowers the fields of one probe.
class ProbeLowering {
public:
    ProbeLowering(const sema::ResolvedSpec& spec, Table<sema::Expr>& exprs, diag::Sink& sink)
        : spec_(spec), exprs_(exprs), sink_(sink) {}

    Probe run(const sema::Probe& from);

    /// Whether a record of the probe may outgrow a page: strings have no limit but 4096 bytes, and
    /// the guard of an array, a byte or user memory meets data as dense as text. Numbers of more
    /// than a byte hardly stand in 4096 bytes of the kernel without a zero.
    [[nodiscard]] bool may_outgrow() const { return may_outgrow_; }

private:
    sema::ExprId value(sema::ExprId id);
    sema::ExprId load(const sema::Expr& expr, sema::ExprId address, bool user, Store store);
    sema::ExprId convert(const sema::Expr& expr, const sema::Convert& convert);
    sema::ExprId fetched(const sema::Expr& expr, Fetch fetch);
    std::uint32_t share(Fetch fetch);
    std::uint32_t guard(const Fetch& fetch, std::int64_t offset);
    void add_guards(std::uint32_t index);
    std::optional<Place> place(sema::ExprId id);
    std::optional<Place> displaced(const sema::Expr& expr, const sema::Binary& binary);
    [[nodiscard]] std::optional<sema::Integer> constant(sema::ExprId id) const;
    std::optional<Place> refuse(const sema::Expr& expr, std::string_view what);
    /// Whether the memory that is read is not that of the code probed.
    [[nodiscard]] bool is_other_memory(bool user) const { return user && probe_.program.empty(); }
    sema::ExprId error_value(const sema::Expr& expr);
    sema::ExprId only_bpf(const sema::Expr& expr, std::string_view what);
    sema::ExprId copy(const sema::Expr& expr, auto node);
    void name_fetches();

    const sema::ResolvedSpec& spec_;
    Table<sema::Expr>& exprs_;
    diag::Sink& sink_;
    Probe probe_;
    bool may_outgrow_ = false;
};

bool is_long(const Fetch& fetch) {
    if (fetch.steps.empty()) return false;
    if (std::holds_alternative<StoreString>(fetch.store)) return true;
    const auto* integer = std::get_if<StoreInteger>(&fetch.store);
    return !fetch.guards.empty() && (!integer || integer->size == 1 || fetch.steps.back().user);
}

Probe ProbeLowering::run(const sema::Probe& from) {
    probe_ = Probe{.name = from.name,
                   .event = {},
                   .tally = {},
                   .kind = from.kind,
                   .program = from.program,
                   .module = from.module,
                   .symbol = from.symbol,
                   .offset = from.offset,
                   .maxactive = from.maxactive,
                   .text_offset = from.text_offset,
                   .fetches = {},
                   .fields = {},
                   .span = from.span,
                   .point_span = from.point_span};
    for (const sema::Field& field : from.fields)
        probe_.fields.push_back({field.name, field.type, value(field.source), field.span});
    name_fetches();
    return std::move(probe_);
}

sema::ExprId ProbeLowering::copy(const sema::Expr& expr, auto node) {
    return exprs_.add({std::move(node), expr.type, expr.span});
}

sema::ExprId ProbeLowering::error_value(const sema::Expr& expr) {
    return copy(expr, sema::Constant{});
}

sema::ExprId ProbeLowering::only_bpf(const sema::Expr& expr, std::string_view what) {
    sink_.report(diag::only_bpf, expr.span, what).help("BPF can: `--backend bpf`");
    return error_value(expr);
}

sema::ExprId ProbeLowering::value(sema::ExprId id) {
    const sema::Expr& expr = spec_.exprs[id];
    if (const auto base = base_of(expr))
        return fetched(expr,
                       {*base, {}, StoreInteger{expr.type.size, expr.type.is_signed}, {}, {}, {}});
    return std::visit(
        Overloaded{
            [&](const sema::CurrentComm&) {
                return fetched(expr, {{BaseKind::comm, 0, {}}, {}, StoreString{}, {}, {}, {}});
            },
            [&](const sema::EventText& text) {
                return fetched(
                    expr, {{BaseKind::event_field, 0, text.name}, {}, StoreString{}, {}, {}, {}});
            },
            [&](const sema::OnThisCpu&) { return only_bpf(expr, "what is of one CPU"); },
            [&](const sema::CallStack&) { return only_bpf(expr, "the kernel's stack"); },
            [&](const sema::SymbolAddress& symbol) {
                sink_.report(diag::symbol_address, expr.span, symbol.symbol);
                return error_value(expr);
            },
            [&](const sema::Load& n) {
                return load(expr, n.address, n.user, StoreInteger{n.size, n.is_signed});
            },
            [&](const sema::LoadString& n) { return load(expr, n.address, n.user, StoreString{}); },
            [&](const sema::LoadBytes& n) {
                return load(expr, n.address, n.user,
                            StoreArray{n.size, expr.type.is_signed, n.count});
            },
            [&](const sema::Convert& n) { return convert(expr, n); },
            [&](const sema::ExtractBits& n) {
                return copy(expr,
                            sema::ExtractBits{value(n.container), n.offset, n.width, n.is_signed});
            },
            [&](const sema::Unary& n) { return copy(expr, sema::Unary{n.op, value(n.operand)}); },
            [&](const sema::Binary& n) {
                const sema::ExprId left = value(n.left);
                return copy(expr, sema::Binary{n.op, left, value(n.right)});
            },
            [&](const sema::MemberAddress& n) {
                const sema::ExprId base = value(n.base);
                if (n.offset == 0) return base;
                const sema::ExprId offset = copy(expr, sema::Constant{n.offset, true});
                return copy(expr, sema::Binary{sema::BinaryOp::add, base, offset});
            },
            [&](const sema::Conditional& n) {
                const sema::ExprId condition = value(n.condition);
                const sema::ExprId then = value(n.then);
                return copy(expr, sema::Conditional{condition, then, value(n.otherwise)});
            },
            [&](const auto& leaf) { return copy(expr, leaf); },
        },
        expr.node);
}

/// A register's low bytes are stored as such, which saves computing them.
sema::ExprId ProbeLowering::convert(const sema::Expr& expr, const sema::Convert& convert) {
    const sema::Expr& operand = spec_.exprs[convert.operand];
    const auto base = base_of(operand);
    if (base && convert.size <= operand.type.size)
        return fetched(expr,
                       {*base, {}, StoreInteger{convert.size, convert.is_signed}, {}, {}, {}});
    return copy(expr, sema::Convert{value(convert.operand), convert.size, convert.is_signed});
}

sema::ExprId ProbeLowering::load(const sema::Expr& expr, sema::ExprId address, bool user,
                                 Store store) {
    const auto at = place(address);
    if (!at) return error_value(expr);
    return fetched(expr,
                   {at->base, at->then_read(is_other_memory(user)), std::move(store), {}, {}, {}});
}

sema::ExprId ProbeLowering::fetched(const sema::Expr& expr, Fetch fetch) {
    fetch.span = expr.span;
    const std::uint32_t index = share(std::move(fetch));
    may_outgrow_ = may_outgrow_ || is_long(probe_.fetches[index]);
    return copy(expr, sema::FieldRef{index});
}

std::uint32_t ProbeLowering::share(Fetch fetch) {
    const auto same = [&](const Fetch& other) {
        return other.base == fetch.base && other.steps == fetch.steps && other.store == fetch.store;
    };
    const auto found = std::ranges::find_if(probe_.fetches, same);
    if (found != probe_.fetches.end())
        return static_cast<std::uint32_t>(found - probe_.fetches.begin());
    probe_.fetches.push_back(fetch);
    const auto index = static_cast<std::uint32_t>(probe_.fetches.size() - 1);
    const bool of_variable = fetch.base.kind == BaseKind::symbol && fetch.steps.size() == 1;
    const bool can_fault = !fetch.steps.empty() && !of_variable;
    if (can_fault && !std::holds_alternative<StoreString>(fetch.store)) add_guards(index);
    return index;
}

void ProbeLowering::add_guards(std::uint32_t index) {
    const Fetch fetch = probe_.fetches[index];
    std::vector<std::uint32_t> guards{guard(fetch, 0)};
    const auto* array = std::get_if<StoreArray>(&fetch.store);
    if (array && array->count > 1)
        guards.push_back(guard(fetch, std::int64_t{array->size} * (array->count - 1)));
    probe_.fetches[index].guards = std::move(guards);
}

std::uint32_t ProbeLowering::guard(const Fetch& fetch, std::int64_t offset) {
    std::vector<Step> steps = fetch.steps;
    steps.back().offset += offset;
    const bool user = steps.back().user;
    const std::uint32_t index =
        share({fetch.base, std::move(steps), StoreString{}, {}, {}, fetch.span});
    if (user) probe_.fetches[index].parts.resize(guard_copies);
    return index;
}

std::optional<Place> ProbeLowering::refuse(const sema::Expr& expr, std::string_view what) {
    sink_.report(diag::computed_address, expr.span, what)
        .help("read the parts as fields of their own, and compare them in the expectation");
    return std::nullopt;
}

std::optional<Place> ProbeLowering::place(sema::ExprId id) {
    const sema::Expr& expr = spec_.exprs[id];
    if (const auto base = base_of(expr)) {
        if (expr.type.size != 8) return refuse(expr, "an integer of less than 8 bytes");
        return Place{*base, {}, 0};
    }
    return std::visit(Overloaded{
                          [&](const sema::SymbolAddress& symbol) -> std::optional<Place> {
                              return Place{{BaseKind::symbol, 0, symbol.symbol}, {}, 0};
                          },
                          [&](const sema::MemberAddress& n) {
                              auto at = place(n.base);
                              if (at) at->offset += static_cast<std::int64_t>(n.offset);
                              return at;
                          },
                          [&](const sema::Load& n) -> std::optional<Place> {
                              if (n.size != 8)
                                  return refuse(expr, "an integer of less than 8 bytes");
                              auto pointer = place(n.address);
                              if (pointer)
                                  *pointer = {pointer->base,
                                              pointer->then_read(is_other_memory(n.user)), 0};
                              return pointer;
                          },
                          [&](const sema::Convert& n) -> std::optional<Place> {
                              if (n.size != 8)
                                  return refuse(expr, "an integer of less than 8 bytes");
                              return place(n.operand);
                          },
                          [&](const sema::Binary& n) { return displaced(expr, n); },
                          [&](const sema::OnThisCpu&) -> std::optional<Place> {
                              only_bpf(expr, "what is of one CPU");
                              return std::nullopt;
                          },
                          [&](const sema::Conditional&) { return refuse(expr, "a condition"); },
                          [&](const auto&) { return refuse(expr, "a computed value"); },
                      },
                      expr.node);
}

std::optional<Place> ProbeLowering::displaced(const sema::Expr& expr, const sema::Binary& binary) {
    const bool adds = binary.op == sema::BinaryOp::add;
    if (!adds && binary.op != sema::BinaryOp::subtract) return refuse(expr, "a computed value");
    auto known = constant(binary.right);
    sema::ExprId pointer = binary.left;
    if (!known && adds) {
        known = constant(binary.left);
        pointer = binary.right;
    }
    if (!known) return refuse(expr, "the sum of two values that are read");
    auto at = place(pointer);
    if (!at) return at;
    // Wraps like the addition in the kernel would.
    const auto offset = static_cast<std::uint64_t>(at->offset);
    at->offset = static_cast<std::int64_t>(adds ? offset + known->bits : offset - known->bits);
    return at;
}

std::optional<sema::Integer> ProbeLowering::constant(sema::ExprId id) const {
    const sema::Expr& expr = spec_.exprs[id];
    return std::visit(
        Overloaded{
            [](const sema::Constant& n) -> std::optional<sema::Integer> {
                return sema::Integer{n.bits, n.is_signed};
            },
            [&](const sema::Convert& n) -> std::optional<sema::Integer> {
                const auto operand = constant(n.operand);
                if (!operand) return std::nullopt;
                return sema::integer_of(operand->bits, n.size, n.is_signed);
            },
            [&](const sema::Unary& n) { return sema::compute(n.op, constant(n.operand)); },
            [&](const sema::Binary& n) -> std::optional<sema::Integer> {
                const auto left = constant(n.left);
                const auto right = constant(n.right);
                if (!left || !right) return std::nullopt;
                return sema::compute(n.op, left, right);
            },
            [](const auto&) -> std::optional<sema::Integer> { return std::nullopt; },
        },
        expr.node);
}

/// The kernel loops over at most 64 elements, and in kernel memory only: of user memory it reads
/// as many bytes at a time as fit in an integer (`FETCH_OP_LP_ARRAY`, kernel/trace/trace_probe.c).
std::vector<Part> parts_of(const StoreArray& array, bool user) {
    std::vector<Part> parts;
    // A record has no room for more; the backend refuses it.
    const auto bytes = static_cast<std::uint32_t>(
        std::min(std::uint64_t{array.size} * array.count, longest_array));
    for (std::uint32_t offset = 0; offset < bytes;) {
        const std::uint32_t left = bytes - offset;
        const auto whole = static_cast<std::uint8_t>(std::min(std::bit_floor(left), 8U));
        const std::uint32_t elements = std::min(left / array.size, array_part);
        parts.push_back(user ? Part{{}, offset, whole, 0} : Part{{}, offset, array.size, elements});
        offset += user ? whole : elements * array.size;
    }
    return parts;
}

void take_names(Fetch& fetch, std::string_view wanted, Names& names) {
    const auto* array = std::get_if<StoreArray>(&fetch.store);
    const auto* integer = std::get_if<StoreInteger>(&fetch.store);
    if (array && fetch.parts.empty())
        fetch.parts = parts_of(*array, !fetch.steps.empty() && fetch.steps.back().user);
    if (fetch.parts.empty())
        fetch.parts.push_back({{}, 0, integer ? integer->size : std::uint8_t{0}, 0});
    for (Part& part : fetch.parts)
        if (part.name.empty()) part.name = names.take(wanted);
}

/// A read that is a field has the field's name, the others are numbered.
void ProbeLowering::name_fetches() {
    Names names(longest_argument);
    for (const Field& field : probe_.fields) {
        const auto* reference = std::get_if<sema::FieldRef>(&exprs_[field.value].node);
        if (reference) take_names(probe_.fetches[reference->index], field.name, names);
    }
    for (std::size_t i = 0; i < probe_.fetches.size(); ++i) {
        Fetch& fetch = probe_.fetches[i];
        take_names(fetch, "f" + std::to_string(i), names);
        for (const std::uint32_t guard : fetch.guards)
            take_names(probe_.fetches[guard], fetch.parts.front().name + "_ok", names);
    }
}

} // namespace

Plan lower(const sema::ResolvedSpec& spec, diag::Sink& sink) {
    Plan plan;
    Names events(longest_event);
    for (const sema::Probe& from : spec.probes) {
        ProbeLowering lowering(spec, plan.exprs, sink);
        Probe probe = lowering.run(from);
        probe.event = events.take(from.name);
        if (lowering.may_outgrow()) probe.tally = events.take(probe.event + "_all");
        plan.probes.push_back(std::move(probe));
    }
    return plan;
}

} // namespace kps::plan
