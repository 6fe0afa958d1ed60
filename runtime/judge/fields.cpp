#include "runtime/judge/fields.hpp"

#include "compiler/base/overloaded.hpp"
#include "runtime/hits/print.hpp"

#include <algorithm>
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

Reader::Reader(const Observation& seen, sema::StreamId stream)
    : seen_(seen), stream_(seen.spec().streams[stream]), read_([this](sema::ExprId leaf) {
          const auto* field_ref = std::get_if<sema::FieldRef>(&seen_.spec().exprs[leaf].node);
          return field_ref != nullptr ? field(field_ref->index, *item_) : Operand(Unreadable{});
      }) {
    for (const sema::StreamField& field : stream_.fields) {
        const auto* which = std::get_if<Builtin>(&field.origin);
        sources_.push_back({&field, std::get_if<sema::StreamField::OfProbe>(&field.origin),
                            which != nullptr ? *which : Builtin::time, is_from_closing(field)});
    }
}

Truth Reader::is_in_part(const Item& item) {
    const Truth inside = seen_.is_in_part(item.opening);
    if (inside == Truth::unknown) doubt_.order = has_doubt_ = true;
    return inside;
}

Operand Reader::unreadable(const std::string& name) {
    doubt_.unreadable.insert(name);
    has_doubt_ = true;
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
        return seen_.hit(item.closing).time_ns - hit.time_ns;
    }
    std::unreachable();
}

Operand Reader::builtin_operand(Builtin which, const Item& item) const {
    const hits::Hit& hit = seen_.hit(item.opening);
    switch (which) { // strings must be views of what stays
    case Builtin::time: return Integer{hit.time_ns, false};
    case Builtin::cpu: return Integer{hit.cpu, true};
    case Builtin::tid: return Integer{hit.tid, true};
    case Builtin::pid:
        if (hit.pid == 0 && hit.tid != 0) break;
        return Integer{hit.pid, true};
    case Builtin::comm:
        if (hit.comm.data() != nullptr) return hit.comm;
        break;
    case Builtin::func: return std::string_view(seen_.spec().probes[hit.probe].symbol);
    case Builtin::duration: return Integer{seen_.hit(item.closing).time_ns - hit.time_ns, false};
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
    const Source& source = sources_[index];
    const bool sure = (item.opening_sure && item.closing_sure) ||
                      is_sure(*source.info, item.opening_sure, item.closing_sure);
    if (!sure || (source.from_closing && item.closing == Item::none)) {
        doubt_.pairing = has_doubt_ = true;
        return Unreadable{};
    }
    Operand operand = Unreadable{};
    if (source.of_probe == nullptr)
        operand = builtin_operand(source.builtin, item);
    else if (const Value* value = probe_value(*source.of_probe, item))
        operand = hits::operand_of(*value, source.info->type);
    return std::holds_alternative<Unreadable>(operand) ? unreadable(source.info->name) : operand;
}

Operand Reader::value(sema::ExprId expr, const Item& item) {
    item_ = &item;
    return hits::evaluate(seen_.spec().exprs, expr, read_);
}

std::optional<Integer> Reader::integer(const Source& source, const Item& item) const {
    if (!item.opening_sure || !item.closing_sure) return std::nullopt;
    if (source.of_probe != nullptr) {
        const Value* const value = probe_value(*source.of_probe, item);
        const auto* const bits = value != nullptr ? std::get_if<std::uint64_t>(value) : nullptr;
        if (bits == nullptr) return std::nullopt;
        return sema::integer_of(*bits, source.info->type.size, source.info->type.is_signed);
    }
    if (source.builtin == Builtin::tid) return Integer{seen_.hit(item.opening).tid, true};
    return std::nullopt;
}

Reader::Comparing Reader::as_comparing(sema::ExprId condition) const {
    const Table<sema::Expr>& exprs = seen_.spec().exprs;
    const auto* binary = std::get_if<sema::Binary>(&exprs[condition].node);
    if (binary == nullptr || !sema::is_comparison(binary->op)) return {condition};
    const auto* left = std::get_if<sema::FieldRef>(&exprs[binary->left].node);
    const auto* right = std::get_if<sema::Constant>(&exprs[binary->right].node);
    if (left == nullptr || right == nullptr) return {condition};
    return {condition, &sources_[left->index], binary->op, {right->bits, right->is_signed}};
}

const Reader::Comparing& Reader::comparing(sema::ExprId condition) {
    const auto known = std::ranges::find(comparing_, condition, &Comparing::condition);
    return known != comparing_.end() ? *known : comparing_.emplace_back(as_comparing(condition));
}

Truth Reader::truth(sema::ExprId condition, const Item& item) {
    if (const Comparing& simple = comparing(condition); simple.field != nullptr)
        if (const auto left = integer(*simple.field, item))
            return sema::holds(simple.op, sema::compare(*left, simple.bound)) ? Truth::yes
                                                                              : Truth::no;
    const Operand result = value(condition, item);
    const auto* integer = std::get_if<Integer>(&result);
    if (integer == nullptr) return Truth::unknown;
    return sema::is_true(*integer) ? Truth::yes : Truth::no;
}

std::optional<KeyId> Reader::key(const std::vector<std::uint32_t>& fields, const Item& item) {
    if (fields.size() == 1)
        if (const auto known = integer(sources_[fields.front()], item))
            return seen_.keys().id_of(*known);
    key_.clear();
    for (const std::uint32_t index : fields) {
        key_.push_back(field(index, item));
        if (std::holds_alternative<Unreadable>(key_.back())) return std::nullopt;
    }
    return seen_.keys().id_of(key_);
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
    return hits::print(value, info.type, seen_.names());
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
    if (!std::exchange(has_doubt_, false)) return {};
    return std::exchange(doubt_, {});
}

void Reader::forget_doubt() {
    if (has_doubt_) take_doubt();
}

} // namespace kps::judge
