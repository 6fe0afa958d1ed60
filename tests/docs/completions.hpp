#pragma once

#include "runtime/hits/hit.hpp"

namespace kps::docs {

/// Traces of runs that may have been seen as `trace`, with nothing unknown any more: what could not
/// be read has a value, up to two hits of each loss did happen, hits too close on different CPUs
/// have an order, and a run that was cut short went on. Some of all kinds of them, not all. Fields
/// are `k`, a key, and others, which are numbers.
std::vector<hits::Trace> completions(const hits::Trace& trace, const sema::ResolvedSpec& spec);

} // namespace kps::docs
