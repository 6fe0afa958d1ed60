#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/session.hpp"

namespace kps::collect {

/// Runs a job on the running kernel, which takes root; emits `Hello` and then the job's messages.
/// Should this process be killed or crash meanwhile, a process that it leaves behind cleans up.
/// Names of the job must begin with `name_prefix(this_process())`. An error: it could not begin at
/// all.
Result<Done> collect_here(const Job& job, const Emit& emit, const Interrupt& interrupt);

} // namespace kps::collect
