#pragma once

#include "compiler/changes/change.hpp"
#include "compiler/changes/types.hpp"

namespace kps::changes {

/// What differs between two prototypes for those who read parameters and return values.
struct SignatureChange {
    Severity severity = Severity::harmless;
    std::vector<std::string> details; ///< empty: nothing does
};
SignatureChange compare_signatures(TypeRef old_prototype, TypeRef new_prototype);

/// How much of a prototype another one has, 0 to 1, a little less for each parameter that it has
/// besides; the names of parameters do not count.
double likeness(TypeRef was, TypeRef now);

} // namespace kps::changes
