#include "compiler/semantics/sources.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace kps::sema {

namespace {

constexpr std::size_t most_members_listed = 16;

} // namespace

// ---------------------------------------------------------------- members and elements

Operand Sources::member(const syntax::MemberExpr& expr, Span span) {
    if (const auto value = expressions_.imported(scope_, expr)) {
        if (!value->known()) return {};
        return Scalar{*value, {}, false, false};
    }
    const Operand base = read(expr.base);
    if (std::holds_alternative<std::monostate>(base)) return {};
    const Span base_span = context_.expr(scope_.file, expr.base).span;
    const std::string words = context_.words(base_span);
    if (const auto* missing = std::get_if<MissingMember>(&base))
        return expr.arrow ? Operand{} : missing_member(missing->place, expr.member);
    const auto* place = std::get_if<Place>(&base);
    const bool is_struct = place != nullptr && place->type.is_aggregate();
    if (is_struct && !expr.arrow) return member_of(*place, expr.member);
    if (is_struct) {
        sink_.report(diag::wrong_access, span, "->", words)
            .label(fmt::format("`{}` is a `{}`", words, place->type.spell()))
            .fix(span, fmt::format("{}.{}", words, expr.member.text));
        return {};
    }
    const std::optional<Scalar> value = scalar(base, base_span);
    if (!value) return {};
    const bool is_pointer = value->type.is_pointer() && value->type.target().is_aggregate();
    if (is_pointer && expr.arrow) return member_of(target_of(*value), expr.member);
    auto report = sink_.report(diag::wrong_access, span, expr.arrow ? "->" : ".", words);
    if (is_pointer)
        report.fix(span, fmt::format("{}->{}", words, expr.member.text));
    else if (value->type.known())
        report.label(fmt::format("`{}` is a `{}`", words, value->type.spell()));
    else
        report.help(fmt::format("say what it points to: `((struct NAME *){})->{}`", words,
                                expr.member.text));
    return {};
}

/// The address of a member, taken and followed, goes on from the struct around it.
Place Sources::target_of(const Scalar& pointer) const {
    Place place{pointer.value.expr, 0, pointer.type.target(), 0, 0, pointer.user};
    const std::optional<CShape> target = named_shape(place.type);
    const auto* member = std::get_if<MemberAddress>(&context_.out.exprs[place.base].node);
    if (!target || member == nullptr || member->steps.back().shape != *target) return place;
    place.root = member->root;
    place.steps = member->steps;
    place.offset = member->offset;
    place.base = member->base;
    return place;
}

void Sources::begin_path(Place& place, Span span) {
    if (!place.steps.empty()) return;
    const std::optional<CShape> root = named_shape(place.type);
    if (!root) return;
    place.base = offset(place.base, place.offset, span);
    place.offset = 0;
    place.root = *root;
}

Operand Sources::member_of(const Place& aggregate, const syntax::Name& name) {
    const auto found = find_member(aggregate.type, name.text);
    if (!found) {
        if (keep_missing_) return missing_member(aggregate, name);
        auto report =
            sink_.report(diag::unknown_member, name.span, aggregate.type.spell(), name.text);
        const std::vector<std::string_view> members = member_names(aggregate.type);
        std::vector<std::string> listed(
            members.begin(), members.begin() + static_cast<std::ptrdiff_t>(
                                                   std::min(members.size(), most_members_listed)));
        if (members.empty())
            report.remark("the kernel's BTF does not say what is in it");
        else
            report.remark(fmt::format("its members are {}{}", listing(listed),
                                      members.size() > listed.size() ? ", ..." : ""));
        report.did_you_mean(nearest_names(name.text, members));
        return {};
    }
    Place place = aggregate;
    begin_path(place, name.span);
    if (!place.root.name.empty())
        place.steps.push_back(
            {std::string(name.text), 0, found->bit_offset, found->bit_size, shape_of(found->type)});
    place.type = found->type;
    if (found->bit_size == 0) {
        place.offset += found->bit_offset / 8;
        return place;
    }
    const std::uint64_t unit = found->type.size() * 8;
    const std::uint64_t in_unit = found->bit_offset % unit;
    const bool fits = in_unit + found->bit_size <= unit;
    const std::uint64_t start = fits ? found->bit_offset - in_unit : found->bit_offset / 8 * 8;
    place.offset += start / 8;
    place.bit_offset = static_cast<std::uint32_t>(found->bit_offset - start);
    place.bit_size = found->bit_size;
    return place;
}

