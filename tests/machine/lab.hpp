#pragma once

#include "compiler/kernel/open.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/judge/judge.hpp"
#include "runtime/machine/machine.hpp"

#include <map>
#include <memory>
#include <string>

namespace kps::machine {

/// A spec's first test, run and judged, with all that a report would not show.
struct Observed {
    sema::ResolvedSpec spec;
    hits::Trace trace;
    judge::TestResult result;

    /// Verdicts by the words of the expectations.
    [[nodiscard]] std::map<std::string, std::string> verdicts() const;
    /// A field of a hit, as reports show it.
    [[nodiscard]] std::string shown(const hits::Hit& hit, const std::string& field) const;
};

/// A booted kernel on which specs are run one after the other. Nothing of it survives the tests:
/// the machine ends with the process.
class Lab {
public:
    /// The one for `kernel`, booted when it is first asked for, with all programs that the tests'
    /// workloads need. Throws if it does not boot.
    static Lab& on(const std::string& kernel);

    /// What the kernel says to these lines for `kprobe_events`, of group `kps_refused`; throws if
    /// it takes them all.
    collect::Refused refused(const std::vector<std::string>& lines);

    /// Throws if the spec does not compile or the machine fails.
    Observed run(const std::string& spec, std::uint32_t buffer_kib_per_cpu = 4096);

private:
    Lab(std::shared_ptr<const kernel::KernelView> view, Machine machine)
        : view_(std::move(view)), machine_(std::move(machine)) {}

    std::shared_ptr<const kernel::KernelView> view_;
    Machine machine_;
    std::uint32_t jobs_ = 0;
};

} // namespace kps::machine
