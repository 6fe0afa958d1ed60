#pragma once

#include "compiler/tracefs_backend/commands.hpp"
#include "runtime/collect/messages.hpp"

namespace kps::cli {

/// How long probes stay live after the workload where hits may still come, at most.
inline constexpr std::uint64_t max_drain_ns = 10'000'000'000;

/// The work of one test; the events to enable are left to the caller. `number` is unique within the
/// run, `group` is the group of `commands` and the name of the instance.
collect::Job job_for(const sema::Test& test, const tracefs::Commands& commands,
                     const std::string& group, std::uint32_t number, std::uint64_t limit_ns);

} // namespace kps::cli
