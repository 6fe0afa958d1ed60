#include "compiler/semantics/fields.hpp"

#include "compiler/base/nearest.hpp"
#include "compiler/base/overloaded.hpp"

#include <algorithm>

namespace kps::sema {

namespace {

using Kind = FieldTypeSpec::Kind;

constexpr std::int64_t max_count = 4096;

constexpr std::pair<std::string_view, Kind> named_types[] = {
    {"bool", Kind::boolean},   {"char", Kind::character}, {"string", Kind::string},
    {"ustring", Kind::string}, {"symbol", Kind::symbol},  {"enum", Kind::enumeration},
    {"bits", Kind::bits},      {"bytes", Kind::bytes},    {"errno", Kind::errno_code},
    {"ipv4", Kind::ipv4},      {"ipv6", Kind::ipv6},      {"port", Kind::port},
};

std::vector<std::string_view> type_names() {
    std::vector<std::string_view> names{"u8",  "u16", "u32", "u64", "s8",  "s16",
                                        "s32", "s64", "x8",  "x16", "x32", "x64"};
    for (const auto& [name, kind] : named_types)
        names.push_back(name);
    return names;
}

class TypeReader {
public:
    TypeReader(const Context& context, Expressions& expressions, const ExprScope& scope,
               const syntax::FieldType& type)
        : context_(context), expressions_(expressions), scope_(scope), type_(type) {}

    std::optional<FieldTypeSpec> read() {
        FieldTypeSpec spec;
        spec.text = context_.words(type_.span);
        spec.span = type_.span;
        if (!find_kind(spec)) return std::nullopt;
        if (type_.bit_offset && !read_bits(spec)) return std::nullopt;
        if (type_.count && !read_count(spec)) return std::nullopt;
        if (spec.kind == Kind::bytes && !type_.count) return malformed("needs a size: `bytes[16]`");
        if (spec.kind == Kind::bits && !type_.bit_offset)
            return malformed("needs an offset and a width: `bits(3, 2)`");
        if (spec.kind == Kind::enumeration) {
            if (!type_.enum_name) return malformed("needs a name: `enum pid_type`");
            spec.enumeration = *type_.enum_name;
        }
        return spec;
    }

private:
    bool find_kind(FieldTypeSpec& spec) {
        const std::string_view name = type_.name.text;
        const auto named =
            std::ranges::find(named_types, name, [](const auto& t) { return t.first; });
        const std::optional<ValueType> builtin = builtin_type(name);
        if (named == std::end(named_types) && !builtin) {
            context_.sink.report(diag::unknown_field_type, type_.name.span, name)
                .did_you_mean(nearest_names(name, type_names()))
                .help(
                    "numbers are `u8` to `u64`, `s8` to `s64` and, in hexadecimal, `x8` to `x64`");
            return false;
        }
        spec.kind = named != std::end(named_types) ? named->second : Kind::integer;
        if (builtin) spec.element = *builtin;
        if (spec.kind == Kind::symbol) spec.element = integer_type(8, false, Display::symbol);
        spec.user = name == "ustring";
        return true;
    }

    bool read_bits(FieldTypeSpec& spec) {
        const auto offset = expressions_.integer(scope_, *type_.bit_offset, "the offset", 0, 63);
        const auto width =
            offset ? expressions_.integer(scope_, *type_.bit_width, "the width", 1, 64 - *offset)
                   : std::nullopt;
        if (!width) return false;
        spec.bit_offset = static_cast<std::uint8_t>(*offset);
        spec.bit_width = static_cast<std::uint8_t>(*width);
        return true;
    }

    bool read_count(FieldTypeSpec& spec) {
        const bool is_element = spec.kind == Kind::integer || spec.kind == Kind::boolean ||
                                spec.kind == Kind::character || spec.kind == Kind::symbol;
        if (!is_element && spec.kind != Kind::string && spec.kind != Kind::bytes) {
            malformed("has no arrays");
            return false;
        }
        const auto count = expressions_.integer(scope_, *type_.count, "the count", 1, max_count);
        if (!count) return false;
        spec.count = static_cast<std::uint32_t>(*count);
        if (is_element) spec.kind = Kind::array;
        return true;
    }

    std::nullopt_t malformed(std::string_view what) {
        context_.sink.report(diag::malformed_field_type, type_.span,
                             context_.words(type_.name.span), what);
        return std::nullopt;
    }

