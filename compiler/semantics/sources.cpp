#include "compiler/semantics/sources.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace kps::sema {

namespace {

constexpr std::size_t most_members_listed = 16;

ValueType address_type() {
    return integer_type(8, false, Display::hex);
}

} // namespace

std::optional<std::uint32_t> argument_index(std::string_view name) {
    if (!name.starts_with("arg") || name.size() < 4 || name.size() > 5) return std::nullopt;
    std::uint32_t number = 0;
    for (char c : name.substr(3)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return number > 0 && name[3] != '0' ? std::optional(number - 1) : std::nullopt;
}

Operand Sources::read(syntax::ExprId id) {
    const syntax::Expr& expr = context_.expr(scope_.file, id);
    const Span span = expr.span;
    return std::visit(
        Overloaded{
            [&](const syntax::NameExpr& e) { return name(e.name); },
            [&](const syntax::RegisterExpr& e) { return reg(e, span); },
            [&](const syntax::SymbolExpr& e) { return symbol(e, span); },
            [&](const syntax::MemberExpr& e) { return member(e, span); },
            [&](const syntax::IndexExpr& e) { return index(e, span); },
            [&](const syntax::UnaryExpr& e) { return unary(e, span); },
            [&](const syntax::BinaryExpr& e) { return binary(e, span); },
            [&](const syntax::TernaryExpr& e) { return ternary(e, span); },
            [&](const syntax::CastExpr& e) { return cast(e, span); },
            [&](const syntax::InRangeExpr&) {
                sink_.report(diag::wrong_type, span, "a source", "a condition");
                return Operand{};
            },
            [](const syntax::CallExpr&) { return Operand{}; }, // reported by check_source
            [&](const auto&) {
                const Value value = expressions_.literal(expr);
                if (value.is_integer()) return Operand{Scalar{value, {}, false, false}};
                sink_.report(diag::wrong_type, span, "a source", describe(value, context_.out));
                return Operand{};
            },
        },
        expr.node);
}

// ---------------------------------------------------------------- names

Operand Sources::name(const syntax::Name& name) {
    if (name.text == "retval") return return_value(name.span);
    if (name.text == "comm") return TaskName{};
    if (const auto index = argument_index(name.text)) return argument(*index, name.span);
    const FunctionType& function = point_.function;
    bool is_parameter = false;
    for (std::size_t i = 0; i < function.prototypes.size(); ++i)
        for (const FunctionType::Parameter& parameter : function.parameters(i))
            is_parameter |= parameter.name == name.text;
    if (is_parameter) return parameter(name);
    if (const auto value = expressions_.named(scope_, name, nullptr)) {
        if (value->is_integer()) return Scalar{*value, {}, false, false};
        if (value->known())
            sink_.report(diag::wrong_type, name.span, "a source", describe(*value, context_.out));
        return {};
    }
    return parameter(name);
}

Operand Sources::parameter(const syntax::Name& name) {
    if (name.text == "comm") return TaskName{};
    if (point_.function.prototypes.empty()) {
        no_function_type(name.span);
        return {};
    }
    return agreed_argument(name.text, name.span, [&](const auto& parameters) {
        const auto found = std::ranges::find(parameters, name.text, &FunctionType::Parameter::name);
        if (found == parameters.end()) unknown_parameter(name);
        return found;
    });
}

Operand Sources::argument(std::uint32_t index, Span span) {
    if (point_.function.prototypes.empty())
        return raw(build_.add(Argument{index}, address_type(), span), span, true);
    const std::string words = fmt::format("arg{}", index + 1);
    return agreed_argument(words, span, [&](const auto& parameters) {
        if (index < parameters.size())
            return parameters.begin() + static_cast<std::ptrdiff_t>(index);
        no_such_element(span, point_.function.name,
                        fmt::format("parameter {}: it has {}", index + 1, parameters.size()));
        return parameters.end();
    });
}

template <class Pick>
Operand Sources::agreed_argument(std::string_view words, Span span, Pick pick) {
    const FunctionType& function = point_.function;
    std::optional<FunctionType::Parameter> agreed;
    for (std::size_t i = 0; i < function.prototypes.size(); ++i) {
        const std::vector<FunctionType::Parameter> parameters = function.parameters(i);
        const auto found = pick(parameters);
        if (found == parameters.end()) return {};
        const bool differs = agreed && (agreed->index != found->index ||
                                        agreed->type.spell() != found->type.spell());
        if (differs) {
            sink_
                .report(diag::differing_prototypes, span, words, function.prototypes.size(),
                        function.name)
                .help("give the register and the type: `x : u32 = %si`");
            return {};
        }
        agreed = *found;
    }
    if (point_.request.kind != PointKind::entry) {
        auto report = sink_.report(diag::argument_off_entry, span, words);
        if (point_.request.kind == PointKind::function_return)
            report.help("read it in `enter` of a `call`; the call has the fields of both ends");
        else
            report.help("read the register that holds it at this instruction: `%di`");
        return {};
    }
    return place_argument(*agreed, function.parameters(0), span);
}

Operand Sources::place_argument(const FunctionType::Parameter& parameter,
                                const std::vector<FunctionType::Parameter>& all, Span span) {
    const auto place = argument_place(all, parameter.index, context_.kernel->architecture());
    const std::optional<ValueType> held = held_type(parameter.type);
    if (!place || !held) {
        sink_.report(diag::unreadable_value, span, parameter.name,
                     fmt::format("a `{}`", parameter.type.spell()));
        return {};
    }
    const ExprId word = place->on_stack ? build_.add(StackSlot{place->index}, address_type(), span)
                                        : build_.add(Argument{place->index}, address_type(), span);
    return part(word, *held, parameter.type, span);
}

Operand Sources::return_value(Span span) {
    const FunctionType& function = point_.function;
    const ExprId word = build_.add(ReturnValue{}, address_type(), span);
    if (function.prototypes.empty()) return raw(word, span, true);
    const CType type = function.result(0);
    for (std::size_t i = 1; i < function.prototypes.size(); ++i) {
        if (function.result(i).spell() == type.spell()) continue;
        sink_.report(diag::differing_prototypes, span, "retval", function.prototypes.size(),
                     function.name);
        return {};
    }
    if (type.kind() == kernel::TypeKind::void_type) {
        sink_.report(diag::void_return, span, function.name);
        return {};
    }
    const std::optional<ValueType> held = held_type(type);
    if (held) return part(word, *held, type, span);
    sink_.report(diag::unreadable_value, span, "retval", fmt::format("a `{}`", type.spell()));
    return {};
}

void Sources::unknown_parameter(const syntax::Name& name) {
    auto report = sink_.report(diag::unknown_parameter, name.span, point_.function.name, name.text);
    std::vector<std::string_view> names;
    std::vector<std::string> quoted;
    for (const FunctionType::Parameter& parameter : point_.function.parameters(0)) {
        names.push_back(parameter.name);
        quoted.emplace_back(parameter.name);
    }
    report.remark(quoted.empty() ? "it has no parameters"
                                 : "its parameters are " + listing(quoted));
    report.did_you_mean(nearest_names(name.text, names));
}

void Sources::no_function_type(Span span) {
    const bool has_btf = point_.function.btf != nullptr;
    sink_
        .report(diag::no_function_type, span, point_.function.name,
                has_btf ? "the BTF does not describe this function" : "there is no BTF")
        .help("give a source and a type: `x : u64 = arg1`");
}

void Sources::no_such_element(Span span, std::string_view of, std::string_view what) {
    sink_.report(diag::no_such_argument, span, of, what);
}

namespace {

constexpr std::string_view x86_registers[] = {"ax",  "bx",  "cx", "dx",  "si",    "di",  "bp",
                                              "sp",  "r8",  "r9", "r10", "r11",   "r12", "r13",
                                              "r14", "r15", "ip", "cs",  "flags", "ss",  "orig_ax"};

bool is_arm64_register(std::string_view name) {
    if (name == "sp" || name == "pc" || name == "pstate" || name == "lr") return true;
    if (!name.starts_with('x') || name.size() < 2 || name.size() > 3) return false;
    int number = 0;
    for (char c : name.substr(1)) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number <= 30;
}

} // namespace

Operand Sources::reg(const syntax::RegisterExpr& reg, Span span) {
    const kernel::Architecture machine = context_.kernel->architecture();
    const std::string_view name = reg.name.text;
    const auto is_x86 = [](std::string_view text) {
        return std::ranges::find(x86_registers, text) != std::end(x86_registers);
    };
    const bool known =
        machine == kernel::Architecture::x86_64 ? is_x86(name) : is_arm64_register(name);
    if (known)
        return raw(build_.add(Register{std::string(name)}, address_type(), span), span, false);
    auto report = sink_.report(diag::unknown_register, span, kernel::to_string(machine), name);
    if (machine != kernel::Architecture::x86_64) {
        report.help("the registers are %x0 to %x30, %sp and %pc");
    } else if (name.size() > 1 && (name[0] == 'r' || name[0] == 'e') && is_x86(name.substr(1))) {
        report.remark("the kernel names registers without the letter for their width");
        report.fix(span, "%" + std::string(name.substr(1)));
    } else {
        report.did_you_mean(nearest_names(name, x86_registers));
    }
    return {};
}

bool Sources::is_per_cpu(const kernel::Symbol& symbol) const {
    const kernel::SymbolTable& symbols = context_.kernel->symbols();
    const std::vector<kernel::Symbol> start = symbols.find("__per_cpu_start");
    const std::vector<kernel::Symbol> end = symbols.find("__per_cpu_end");
    return !start.empty() && !end.empty() && symbol.address >= start[0].address &&
           symbol.address < end[0].address;
}

Operand Sources::symbol(const syntax::SymbolExpr& expr, Span span) {
    const std::string_view name = expr.name.text;
    const std::vector<kernel::Symbol> found = context_.kernel->symbols().find(name);
    if (found.empty()) {
        auto report = sink_.report(diag::unknown_variable, span, name);
        if (context_.may_search())
            report.did_you_mean(context_.kernel->symbols().nearest_functions(name));
        return {};
    }
    if (found.size() > 1) {
        sink_.report(diag::ambiguous_function, span, found.size(), name);
        return {};
    }
    if (is_per_cpu(found.front())) {
        context_.not_supported("variables of one CPU are", span);
        return {};
    }
    Place place{build_.add(SymbolAddress{std::string(name)}, address_type(), span), 0, {}, 0, 0};
    const kernel::Btf* btf = context_.kernel->btf();
    if (btf != nullptr)
        if (const auto variable = btf->find(kernel::TypeKind::variable, name))
            place.type = {btf, btf->type(*variable).target, 0};
    return place;
}

Operand Sources::stack_slot(const syntax::IndexExpr& index, Span span) {
    const auto slot = expressions_.integer(scope_, index.index, "the word", 0, 255);
    if (!slot) return {};
    return raw(build_.add(StackSlot{static_cast<std::uint32_t>(*slot)}, address_type(), span), span,
               false);
}

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
    const auto* place = std::get_if<Place>(&base);
    const bool is_struct = place != nullptr && place->type.is_aggregate();
    if (is_struct && !expr.arrow)
        return member_of(place->type, place->base, place->offset, expr.member);
    if (is_struct) {
        sink_.report(diag::wrong_access, span, "->", words)
            .label(fmt::format("`{}` is a `{}`", words, place->type.spell()))
            .fix(span, fmt::format("{}.{}", words, expr.member.text));
        return {};
    }
    const std::optional<Scalar> value = scalar(base, base_span);
    if (!value) return {};
    const bool is_pointer = value->type.is_pointer() && value->type.target().is_aggregate();
    if (is_pointer && expr.arrow)
        return member_of(value->type.target(), value->value.expr, 0, expr.member);
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

Operand Sources::member_of(const CType& aggregate, ExprId base, std::uint64_t offset,
                           const syntax::Name& name) {
    const auto found = find_member(aggregate, name.text);
    if (!found) {
        auto report = sink_.report(diag::unknown_member, name.span, aggregate.spell(), name.text);
        const std::vector<std::string_view> members = member_names(aggregate);
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
    if (found->bit_size == 0) return Place{base, offset + found->bit_offset / 8, found->type, 0, 0};
    const std::uint64_t unit = found->type.size() * 8;
    const std::uint64_t in_unit = found->bit_offset % unit;
    const bool fits = in_unit + found->bit_size <= unit;
    const std::uint64_t start = fits ? found->bit_offset - in_unit : found->bit_offset / 8 * 8;
    return Place{base, offset + start / 8, found->type,
                 static_cast<std::uint32_t>(found->bit_offset - start), found->bit_size};
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
        start = {place->base, place->offset, place->type.element(), 0, 0};
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
        start = {pointer->value.expr, 0, pointer->type.target(), 0, 0};
    }
    const std::uint64_t size = start.type.size();
    if (index.constant) {
        start.offset += index.constant->bits * size;
        return start;
    }
    const Value step = build_.constant({size, true}, Display::decimal, span);
    const Value distance = build_.binary(BinaryOp::multiply, index, step, span);
    start.base =
        build_.add(Binary{BinaryOp::add, offset(start.base, start.offset, span), distance.expr},
                   address_type(), span);
    start.offset = 0;
    return start;
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
    if (pointer.type.is_pointer() && pointer.type.target().size() > 0)
        return Place{pointer.value.expr, 0, pointer.type.target(), 0, 0};
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
    return Scalar{value, type, false, false};
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
    return {sum, pointer.type, false, false};
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
    return Scalar{value, type, false, false};
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
                  false};
    result.value.type = *held;
    result.value.range = range_of(*held);
    if (result.value.constant)
        result.value.range = {wide(*result.value.constant), wide(*result.value.constant)};
    return result;
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
    return offset(place.base, place.offset, span);
}

Value Sources::load(const Place& place, const ValueType& type, Span span) {
    const ExprId expr =
        build_.add(Load{address(place, span), type.size, type.is_signed, false}, type, span);
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
        return Scalar{word, {}, true, true};
    }
    if (place.type.kind() == kernel::TypeKind::array) { // as in C, its address
        CType type = place.type.element();
        ++type.pointers;
        return Scalar{build_.integer(address(place, span), address_type(), span), type, false,
                      false};
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
    return Scalar{value, place.type, false, false};
}

std::optional<Scalar> Sources::scalar(const Operand& operand, Span span) {
    return std::visit(Overloaded{
                          [](std::monostate) { return std::optional<Scalar>{}; },
                          [&](const Place& place) { return scalar_of_place(place, span); },
                          [](const Scalar& scalar) { return std::optional(scalar); },
                          [&](TaskName) {
                              sink_.report(diag::wrong_type, span, "a number", "a string");
                              return std::optional<Scalar>{};
                          },
                      },
                      operand);
}

} // namespace kps::sema
