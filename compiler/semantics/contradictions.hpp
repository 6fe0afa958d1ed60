#pragma once

#include "compiler/semantics/context.hpp"

namespace kps::sema {

/// Reports orders of a test that no run can hold together: hits that each must be followed by
/// another in a circle (`A then B`, `B then A`), and that each must come after another.
void check_orders(const Context& context, const Test& test);

} // namespace kps::sema
