#pragma once

#include "compiler/semantics/resolved.hpp"
#include "runtime/collect/messages.hpp"

namespace kps::cli {

/// How long probes stay live after the workload where hits may still come, at most.
inline constexpr std::uint64_t max_drain_ns = 10'000'000'000;

/// The work of one test; what is attached is left to the caller. `number` is unique within the run,
/// `group` the name of all that is made in tracefs. `test` is of `spec`.
collect::Job job_for(const sema::ResolvedSpec& spec, const sema::Test& test,
                     const std::string& group, std::uint32_t number, std::uint32_t limit_s);

} // namespace kps::cli
