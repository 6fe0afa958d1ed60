#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"
#include "runtime/cli/target.hpp"

namespace kps::cli {

/// Now, UTC: `2026-11-21T03:00:00`.
std::string utc_now();

/// Whether a test is not skipped.
bool has_work(const std::vector<Compiled>& specs);

/// Where `options.kernel` runs, with what the tests need.
Result<std::unique_ptr<Target>> target_for(const RunOptions& options,
                                           const std::vector<Compiled>& specs,
                                           const Interruption& interruption, Terminal& terminal);

/// On this machine, the file that `--add` puts at a path of the guest; the same path where it puts
/// none. `add` must live as long.
sema::LocateProgram locate_added(const std::vector<std::string>& add);

} // namespace kps::cli
