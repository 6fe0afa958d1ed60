#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

/// One function per form of expectation. Each fills a finding's verdict, reason, evidence and what
/// was seen and expected; text and span are the caller's. `subject`: its place in the test. What
/// the verdicts mean: docs/verdicts.md.
namespace kps::judge {

Finding judge_exists(const Observation& seen, Streams& streams, plan::Subject subject,
                     const sema::ExpectExists& expect);
Finding judge_count(const Observation& seen, Streams& streams, plan::Subject subject,
                    const sema::ExpectCount& expect);
Finding judge_every(const Observation& seen, Streams& streams, plan::Subject subject,
                    const sema::ExpectEvery& expect);
Finding judge_then(const Observation& seen, Streams& streams, const sema::ExpectThen& expect);
Finding judge_only_after(const Observation& seen, Streams& streams,
                         const sema::ExpectOnlyAfter& expect);
Finding judge_paired(const Observation& seen, Streams& streams, const sema::ExpectPaired& expect);
Finding judge_during(const Observation& seen, Streams& streams, const sema::ExpectDuring& expect);
Finding judge_no_overlap(const Observation& seen, Streams& streams,
                         const sema::ExpectNoOverlap& expect);
Finding judge_no_gap(const Observation& seen, Streams& streams, const sema::ExpectNoGap& expect);
Finding judge_follows(const Observation& seen, Streams& streams, const sema::ExpectFollows& expect);
Finding judge_distinct(const Observation& seen, Streams& streams,
                       const sema::ExpectDistinct& expect);
Finding judge_aggregate(const Observation& seen, Streams& streams, plan::Subject subject,
                        const sema::ExpectAggregate& expect);

Finding judge_witness(const Observation& seen, Streams& streams, plan::Subject subject,
                      const sema::StreamUse& witness);
/// What a `show` shows; text and span are the caller's.
Shown take_show(const Observation& seen, Streams& streams, plan::Subject subject,
                const sema::Show& show);
/// How the `index`-th command of the workload ended.
Finding judge_run(const sema::Test& test, std::size_t index, const hits::Trace& trace);

} // namespace kps::judge
