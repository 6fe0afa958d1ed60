#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

namespace kps::judge {

/// The last hits, at most `max_context`, before the evidence of a finding about `expectation`:
/// those of the same key in the streams of a form with `by`, else all of the same task. None
/// without evidence.
std::vector<std::size_t> context_of(const Observation& seen, Streams& streams,
                                    const sema::Expectation& expectation, const Finding& finding);

} // namespace kps::judge