Operand Sources::index(const syntax::IndexExpr& expr, Span span) {
    const auto* word = std::get_if<syntax::NameExpr>(&context_.expr(scope_.file, expr.base).node);
    if (word != nullptr && word->name.text == "stack") return stack_slot(expr, span);
    const Operand base = read(expr.base);
    const Operand at = read(expr.index);
    if (std::holds_alternative<std::monostate>(base)) return {};
    const std::optional<Scalar> number = scalar(at, context_.expr(scope_.file, expr.index).span);
    const Span base_span = context_.expr(scope_.file, expr.base).span;
    return number ? element(base, base_span, number->value, span) : Operand{};
}

Operand Sources::element(const Operand& base, Span base_span, const Value& index, Span span) {
    const auto* place = std::get_if<Place>(&base);
    Place start;
    if (place != nullptr && place->type.known() && place->type.kind() == kernel::TypeKind::array) {
        start = *place;
        start.type = place->type.element();
        const std::uint32_t count =
            place->type.btf->array(place->type.btf->strip(place->type.id)).count;
        const bool outside = index.range.low < 0 || index.range.low >= count;
        if (index.constant && count > 0 && outside) {
            no_such_element(span, place->type.spell(),
                            fmt::format("element {}", to_string(index.range.low)));
            return {};
        }
    } else {
        const std::optional<Scalar> pointer = scalar(base, span);
        if (!pointer) return {};
        const bool can_step = pointer->type.is_pointer() && pointer->type.target().size() > 0;
        if (!can_step) {
            sink_.report(diag::wrong_access, span, "[]", context_.words(base_span));
            return {};
        }
        start = {pointer->value.expr, 0, pointer->type.target(), 0, 0, pointer->user};
    }
    const std::uint64_t size = start.type.size();
    if (index.constant && index.range.low >= 0) {
        const std::uint64_t number = index.constant->bits;
        if (!start.steps.empty())
            start.steps.push_back({"", number, number * size * 8, 0, shape_of(start.type)});
        start.offset += number * size;
        return start;
    }
    const Value step = build_.constant({size, true}, Display::decimal, span);
    const Value distance = build_.binary(BinaryOp::multiply, index, step, span);
    const ExprId sum = build_.add(Binary{BinaryOp::add, address(start, span), distance.expr},
                                  address_type(), span);
    return Place{sum, 0, start.type, 0, 0, start.user};
}

// ---------------------------------------------------------------- operators

Operand Sources::unary(const syntax::UnaryExpr& expr, Span span) {
    const Operand operand = read(expr.operand);
    if (std::holds_alternative<std::monostate>(operand)) return {};
    if (expr.op == syntax::UnaryOperator::address_of) {
        const Span operand_span = context_.expr(scope_.file, expr.operand).span;
        return address_of(operand, operand_span, span);
    }
    const std::optional<Scalar> value =
        scalar(operand, context_.expr(scope_.file, expr.operand).span);
    if (!value) return {};
    if (expr.op == syntax::UnaryOperator::dereference) return dereference(*value, span);
    UnaryOp op = UnaryOp::minus;
    if (expr.op == syntax::UnaryOperator::complement) op = UnaryOp::complement;
    if (expr.op == syntax::UnaryOperator::logical_not) op = UnaryOp::logical_not;
    const Value result = expressions_.unary(op, value->value, span);
    return result.known() ? Operand{Scalar{result, {}, false, false}} : Operand{};
}

Operand Sources::dereference(const Scalar& pointer, Span span) {
    if (pointer.type.is_pointer() && pointer.type.target().size() > 0) return target_of(pointer);
    auto report = sink_.report(diag::wrong_access, span, "*", context_.words(pointer.value.span));
    if (pointer.type.known())
        report.label(fmt::format("this is a `{}`", pointer.type.spell()));
    else
        report.help("say what it points to: `*(int *)arg1`");
    return {};
}

