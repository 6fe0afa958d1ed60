#pragma once

#include "runtime/cli/commands.hpp"
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
    [[nodiscard]] virtual std::string place() const = 0;     ///< `QEMU, software emulation`
    [[nodiscard]] virtual std::uint64_t boot_ns() const = 0; ///< 0 if nothing was booted
};

/// The running kernel. Fails without root or tracefs.
Result<std::unique_ptr<Target>> running_target();
/// Boots `options.kernel` with the programs that `commands` name; progress goes to `terminal`.
Result<std::unique_ptr<Target>> machine_target(const RunOptions& options,
                                               const std::vector<std::string>& commands,
                                               Terminal& terminal);

} // namespace kps::cli
