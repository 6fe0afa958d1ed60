#pragma once

#include "completions.hpp"
#include "judge_cases.hpp"

/// Expectations and traces of a few hits, such that all completions can be tried.
namespace kps::cases {

/// Every `where` and condition is met by some hits and not by others, and none is about the key or
/// about what is measured.
reference::Form small_form(Choices& c, reference::Form::Kind kind);

/// A form that is about returns as such is judged in a system: that those of a workload have an
/// entry each is nothing that a verdict rests on.
sema::HitScope small_scope(Choices& c, const reference::Form& form);

/// Up to 4 hits, and one or two that may have been lost. With `workload` no return is without its
/// entry.
hits::Trace small_trace(Choices& c, const reference::Form& form, sema::HitScope scope);

} // namespace kps::cases