    const Context& context_;
    Expressions& expressions_;
    const ExprScope& scope_;
    const syntax::FieldType& type_;
};

} // namespace

std::optional<FieldTypeSpec> read_field_type(const Context& context, Expressions& expressions,
                                             const ExprScope& scope,
                                             const syntax::FieldType& type) {
    return TypeReader(context, expressions, scope, type).read();
}

FieldInfo field_info(const syntax::Field& field, const std::optional<FieldTypeSpec>& type) {
    FieldInfo info{std::string(field.name.text), {}, {}, type.has_value()};
    if (!type) return info;
    switch (type->kind) {
    case Kind::integer:
    case Kind::boolean:
    case Kind::character:
    case Kind::symbol: info.type = type->element; break;
    case Kind::string: info.type = string_type(type->count); break;
    case Kind::enumeration: info.known = false; break;
    case Kind::bits: info.type = integer_type(8, false); break;
    case Kind::array:
    case Kind::bytes: info.type.kind = TypeKind::array; break;
    case Kind::errno_code: info.type = integer_type(8, true, Display::errno_code); break;
    case Kind::ipv4: info.type = integer_type(4, false, Display::ipv4); break;
    case Kind::ipv6:
        info.type.kind = TypeKind::bytes;
        info.type.display = Display::ipv6;
        break;
    case Kind::port: info.type = integer_type(2, false, Display::port); break;
    }
    info.range = range_of(info.type);
    if (type->kind == Kind::bits) info.range = range_of_bits(type->bit_width, false);
    return info;
}

namespace {

class SourceChecker {
public:
    SourceChecker(const Context& context, std::size_t file, PointKind kind)
        : context_(context), file_(file), kind_(kind) {}

    bool check(syntax::ExprId id) {
        const syntax::Expr& expr = context_.expr(file_, id);
        const bool is_register = std::holds_alternative<syntax::RegisterExpr>(expr.node);
        if (is_register && kind_ == PointKind::tracepoint)
            return off_tracepoint(context_.words(expr.span), expr.span);
        return std::visit(Overloaded{
                              [&](const syntax::NameExpr& e) { return name(e.name); },
                              [&](const syntax::MemberExpr& e) { return check(e.base); },
                              [&](const syntax::IndexExpr& e) { return element(e, expr.span); },
                              [&](const syntax::UnaryExpr& e) { return check(e.operand); },
                              [&](const syntax::BinaryExpr& e) { return both(e.left, e.right); },
                              [&](const syntax::TernaryExpr& e) {
                                  const bool condition = check(e.condition);
                                  return both(e.then, e.otherwise) && condition;
                              },
                              [&](const syntax::CastExpr& e) { return check(e.operand); },
                              [&](const syntax::CallExpr& e) { return call(e, expr.span); },
                              [](const auto&) { return true; },
                          },
                          expr.node);
    }

    bool name(const syntax::Name& name) {
        const bool of_function = name.text == "retval" || argument_index(name.text).has_value();
        if (of_function && kind_ == PointKind::tracepoint)
            return off_tracepoint(std::string(name.text), name.span);
        if (name.text == "retval" && kind_ != PointKind::function_return) {
            context_.sink.report(diag::retval_off_return, name.span)
                .help("use a probe `on return`, or the `exit` part of a `call`");
            return false;
        }
        if (!argument_index(name.text) || kind_ == PointKind::entry) return true;
        auto report = context_.sink.report(diag::argument_off_entry, name.span, name.text);
        report.help(kind_ == PointKind::function_return
                        ? "read it in `enter` of a `call`; the call has the fields of both ends"
                        : "read the register that holds it at this instruction: `%di`");
        return false;
    }

private:
    bool off_tracepoint(const std::string& words, Span span) {
        context_.sink.report(diag::off_tracepoint, span, words)
            .help("name a field of the event, or what one points to");
        return false;
    }

    bool call(const syntax::CallExpr& call, Span span) {
        const bool is_known = call.callee.text == "user" || call.callee.text == "this_cpu";
        if (is_known && call.arguments.size() == 1) return check(call.arguments.front());
        context_.not_supported("calls but `user(pointer)` and `this_cpu(@variable)` are", span);
        return false;
    }

    bool element(const syntax::IndexExpr& element, Span span) {
        const auto* name = std::get_if<syntax::NameExpr>(&context_.expr(file_, element.base).node);
        const bool is_slot = name != nullptr && name->name.text == "stack";
        if (is_slot && kind_ == PointKind::tracepoint)
            return off_tracepoint(context_.words(span), span);
        return both(element.base, element.index);
    }

    bool both(syntax::ExprId left, syntax::ExprId right) {
        const bool left_good = check(left);
        return check(right) && left_good;
    }

    const Context& context_;
    std::size_t file_;
    PointKind kind_;
};

} // namespace

bool check_sources(const Context& context, std::size_t file, const syntax::Field& field,
                   PointKind kind) {
    SourceChecker checker(context, file, kind);
    bool good = !field.sources.empty() || checker.name(field.name);
    for (const syntax::ExprId source : field.sources)
        good &= checker.check(source);
    return good;
}

} // namespace kps::sema