Operand Sources::address_of(const Operand& operand, Span operand_span, Span span) {
    const auto* place = std::get_if<Place>(&operand);
    if (place == nullptr || place->bit_size > 0) {
        sink_.report(diag::wrong_access, span, "&", context_.words(operand_span));
        return {};
    }
    CType type = place->type;
    if (type.known()) ++type.pointers;
    const Value value = build_.integer(address(*place, span), address_type(), span);
    return Scalar{value, type, false, false, place->user};
}

Operand Sources::binary(const syntax::BinaryExpr& expr, Span span) {
    const Operand left_operand = read(expr.left);
    const Operand right_operand = read(expr.right);
    const std::optional<Scalar> left =
        scalar(left_operand, context_.expr(scope_.file, expr.left).span);
    const std::optional<Scalar> right =
        scalar(right_operand, context_.expr(scope_.file, expr.right).span);
    if (!left || !right) return {};
    const BinaryOp op = lowered(expr.op);
    const bool is_sum = op == BinaryOp::add || op == BinaryOp::subtract;
    if (is_sum && left->type.is_pointer() && !right->type.is_pointer())
        return scaled_sum(op, *left, right->value, span);
    if (op == BinaryOp::add && right->type.is_pointer() && !left->type.is_pointer())
        return scaled_sum(op, *right, left->value, span);
    const Value result = expressions_.binary(op, left->value, right->value, span);
    return result.known() ? Operand{Scalar{result, {}, false, false}} : Operand{};
}

/// As C adds to pointers: in steps of what they point to, of one byte for `void *`.
Scalar Sources::scaled_sum(BinaryOp op, const Scalar& pointer, const Value& number, Span span) {
    const std::uint64_t step = std::max<std::uint64_t>(pointer.type.target().size(), 1);
    const Value size = build_.constant({step, true}, Display::decimal, span);
    const Value distance =
        step == 1 ? number : build_.binary(BinaryOp::multiply, number, size, span);
    Value sum = build_.binary(op, pointer.value, distance, span);
    sum.type = address_type();
    context_.out.exprs[sum.expr].type = sum.type;
    return {sum, pointer.type, false, false, pointer.user};
}

Operand Sources::ternary(const syntax::TernaryExpr& expr, Span span) {
    const auto value_of = [&](syntax::ExprId id) {
        return scalar(read(id), context_.expr(scope_.file, id).span);
    };
    const std::optional<Scalar> condition = value_of(expr.condition);
    const std::optional<Scalar> then = value_of(expr.then);
    const std::optional<Scalar> otherwise = value_of(expr.otherwise);
    if (!condition || !then || !otherwise) return {};
    const Value truth = build_.condition(condition->value);
    const Value value = build_.conditional(truth, then->value, otherwise->value, span);
    const CType type = then->type.is_pointer() ? then->type : CType{};
    return Scalar{value, type, false, false, then->user && otherwise->user};
}

Operand Sources::cast(const syntax::CastExpr& expr, Span span) {
    const Operand operand = read(expr.operand);
    const kernel::Btf* btf = point_.function.btf;
    if (btf == nullptr) btf = context_.kernel->btf();
    const std::optional<NamedCType> type = find_c_type(expr.type, btf);
    if (!type) {
        auto report = sink_.report(diag::unknown_c_type, expr.type.span, spell(expr.type));
        if (btf != nullptr && context_.may_search())
            report.did_you_mean(nearest_types(expr.type.name.text, *btf));
        return {};
    }
    const std::optional<Scalar> value =
        scalar(operand, context_.expr(scope_.file, expr.operand).span);
    if (!value) return {};
    const std::optional<ValueType> held = type->builtin ? type->builtin : held_type(type->type);
    if (!held) {
        sink_.report(diag::unreadable_value, span, context_.words(span),
                     fmt::format("a `{}`", spell(expr.type)));
        return {};
    }
    Scalar result{build_.convert(value->value, held->size, held->is_signed), type->type, false,
                  false, value->user};
    result.value.type = *held;
    result.value.range = range_of(*held);
    if (result.value.constant)
        result.value.range = {wide(*result.value.constant), wide(*result.value.constant)};
    return result;
}

/// `user(p)`: the same address, one of user memory.
Operand Sources::call(const syntax::CallExpr& call, Span span) {
    const syntax::ExprId argument = call.arguments.front(); // seen to by check_sources
    if (call.callee.text == "this_cpu") return this_cpu(argument, span);
    std::optional<Scalar> pointer =
        scalar(read(argument), context_.expr(scope_.file, argument).span);
    if (!pointer) return {};
    pointer->user = true;
    return *pointer;
}

