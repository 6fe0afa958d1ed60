#include "compiler/syntax/dump_parts.hpp"

#include "compiler/base/overloaded.hpp"

#include <fmt/core.h>

namespace kps::syntax {

namespace {

std::string_view spelling(UnaryOperator op) {
    switch (op) {
    case UnaryOperator::minus: return "-";
    case UnaryOperator::complement: return "~";
    case UnaryOperator::logical_not: return "!";
    case UnaryOperator::dereference: return "*";
    case UnaryOperator::address_of: return "&";
    }
    return "";
}

std::string dump(const IntegerLiteral& literal) {
    constexpr std::string_view units[] = {"", "ns", "B"};
    return fmt::format("{}{}", literal.value, units[static_cast<unsigned>(literal.unit)]);
}

std::string dump(const CType& type) {
    return fmt::format("{}{}{}{}", type.tag, type.tag.empty() ? "" : " ", type.name.text,
                       std::string(type.pointers, '*'));
}

struct ExprDumper {
    const File& file;

    std::string sub(ExprId id) const { return dump(file, id); }

    std::string operator()(const IntegerLiteral& e) const { return dump(e); }
    std::string operator()(const DecimalLiteral& e) const { return fmt::format("{}", e.value); }
    std::string operator()(const StringLiteral& e) const { return dump_text(e.value); }
    std::string operator()(const CharLiteral& e) const {
        return fmt::format("(char {})", dump_text({&e.value, 1}));
    }
    std::string operator()(const IpLiteral& e) const {
        return fmt::format("(ip {})", dump_text(e.bytes));
    }
    std::string operator()(const NameExpr& e) const { return std::string(e.name.text); }
    std::string operator()(const RegisterExpr& e) const { return fmt::format("%{}", e.name.text); }
    std::string operator()(const SymbolExpr& e) const { return fmt::format("@{}", e.name.text); }
    std::string operator()(const MemberExpr& e) const {
        return fmt::format("({} {} {})", e.arrow ? "->" : ".", sub(e.base), e.member.text);
    }
    std::string operator()(const IndexExpr& e) const {
        return fmt::format("([] {} {})", sub(e.base), sub(e.index));
    }
    std::string operator()(const UnaryExpr& e) const {
        return fmt::format("({} {})", spelling(e.op), sub(e.operand));
    }
    std::string operator()(const BinaryExpr& e) const {
        return fmt::format("({} {} {})", syntax::spelling(e.op), sub(e.left), sub(e.right));
    }
    std::string operator()(const TernaryExpr& e) const {
        return fmt::format("(?: {} {} {})", sub(e.condition), sub(e.then), sub(e.otherwise));
    }
    std::string operator()(const InRangeExpr& e) const {
        return fmt::format("(in {} {} {})", sub(e.value), sub(e.low), sub(e.high));
    }
    std::string operator()(const CastExpr& e) const {
        return fmt::format("(cast {} {})", dump(e.type), sub(e.operand));
    }
    std::string operator()(const CallExpr& e) const {
        std::string text = fmt::format("(call {}", e.callee.text);
        for (const ExprId argument : e.arguments)
            text += " " + sub(argument);
        return text + ")";
    }
};

} // namespace

std::string_view spelling(BinaryOperator op) {
    constexpr std::string_view signs[] = {"*", "/",  "%",  "+",  "-", "<<", ">>", "<",  "<=",
                                          ">", ">=", "==", "!=", "&", "^",  "|",  "&&", "||"};
    return signs[static_cast<unsigned>(op)];
}

std::string dump(const File& file, ExprId id) {
    return std::visit(ExprDumper{file}, file.exprs[id].node);
}

std::string dump_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            quoted += fmt::format("\\{}", c);
        else if (byte < 0x20 || byte > 0x7e)
            quoted += fmt::format("\\x{:02x}", byte);
        else
            quoted += c;
    }
    return quoted + "\"";
}

} // namespace kps::syntax
