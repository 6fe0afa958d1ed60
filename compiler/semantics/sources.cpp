#include "compiler/semantics/sources.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>
#include <utility>

namespace kps::sema {

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
    return std::visit(Overloaded{
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
                          [&](const syntax::CallExpr& e) { return call(e, span); },
                          [&](const auto&) {
                              const Value value = expressions_.literal(expr);
                              if (value.is_integer())
                                  return Operand{Scalar{value, {}, false, false}};
                              sink_.report(diag::wrong_type, span, "a source",
                                           describe(value, context_.out));
                              return Operand{};
                          },
                      },
                      expr.node);
}

// ---------------------------------------------------------------- names

Operand Sources::name(const syntax::Name& name) {
    const FunctionType& function = point_.function;
    bool is_parameter =
        (point_.event != nullptr &&
         std::ranges::count(point_.event->fields, name.text, &kernel::EventField::name) > 0) ||
        name.text == "retval" || name.text == "comm" || name.text == "stack" ||
        argument_index(name.text).has_value();
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
    if (name.text == "stack") return kernel_stack(name.span);
    const bool is_field =
        point_.event != nullptr &&
        (name.text != "comm" ||
         std::ranges::count(point_.event->fields, name.text, &kernel::EventField::name) > 0);
    if (is_field) return event_field(name);
    if (name.text == "comm") return TaskName{};
    if (name.text == "retval") return return_value(name.span);
    if (const auto index = argument_index(name.text)) return argument(*index, name.span);
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
    if (point_.kind != PointKind::entry) {
        auto report = sink_.report(diag::argument_off_entry, span, words);
        if (point_.kind == PointKind::function_return)
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
    const std::string_view why = !point_.program.empty() ? "the types of programs are not read"
                                 : point_.function.btf != nullptr
                                     ? "the BTF does not describe this function"
                                     : "there is no BTF";
    sink_.report(diag::no_function_type, span, point_.function.name, why)
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

bool Sources::is_in_kernel(std::string_view words, Span span) {
    if (point_.program.empty()) return true;
    sink_.report(diag::symbol_off_kernel, span, words)
        .help("read it in a probe of the kernel, or what the program's own pointers lead to");
    return false;
}

std::optional<kernel::Symbol> Sources::variable(const syntax::SymbolExpr& expr, Span span) {
    const std::string_view name = expr.name.text;
    if (!is_in_kernel(context_.words(span), span)) return std::nullopt;
    const std::vector<kernel::Symbol> found = context_.kernel->symbols().find(name);
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        auto report = sink_.report(diag::unknown_variable, span, name);
        if (context_.may_search())
            report.did_you_mean(context_.kernel->symbols().nearest_functions(name));
    } else {
        sink_.report(diag::ambiguous_function, span, found.size(), name);
    }
    return std::nullopt;
}

Place Sources::place_of(const kernel::Symbol& variable, Span span) {
    const std::string name(variable.name);
    Place place{build_.add(SymbolAddress{name}, address_type(), span), 0, {}, 0, 0};
    const kernel::Btf* btf = context_.kernel->btf();
    if (btf != nullptr)
        if (const auto known = btf->find(kernel::TypeKind::variable, name))
            place.type = {btf, btf->type(*known).target, 0};
    return place;
}

Operand Sources::symbol(const syntax::SymbolExpr& expr, Span span) {
    const auto found = variable(expr, span);
    if (!found) return {};
    if (!is_per_cpu(*found)) return place_of(*found, span);
    sink_.report(diag::per_cpu_variable, span, found->name)
        .fix(span, fmt::format("this_cpu({})", context_.words(span)));
    return {};
}

/// `this_cpu(@x)`, of a per-CPU variable: that of the CPU. `this_cpu(p)`: what `p` is there.
Operand Sources::this_cpu(syntax::ExprId argument, Span span) {
    const syntax::Expr& of = context_.expr(scope_.file, argument);
    if (!is_in_kernel(context_.words(span), span)) return {};
    constexpr std::string_view offsets = "__per_cpu_offset"; // what programs compute with
    if (context_.kernel->symbols().find(offsets).empty()) {
        sink_.report(diag::unknown_variable, span, offsets)
            .help("kernels without CONFIG_KALLSYMS_ALL tell of functions only");
        return {};
    }
    const auto on_this_cpu = [&](ExprId address) {
        return build_.add(OnThisCpu{address}, address_type(), span);
    };
    if (const auto* symbol = std::get_if<syntax::SymbolExpr>(&of.node)) {
        const auto found = variable(*symbol, of.span);
        if (!found) return {};
        if (is_per_cpu(*found)) {
            Place place = place_of(*found, of.span);
            place.base = on_this_cpu(place.base);
            return place;
        }
    }
    std::optional<Scalar> pointer = scalar(read(argument), of.span);
    if (!pointer) return {};
    if (!pointer->type.is_pointer() && !pointer->is_raw) {
        sink_.report(diag::wrong_access, span, "this_cpu", context_.words(of.span))
            .help("it takes a per-CPU variable, `this_cpu(@runqueues)`, or a pointer to one");
        return {};
    }
    pointer->value = build_.integer(on_this_cpu(pointer->value.expr), address_type(), span);
    return *pointer;
}

Operand Sources::kernel_stack(Span span) {
    return is_in_kernel("stack", span) ? Operand{KernelStack{}} : Operand{};
}

Operand Sources::stack_slot(const syntax::IndexExpr& index, Span span) {
    const auto slot = expressions_.integer(scope_, index.index, "the word", 0, 255);
    if (!slot) return {};
    return raw(build_.add(StackSlot{static_cast<std::uint32_t>(*slot)}, address_type(), span), span,
               false);
}

} // namespace kps::sema