// ---------------------------------------------------------------- values

std::optional<ValueType> Sources::held_type(const CType& type) {
    std::optional<ValueType> held = type.scalar();
    if (held && held->display == Display::enumerator)
        held->enumeration = context_.enumeration(*type.btf, type.btf->strip(type.id));
    return held;
}

Scalar Sources::raw(ExprId expr, Span span, bool needs_type) {
    return {build_.integer(expr, address_type(), span), {}, true, needs_type};
}

Scalar Sources::part(ExprId word, const ValueType& held, const CType& type, Span span) {
    if (held.size < 8 || held.is_signed)
        word = build_.add(Convert{word, held.size, held.is_signed}, held, span);
    return {build_.integer(word, held, span), type, false, false};
}

ExprId Sources::offset(ExprId base, std::uint64_t bytes, Span span) {
    if (bytes == 0) return base;
    const auto* sum = std::get_if<Binary>(&context_.out.exprs[base].node);
    const auto* before = sum != nullptr && sum->op == BinaryOp::add
                             ? std::get_if<Constant>(&context_.out.exprs[sum->right].node)
                             : nullptr;
    if (before != nullptr) return offset(sum->left, before->bits + bytes, span);
    const Value distance = build_.constant({bytes, true}, Display::decimal, span);
    return build_.add(Binary{BinaryOp::add, base, distance.expr}, address_type(), span);
}

ExprId Sources::address(const Place& place, Span span) {
    if (!place.steps.empty())
        return build_.add(MemberAddress{place.base, place.root, place.steps, place.offset},
                          address_type(), span);
    return offset(place.base, place.offset, span);
}

Value Sources::load(const Place& place, const ValueType& type, Span span) {
    const ExprId expr =
        build_.add(Load{address(place, span), type.size, type.is_signed, place.user}, type, span);
    return build_.integer(expr, type, span);
}

Value Sources::bitfield(const Place& place, const ValueType& type, Span span) {
    ValueType container = integer_type(type.size, false);
    if (place.bit_offset + place.bit_size > type.size * 8U) container.size = 8;
    const ExprId loaded = load(place, container, span).expr;
    const auto width = static_cast<std::uint8_t>(place.bit_size);
    const ExprId bits = build_.add(
        ExtractBits{loaded, static_cast<std::uint8_t>(place.bit_offset), width, type.is_signed},
        type, span);
    Value value = build_.integer(bits, type, span);
    value.range = range_of_bits(width, type.is_signed);
    return value;
}

std::optional<Scalar> Sources::scalar_of_place(const Place& place, Span span) {
    if (!place.type.known()) {
        const Value word = load(place, address_type(), span);
        return Scalar{word, {}, true, true, place.user};
    }
    if (place.type.kind() == kernel::TypeKind::array) { // as in C, its address
        CType type = place.type.element();
        ++type.pointers;
        return Scalar{build_.integer(address(place, span), address_type(), span), type, false,
                      false, place.user};
    }
    const std::optional<ValueType> held = held_type(place.type);
    if (!held) {
        auto report = sink_.report(diag::unreadable_value, span, context_.words(span),
                                   fmt::format("a `{}`", place.type.spell()));
        if (!place.type.is_aggregate()) return std::nullopt;
        const std::vector<std::string_view> members = member_names(place.type);
        if (!members.empty())
            report.help(fmt::format("read a member: `{}.{}`", context_.words(span), members[0]));
        return std::nullopt;
    }
    const Value value =
        place.bit_size > 0 ? bitfield(place, *held, span) : load(place, *held, span);
    return Scalar{value, place.type, false, false, place.user};
}

std::optional<Scalar> Sources::scalar(const Operand& operand, Span span) {
    return std::visit(Overloaded{
                          [](std::monostate) { return std::optional<Scalar>{}; },
                          [&](const Place& place) { return scalar_of_place(place, span); },
                          [](const Scalar& scalar) { return std::optional(scalar); },
                          [](const MissingMember&) { return std::optional<Scalar>{}; },
                          [&](const auto&) {
                              sink_.report(diag::wrong_type, span, "a number", "a string");
                              return std::optional<Scalar>{};
                          },
                      },
                      operand);
}

} // namespace kps::sema
