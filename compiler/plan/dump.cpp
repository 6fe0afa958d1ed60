#include "compiler/base/overloaded.hpp"
#include "compiler/plan/lower.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace kps::plan {

namespace {

std::string_view symbol_of(sema::UnaryOp op) {
    switch (op) {
    case sema::UnaryOp::minus: return "-";
    case sema::UnaryOp::complement: return "~";
    case sema::UnaryOp::logical_not: return "!";
    }
    return "?";
}

std::string_view symbol_of(sema::BinaryOp op) {
    switch (op) {
    case sema::BinaryOp::multiply: return "*";
    case sema::BinaryOp::divide: return "/";
    case sema::BinaryOp::remainder: return "%";
    case sema::BinaryOp::add: return "+";
    case sema::BinaryOp::subtract: return "-";
    case sema::BinaryOp::shift_left: return "<<";
    case sema::BinaryOp::shift_right: return ">>";
    case sema::BinaryOp::less: return "<";
    case sema::BinaryOp::less_equal: return "<=";
    case sema::BinaryOp::greater: return ">";
    case sema::BinaryOp::greater_equal: return ">=";
    case sema::BinaryOp::equal: return "==";
    case sema::BinaryOp::not_equal: return "!=";
    case sema::BinaryOp::bit_and: return "&";
    case sema::BinaryOp::bit_xor: return "^";
    case sema::BinaryOp::bit_or: return "|";
    case sema::BinaryOp::logical_and: return "&&";
    case sema::BinaryOp::logical_or: return "||";
    }
    return "?";
}

std::string integer_name(std::uint8_t size, bool is_signed) {
    return fmt::format("{}{}", is_signed ? 's' : 'u', 8 * size);
}

class Text {
public:
    Text(const Plan& plan, const Probe& probe) : plan_(plan), probe_(probe) {}

    [[nodiscard]] std::string of(sema::ExprId id) const {
        return std::visit(
            Overloaded{
                [&](const sema::Constant& n) {
                    return n.is_signed ? std::to_string(static_cast<std::int64_t>(n.bits))
                                       : std::to_string(n.bits);
                },
                [&](const sema::StringConstant& n) { return fmt::format("\"{}\"", n.value); },
                [&](const sema::FieldRef& n) {
                    return probe_.fetches.at(n.index).parts.front().name;
                },
                [&](const sema::ExtractBits& n) {
                    return fmt::format("bits({}, {}, {}{})", of(n.container), n.offset, n.width,
                                       n.is_signed ? ", signed" : "");
                },
                [&](const sema::Convert& n) {
                    return fmt::format("{}({})", integer_name(n.size, n.is_signed), of(n.operand));
                },
                [&](const sema::Unary& n) {
                    return fmt::format("{}{}", symbol_of(n.op), of(n.operand));
                },
                [&](const sema::Binary& n) {
                    return fmt::format("({} {} {})", of(n.left), symbol_of(n.op), of(n.right));
                },
                [&](const sema::Conditional& n) {
                    return fmt::format("({} ? {} : {})", of(n.condition), of(n.then),
                                       of(n.otherwise));
                },
                [](const auto&) -> std::string { return "?"; }, // lowered to a FieldRef
            },
            plan_.exprs[id].node);
    }

private:
    const Plan& plan_;
    const Probe& probe_;
};

std::string text(const Base& base) {
    switch (base.kind) {
    case BaseKind::argument: return fmt::format("arg{}", base.index + 1);
    case BaseKind::return_value: return "retval";
    case BaseKind::reg: return "%" + base.name;
    case BaseKind::stack: return fmt::format("stack[{}]", base.index);
    case BaseKind::symbol: return "@" + base.name;
    case BaseKind::comm: return "comm";
    case BaseKind::event_field: return "field " + base.name;
    }
    return "?";
}

std::string text(const Store& store) {
    return std::visit(Overloaded{
                          [](const StoreInteger& n) { return integer_name(n.size, n.is_signed); },
                          [](const StoreString&) -> std::string { return "string"; },
                          [](const StoreArray& n) {
                              return fmt::format("{}[{}]", integer_name(n.size, n.is_signed),
                                                 n.count);
                          },
                      },
                      store);
}

std::string text(const Fetch& fetch, const Probe& probe) {
    std::string line = text(fetch.base);
    for (const Step& step : fetch.steps)
        line += fmt::format(" -> [{:+}{}]", step.offset, step.user ? " user" : "");
    for (const std::uint32_t guard : fetch.guards)
        line += ", guard " + probe.fetches[guard].parts.front().name;
    if (fetch.parts.size() > 1) line += fmt::format(", {} parts", fetch.parts.size());
    return fmt::format("{} : {} = {}", fetch.parts.front().name, text(fetch.store), line);
}

std::string point(const Probe& probe) {
    const std::string& outer = probe.program.empty() ? probe.module : probe.program;
    std::string where = outer.empty() ? "" : outer + ":";
    where += probe.symbol;
    if (probe.offset != 0) where += fmt::format("+{:#x}", probe.offset);
    if (probe.text_offset) where += fmt::format(" (_text+{:#x})", probe.text_offset);
    if (probe.maxactive) where += fmt::format(" maxactive {}", probe.maxactive);
    if (probe.kind == sema::PointKind::tracepoint) return "tracepoint " + where;
    return (probe.kind == sema::PointKind::function_return ? "return " : "entry ") + where;
}

} // namespace

std::string dump(const Plan& plan) {
    std::string out;
    for (const Probe& probe : plan.probes) {
        out += fmt::format("probe {} : {}\n", probe.name, point(probe));
        out += fmt::format("  event {}{}{}\n", probe.event, probe.tally.empty() ? "" : ", tally ",
                           probe.tally);
        for (const Fetch& fetch : probe.fetches)
            out += fmt::format("  fetch {}\n", text(fetch, probe));
        const Text expr(plan, probe);
        for (const Field& field : probe.fields)
            out += fmt::format("  field {} = {}\n", field.name, expr.of(field.value));
    }
    return out;
}

} // namespace kps::plan
