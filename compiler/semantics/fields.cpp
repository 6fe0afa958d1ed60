#include "compiler/semantics/fields.hpp"

#include "compiler/base/nearest.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

using Kind = FieldTypeSpec::Kind;

constexpr std::uint32_t ipv6_size = 16;

/// What a field without a type, or with one, makes of its source.
class FieldMaker {
public:
    FieldMaker(Context& context, Expressions& expressions, Sources& sources, diag::Sink& sink,
               const FoundPoint& point, const syntax::Field& field, Span span)
        : context_(context), build_(expressions.builder()), sources_(sources), sink_(sink),
          point_(point), field_(field), span_(span) {}

    std::optional<MadeField> make(const Operand& operand, const FieldTypeSpec* type) {
        if (std::holds_alternative<std::monostate>(operand)) return std::nullopt;
        if (std::holds_alternative<TaskName>(operand)) return task_name(type);
        if (std::holds_alternative<KernelStack>(operand)) return kernel_stack(type);
        if (const auto* text = std::get_if<FieldText>(&operand)) return field_text(*text, type);
        if (type == nullptr) return natural(operand);
        switch (type->kind) {
        case Kind::integer:
        case Kind::character:
        case Kind::symbol: return integer(operand, type->element);
        case Kind::boolean: return boolean(operand);
        case Kind::string: return string(operand, *type);
        case Kind::enumeration: return enumeration(operand, *type);
        case Kind::bits: return bits(operand, *type);
        case Kind::array: return array(operand, *type);
        case Kind::bytes: return bytes(operand, type->count, Display::hex, *type);
        case Kind::errno_code: return errno_code(operand);
        case Kind::ipv4: return network(operand, *type, 4);
        case Kind::ipv6: return bytes(operand, ipv6_size, Display::ipv6, *type);
        case Kind::port: return network(operand, *type, 2);
        }
        return std::nullopt;
    }

private:
    MadeField made(ExprId source, const ValueType& type, Range range) {
        return {{std::string(field_.name.text), type, source, field_.span}, range, {}};
    }
    MadeField made(const Value& value, const ValueType& type) {
        const bool narrower =
            value.type.size == type.size && value.type.is_signed == type.is_signed;
        return made(value.expr, type, narrower ? value.range : range_of(type));
    }

    std::nullopt_t unfit(std::string_view type, const std::string& what) {
        sink_.report(diag::unfit_field_type, span_, type, what);
        return std::nullopt;
    }
    std::string what_it_is(const Operand& operand) {
        if (std::holds_alternative<TaskName>(operand)) return "the name of a task";
        if (std::holds_alternative<KernelStack>(operand)) return "the kernel's stack";
        if (std::holds_alternative<FieldText>(operand)) return "a text";
        const auto* place = std::get_if<Place>(&operand);
        const auto* scalar = std::get_if<Scalar>(&operand);
        const CType type = place != nullptr ? place->type : scalar->type;
        return type.known() ? fmt::format("a `{}`", type.spell()) : "a number";
    }

    std::optional<MadeField> task_name(const FieldTypeSpec* type) {
        const bool is_string = type == nullptr || (type->kind == Kind::string && !type->user);
        if (!is_string) return unfit(type->text, "the name of a task");
        const bool shorter = type != nullptr && type->count > 0 && type->count < task_comm_length;
        const ValueType held = string_type(shorter ? type->count : task_comm_length);
        return made(build_.add(CurrentComm{}, held, span_), held, {});
    }

    std::optional<MadeField> kernel_stack(const FieldTypeSpec* type) {
        if (type != nullptr) return unfit(type->text, "the kernel's stack");
        ValueType held = integer_type(8, false, Display::symbol);
        held.kind = TypeKind::array;
        return made(build_.add(CallStack{}, held, span_), held, {});
    }

    std::optional<MadeField> field_text(const FieldText& text, const FieldTypeSpec* type) {
        const bool is_string = type == nullptr || (type->kind == Kind::string && !type->user);
        if (!is_string) return unfit(type->text, "a text");
        const bool given = type != nullptr && type->count > 0;
        const ValueType held = string_type(given ? type->count : text.size);
        return made(build_.add(EventText{text.name}, held, span_), held, {});
    }

