#include "compiler/semantics/spelling.hpp"

#include <utility>

namespace kps::sema {

std::string_view spelling(BinaryOp op) {
    switch (op) {
    case BinaryOp::multiply: return "*";
    case BinaryOp::divide: return "/";
    case BinaryOp::remainder: return "%";
    case BinaryOp::add: return "+";
    case BinaryOp::subtract: return "-";
    case BinaryOp::shift_left: return "<<";
    case BinaryOp::shift_right: return ">>";
    case BinaryOp::less: return "<";
    case BinaryOp::less_equal: return "<=";
    case BinaryOp::greater: return ">";
    case BinaryOp::greater_equal: return ">=";
    case BinaryOp::equal: return "==";
    case BinaryOp::not_equal: return "!=";
    case BinaryOp::bit_and: return "&";
    case BinaryOp::bit_xor: return "^";
    case BinaryOp::bit_or: return "|";
    case BinaryOp::logical_and: return "&&";
    case BinaryOp::logical_or: return "||";
    }
    std::unreachable();
}

std::string_view spelling(UnaryOp op) {
    switch (op) {
    case UnaryOp::minus: return "-";
    case UnaryOp::complement: return "~";
    case UnaryOp::logical_not: return "!";
    }
    std::unreachable();
}

std::string_view spelling(CompareOp op) {
    switch (op) {
    case CompareOp::equal: return "==";
    case CompareOp::not_equal: return "!=";
    case CompareOp::less: return "<";
    case CompareOp::less_equal: return "<=";
    case CompareOp::greater: return ">";
    case CompareOp::greater_equal: return ">=";
    case CompareOp::in: return "in";
    }
    std::unreachable();
}

std::string_view spelling(Aggregate function) {
    switch (function) {
    case Aggregate::min: return "min";
    case Aggregate::max: return "max";
    case Aggregate::mean: return "mean";
    case Aggregate::sum: return "sum";
    case Aggregate::stddev: return "stddev";
    case Aggregate::p50: return "p50";
    case Aggregate::p90: return "p90";
    case Aggregate::p99: return "p99";
    case Aggregate::p99_9: return "p99.9";
    }
    std::unreachable();
}

} // namespace kps::sema
