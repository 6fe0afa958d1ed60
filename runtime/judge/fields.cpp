#include "runtime/judge/fields.hpp"

#include "compiler/base/overloaded.hpp"
#include "runtime/hits/print.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <utility>

namespace kps::judge {

using hits::Operand;
using hits::Unreadable;
using hits::Value;
using sema::Builtin;
using sema::Integer;

std::string Doubt::text() const {
    if (!unreadable.empty())
        return fmt::format("{} could not be read", fmt::join(unreadable, ", "));
    if (pairing) return "it is not certain which hits belong together";
    if (order) return "hits on different CPUs are too close to tell their order";
    if (room) return "there were more keys than the kernel could count";
    return "a condition has no value";
}

void Doubt::add(const Doubt& other) {
    unreadable.insert(other.unreadable.begin(), other.unreadable.end());
    pairing |= other.pairing;
    order |= other.order;
    room |= other.room;
}

namespace {

bool is_from_closing(const sema::StreamField& field) {
    const auto* of = std::get_if<sema::StreamField::OfProbe>(&field.origin);
    return of != nullptr ? of->side == 1 : std::get<Builtin>(field.origin) == Builtin::duration;
}

} // namespace

bool is_sure(const sema::StreamField& field, bool opening_sure, bool closing_sure) {
    const auto* of = std::get_if<sema::StreamField::OfProbe>(&field.origin);
    const auto* which = std::get_if<Builtin>(&field.origin);
    // A call's hits are of one task and one function, whichever they are.
    if (which != nullptr &&
        (*which == Builtin::tid || *which == Builtin::pid || *which == Builtin::func))
        return true;
    const bool from_opening = of == nullptr || of->side == 0;
    return (opening_sure || !from_opening) && (closing_sure || !is_from_closing(field));
}

bool append_key(std::string& bytes, const Operand& part) {
    const auto append = [&](char kind, std::uint64_t word) {
        bytes += kind;
        for (unsigned shift = 0; shift < 64; shift += 8)
            bytes += static_cast<char>(word >> shift & 0xff);
    };
    if (const auto* integer = std::get_if<Integer>(&part)) {
        const bool negative = integer->is_signed && static_cast<std::int64_t>(integer->bits) < 0;
        append(negative ? '-' : '+', integer->bits);
    } else if (const auto* text = std::get_if<std::string_view>(&part)) {
        append('s', text->size());
        bytes += *text;
    } else {
        return false;
    }
    return true;
}

Reader::Reader(const Observation& seen, sema::StreamId stream)
    : seen_(seen), stream_(seen.spec().streams[stream]), read_([this](sema::ExprId leaf) {
          const auto* field_ref = std::get_if<sema::FieldRef>(&seen_.spec().exprs[leaf].node);
          return field_ref != nullptr ? field(field_ref->index, *item_) : Operand(Unreadable{});
      }) {}

Truth Reader::is_in_part(const Item& item) {
    const Truth inside = seen_.is_in_part(item.opening);
    doubt_.order |= inside == Truth::unknown;
    return inside;
}

Operand Reader::unreadable(const std::string& name) {
    doubt_.unreadable.insert(name);
    return Unreadable{};
}

Value Reader::builtin(Builtin which, const Item& item) const {
    const hits::Hit& hit = seen_.hit(item.opening);
    switch (which) {
    case Builtin::time: return hit.time_ns;
    case Builtin::cpu: return std::uint64_t{hit.cpu};
    case Builtin::tid: return std::uint64_t{hit.tid};
    case Builtin::pid:
        if (hit.pid == 0 && hit.tid != 0) return Unreadable{};
        return std::uint64_t{hit.pid};
    case Builtin::comm:
        if (hit.comm.data() == nullptr) return Unreadable{};
        return hit.comm;
    case Builtin::func: return seen_.spec().probes[hit.probe].symbol;
    case Builtin::duration:
        if (item.closing == Item::none) return Unreadable{};
        return seen_.time(item.closing) - hit.time_ns;
    }
    std::unreachable();
}

Operand Reader::builtin_operand(Builtin which, const Item& item) {
    const hits::Hit& hit = seen_.hit(item.opening);
    switch (which) { // strings must be views of what stays
    case Builtin::comm:
        if (hit.comm.data() != nullptr) return hit.comm;
        break;
    case Builtin::func: return std::string_view(seen_.spec().probes[hit.probe].symbol);
    case Builtin::time:
    case Builtin::cpu:
    case Builtin::tid:
    case Builtin::pid:
    case Builtin::duration: {
        const Value value = builtin(which, item);
        const bool wide = which == Builtin::time || which == Builtin::duration;
        if (const auto* bits = std::get_if<std::uint64_t>(&value)) return Integer{*bits, !wide};
        break;
    }
    }
    return Unreadable{};
}

const Value* Reader::probe_value(const sema::StreamField::OfProbe& of, const Item& item) const {
    const HitIndex index = of.side == 0 ? item.opening : item.closing;
    if (index == Item::none) return nullptr;
    const auto& values = seen_.hit(index).fields;
    return of.index < values.size() ? &values[of.index] : nullptr;
}

Operand Reader::field(std::uint32_t index, const Item& item) {
    const sema::StreamField& info = stream_.fields.at(index);
    const auto* which = std::get_if<Builtin>(&info.origin);
    const auto* of = std::get_if<sema::StreamField::OfProbe>(&info.origin);
    const bool sure = is_sure(info, item.opening_sure, item.closing_sure);
    if (!sure || (is_from_closing(info) && item.closing == Item::none)) {
        doubt_.pairing = true;
        return Unreadable{};
    }
    Operand operand = Unreadable{};
    if (which != nullptr)
        operand = builtin_operand(*which, item);
    else if (const Value* value = probe_value(*of, item))
        operand = hits::operand_of(*value, info.type);
    return std::holds_alternative<Unreadable>(operand) ? unreadable(info.name) : operand;
}

Operand Reader::value(sema::ExprId expr, const Item& item) {
    item_ = &item;
    return hits::evaluate(seen_.spec().exprs, expr, read_);
}

Truth Reader::truth(sema::ExprId condition, const Item& item) {
    const Operand result = value(condition, item);
    const auto* integer = std::get_if<Integer>(&result);
    if (integer == nullptr) return Truth::unknown;
    return sema::is_true(*integer) ? Truth::yes : Truth::no;
}

std::optional<std::string> Reader::key(const std::vector<std::uint32_t>& fields, const Item& item) {
    std::string bytes;
    for (const std::uint32_t index : fields)
        if (!append_key(bytes, field(index, item))) return std::nullopt;
    return bytes;
}

std::string Reader::print_field(std::uint32_t index, const Item& item) const {
    const sema::StreamField& info = stream_.fields.at(index);
    const Value value = std::visit(Overloaded{
                                       [&](Builtin which) { return builtin(which, item); },
                                       [&](const sema::StreamField::OfProbe& of) {
                                           const Value* found = probe_value(of, item);
                                           return found != nullptr ? *found : Value(Unreadable{});
                                       },
                                   },
                                   info.origin);
    return hits::print(value, info.type, seen_.spec().enums);
}

std::string Reader::print_key(const std::vector<std::uint32_t>& fields, const Item& item) const {
    std::string text;
    for (std::uint32_t index : fields)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field_info(index).name,
                            print_field(index, item));
    return text;
}

const sema::StreamField& Reader::field_info(std::uint32_t index) const {
    return stream_.fields.at(index);
}

Doubt Reader::take_doubt() {
    return std::exchange(doubt_, {});
}

} // namespace kps::judge