    std::optional<MadeField> natural(const Operand& operand) {
        const auto* place = std::get_if<Place>(&operand);
        const bool is_array = place != nullptr && place->type.known() &&
                              place->type.kind() == kernel::TypeKind::array;
        if (is_array) return natural_array(*place);
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        if (!scalar->needs_type) return made(scalar->value, scalar->value.type);
        sink_
            .report(diag::needs_field_type, span_, field_.name.text,
                    place != nullptr ? "nothing describes this symbol"
                                     : "nothing describes `" + point_.function.name + "`")
            .help(fmt::format("write `{} : u64 = ...`", field_.name.text));
        return std::nullopt;
    }

    std::optional<MadeField> natural_array(const Place& place) {
        const std::uint32_t count =
            place.type.btf->array(place.type.btf->strip(place.type.id)).count;
        const ExprId address = sources_.address(place, span_);
        if (place.type.is_char_array()) {
            const ValueType held = string_type(count);
            return made(build_.add(LoadString{address, place.user}, held, span_), held, {});
        }
        const std::optional<ValueType> element = place.type.element().scalar();
        if (element && count > 0) return made_array(address, place.user, *element, count);
        sink_.report(diag::needs_field_type, span_, field_.name.text, "it is " + what_it_is(place))
            .help("read one element: `[0]`");
        return std::nullopt;
    }

    MadeField made_array(ExprId address, bool user, const ValueType& element, std::uint32_t count) {
        ValueType held = element;
        held.kind = TypeKind::array;
        held.count = count;
        return made(build_.add(LoadBytes{address, element.size, count, user}, held, span_), held,
                    {});
    }

    /// The source's value as an integer of `type`; a symbol without a type is loaded as that.
    std::optional<MadeField> integer(const Operand& operand, const ValueType& type) {
        const auto* place = std::get_if<Place>(&operand);
        if (place != nullptr && !place->type.known())
            return made(sources_.load(*place, type, span_), type);
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        return made(build_.convert(scalar->value, type.size, type.is_signed), type);
    }

    std::optional<MadeField> boolean(const Operand& operand) {
        const auto* place = std::get_if<Place>(&operand);
        const auto* word = std::get_if<Scalar>(&operand);
        const bool is_raw =
            (word != nullptr && word->is_raw) || (place != nullptr && !place->type.known());
        if (is_raw) return integer(operand, boolean_type());
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        return made(build_.condition(scalar->value), boolean_type());
    }

    std::optional<MadeField> string(const Operand& operand, const FieldTypeSpec& type) {
        const std::optional<ExprId> address = target_address(operand, type);
        if (!address) return std::nullopt;
        const ValueType held = string_type(type.count);
        return made(build_.add(LoadString{*address, type.user || is_user(operand)}, held, span_),
                    held, {});
    }

    static bool is_user(const Operand& operand) {
        if (const auto* place = std::get_if<Place>(&operand)) return place->user;
        const auto* scalar = std::get_if<Scalar>(&operand);
        return scalar != nullptr && scalar->user;
    }

    /// Where a string, array or run of bytes begins: what a pointer points to, or the place itself.
    /// Arrays and bytes may begin at a number, too: `u8[16] = buf[0]`.
    std::optional<ExprId> target_address(const Operand& operand, const FieldTypeSpec& type) {
        const auto* place = std::get_if<Place>(&operand);
        const auto begins_there = [&](const CType& of) {
            if (!of.known() || of.is_aggregate() || of.kind() == kernel::TypeKind::array)
                return true;
            return type.kind != Kind::string && !of.is_pointer();
        };
        if (place != nullptr && place->bit_size == 0 && begins_there(place->type))
            return sources_.address(*place, span_);
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        const bool of_struct = type.kind == Kind::string && scalar->type.is_pointer() &&
                               scalar->type.target().is_aggregate();
        if (scalar->value.type.size == 8 && !of_struct) return scalar->value.expr;
        unfit(type.text, what_it_is(operand));
        return std::nullopt;
    }

