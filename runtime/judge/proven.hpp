#pragma once

#include "runtime/judge/streams.hpp"
#include "runtime/judge/verdict.hpp"

#include <map>

namespace kps::judge {

/// What is known of a test all of whose expectations were shown to hold.
struct Proven {
    std::vector<Finding> witnesses;                       ///< as many as the test's
    std::vector<Finding> expectations;                    ///< likewise
    std::map<sema::StreamId, Streams::Unjudged> unjudged; ///< of streams of calls
};

/// Judges a test of which that is known; `trace` has no hits. Without `show`s.
TestResult judge(const sema::ResolvedSpec& spec, const sema::Test& test, const hits::Trace& trace,
                 const Proven& proven);

} // namespace kps::judge
