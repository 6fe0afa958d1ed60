#pragma once

#include "compiler/semantics/resolved.hpp"

namespace kps::sema {

/// Whether it is proved that no hit meets all of `a` and all of `b`, both conditions over the same
/// stream. What is looked at are comparisons with constants, of one and the same expression, and
/// conditions beside their own negation; `&&`, `||` and `!` join them. False proves nothing.
bool exclude_each_other(const ResolvedSpec& spec, const std::vector<ExprId>& a,
                        const std::vector<ExprId>& b);

} // namespace kps::sema