    std::optional<MadeField> enumeration(const Operand& operand, const FieldTypeSpec& type) {
        const kernel::Btf* btf = point_.function.btf;
        if (btf == nullptr) btf = context_.kernel->btf();
        const syntax::CType written{"enum", type.enumeration, 0, type.span};
        const std::optional<NamedCType> found =
            btf != nullptr ? find_c_type(written, btf) : std::nullopt;
        if (!found) {
            auto report = sink_.report(diag::unknown_c_type, type.enumeration.span, spell(written));
            if (btf != nullptr && context_.may_search())
                report.did_you_mean(nearest_types(type.enumeration.text, *btf));
            return std::nullopt;
        }
        ValueType held = *found->type.scalar();
        held.enumeration = context_.enumeration(*btf, found->type.id);
        const auto* scalar = std::get_if<Scalar>(&operand);
        const auto* place = std::get_if<Place>(&operand);
        const bool is_raw =
            (scalar != nullptr && scalar->is_raw) || (place != nullptr && !place->type.known());
        if (is_raw) return integer(operand, held);
        const std::optional<Scalar> value = sources_.scalar(operand, span_);
        if (!value) return std::nullopt;
        held.size = value->value.type.size;
        held.is_signed = value->value.type.is_signed;
        return made(value->value, held);
    }

    std::optional<MadeField> bits(const Operand& operand, const FieldTypeSpec& type) {
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        const Value& value = scalar->value;
        if (type.bit_offset + type.bit_width > value.type.size * 8)
            return unfit(type.text, describe(value, context_.out));
        const ValueType held = integer_type(value.type.size, false);
        const Range range = range_of_bits(type.bit_width, false);
        if (std::holds_alternative<Load>(context_.out.exprs[value.expr].node)) {
            const ExtractBits extract{value.expr, type.bit_offset, type.bit_width, false};
            return made(build_.add(extract, held, span_), held, range);
        }
        const auto number = [&](std::uint64_t bits) {
            return build_.constant({bits, true}, Display::decimal, span_);
        };
        Value result = build_.convert(value, 8, false);
        if (type.bit_offset > 0)
            result = build_.binary(BinaryOp::shift_right, result, number(type.bit_offset), span_);
        if (type.bit_width < 64) {
            const Value mask = number((std::uint64_t{1} << type.bit_width) - 1);
            result = build_.binary(BinaryOp::bit_and, result, mask, span_);
        }
        return made(result.expr, held, range);
    }

    std::optional<MadeField> array(const Operand& operand, const FieldTypeSpec& type) {
        const std::optional<ExprId> address = target_address(operand, type);
        if (!address) return std::nullopt;
        return made_array(*address, is_user(operand), type.element, type.count);
    }

    std::optional<MadeField> bytes(const Operand& operand, std::uint32_t count, Display display,
                                   const FieldTypeSpec& type) {
        const std::optional<ExprId> address = target_address(operand, type);
        if (!address) return std::nullopt;
        ValueType held = integer_type(1, false, display);
        held.kind = TypeKind::bytes;
        held.count = count;
        return made(build_.add(LoadBytes{*address, 1, count, is_user(operand)}, held, span_), held,
                    {});
    }

    std::optional<MadeField> errno_code(const Operand& operand) {
        const auto* place = std::get_if<Place>(&operand);
        if (place != nullptr && !place->type.known())
            return integer(operand, integer_type(8, true, Display::errno_code));
        const std::optional<Scalar> scalar = sources_.scalar(operand, span_);
        if (!scalar) return std::nullopt;
        return integer(*scalar, integer_type(scalar->value.type.size, true, Display::errno_code));
    }

    /// An address or port as it lies in memory, the highest byte first.
    std::optional<MadeField> network(const Operand& operand, const FieldTypeSpec& type,
                                     std::uint8_t size) {
        const bool is_port = type.kind == Kind::port;
        const ValueType held = integer_type(size, false, is_port ? Display::port : Display::ipv4);
        const auto* place = std::get_if<Place>(&operand);
        const bool untyped = place != nullptr && !place->type.known();
        std::optional<Scalar> scalar;
        if (!untyped) {
            scalar = sources_.scalar(operand, span_);
            if (!scalar) return std::nullopt;
            if (!scalar->is_raw && scalar->value.type.size != size)
                return unfit(type.text, what_it_is(operand));
        }
        const Value word = untyped ? sources_.load(*place, held, span_)
                                   : build_.convert(scalar->value, size, false);
        return made(word, held);
    }

    Context& context_;
    ExprBuilder& build_;
    Sources& sources_;
    diag::Sink& sink_;
    const FoundPoint& point_;
    const syntax::Field& field_;
    Span span_;
};

} // namespace

std::optional<MadeField> field_of(const FieldRequest& request, Sources& sources,
                                  const Operand& operand, Span span, diag::Sink& sink) {
    return FieldMaker(request.context, request.expressions, sources, sink, request.point,
                      request.field, span)
        .make(operand, request.type);
}

} // namespace kps::sema
