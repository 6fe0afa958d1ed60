#pragma once

#include "compiler/semantics/arithmetic.hpp"
#include "runtime/hits/hit.hpp"

#include <functional>
#include <string_view>
#include <variant>

namespace kps::hits {

/// A value while it is computed with; a string belongs to the hit or to the expression.
using Operand = std::variant<Unreadable, sema::Integer, std::string_view>;

/// `value` of a field of type `type`. Arrays are not computed with: unreadable.
Operand operand_of(const Value& value, const sema::ValueType& type);

/// What a node reads: asked for `FieldRef` and for everything that only a probe can read
/// (`Argument` to `LoadBytes`), with the node's id.
using Read = std::function<Operand(sema::ExprId)>;

/// Computes an expression; unreadable where an unreadable operand matters. Strings are compared
/// byte by byte.
Operand evaluate(const Table<sema::Expr>& exprs, sema::ExprId id, const Read& read);

} // namespace kps::hits
