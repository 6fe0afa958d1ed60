#pragma once

#include "compiler/base/overloaded.hpp"
#include "compiler/semantics/resolved.hpp"

#include <boost/container/static_vector.hpp>

namespace kps::sema {

using Operands = boost::container::static_vector<ExprId, 3>;

/// The expressions that one is computed from, in the order of its members.
inline Operands operands_of(const Expr& expr) {
    return std::visit(
        Overloaded{
            [](const OnThisCpu& n) -> Operands { return {n.address}; },
            [](const MemberAddress& n) -> Operands { return {n.base}; },
            [](const Load& n) -> Operands { return {n.address}; },
            [](const LoadString& n) -> Operands { return {n.address}; },
            [](const LoadBytes& n) -> Operands { return {n.address}; },
            [](const ExtractBits& n) -> Operands { return {n.container}; },
            [](const Convert& n) -> Operands { return {n.operand}; },
            [](const Unary& n) -> Operands { return {n.operand}; },
            [](const Binary& n) -> Operands { return {n.left, n.right}; },
            [](const Conditional& n) -> Operands { return {n.condition, n.then, n.otherwise}; },
            [](const auto&) -> Operands { return {}; },
        },
        expr.node);
}

} // namespace kps::sema
