#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

#include <functional>

namespace kps::judge {

/// Judges in each part of the run that the scope names, and takes the worst that comes of it. Where
/// it is not certain which parts there are it cannot be told; where there is none, nothing was
/// shown. `judge` judges what `seen` looks at; the streams it needs are known to `streams`.
Finding judge_in_parts(Observation& seen, Streams& streams, const sema::Scope& scope,
                       const std::function<Finding()>& judge);

} // namespace kps::judge
