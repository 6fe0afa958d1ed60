#pragma once

#include "compiler/semantics/resolved.hpp"

#include <string_view>

/// How a spec writes them: `<=`, `!`, `in`, `p99.9`.
namespace kps::sema {

std::string_view spelling(BinaryOp op);
std::string_view spelling(UnaryOp op);
std::string_view spelling(CompareOp op);
std::string_view spelling(Aggregate function);

} // namespace kps::sema
