#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/cli/interruption.hpp"
#include "runtime/collect/messages.hpp"

#include <functional>
#include <memory>

namespace kps::cli {

/// Where jobs run: the running kernel, or one in a machine that is booted once for all of them.
class Target {
public:
    virtual ~Target() = default;
    /// Runs one job; `take` gets its messages as they come. An error says why the target cannot go
    /// on; what came before it was given to `take`.
    virtual Result<void> run(const collect::Job& job,
                             const std::function<void(const collect::Message&)>& take) = 0;
    /// Ends the job that runs early; for `take`.
    virtual void stop(const collect::Job& job) = 0;
    /// What names of groups and instances begin with, before `_` and a number.
    [[nodiscard]] virtual std::string name_prefix() const = 0;
    [[nodiscard]] virtual std::string place() const = 0;     ///< `QEMU, software emulation`
    [[nodiscard]] virtual std::uint64_t boot_ns() const = 0; ///< 0 if nothing was booted
};

/// The running kernel, from which what runs that were killed have left is removed first. Fails
/// without root or tracefs. `interruption` ends a job early and must live as long.
Result<std::unique_ptr<Target>> running_target(const Interruption& interruption,
                                               Terminal& terminal);
/// What the tests need in a machine.
struct MachineNeeds {
    std::vector<std::string> commands; ///< whose programs are put in
    std::vector<std::string> probed;   ///< paths of programs
    std::vector<std::string> modules;  ///< of the kernel, whose functions are probed
};
/// Boots `options.kernel` with what is needed; progress goes to `terminal`. `interruption` ends the
/// boot or a job and must live as long.
Result<std::unique_ptr<Target>> machine_target(const RunOptions& options, const MachineNeeds& needs,
                                               const Interruption& interruption,
                                               Terminal& terminal);

} // namespace kps::cli
