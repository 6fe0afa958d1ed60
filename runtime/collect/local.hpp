#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/session.hpp"

namespace kps::collect {

/// Runs a job on the running kernel, which takes root; emits `Hello` and then the job's messages.
/// SIGINT and SIGTERM meanwhile end it early (`Done::complete` is false then) with everything
/// cleaned up; the former dispositions are restored. An error: it could not begin at all.
Result<Done> collect_here(const Job& job, const Emit& emit);

} // namespace kps::collect
