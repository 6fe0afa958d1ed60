#pragma once

#include "runtime/cli/attempt.hpp"

#include <chrono>
#include <functional>

namespace kps::cli {

/// `--fail-fast`: ends the job of a test once the test fails whatever is still to come. What was
/// told so far is judged as a run that was cut short there. Losses are counted only in the end, so
/// that the verdict on the whole may be milder.
class FailFast {
public:
    /// Both are kept.
    FailFast(const Trial& trial, const collect::Job& job) : trial_(trial), job_(job) {}

    /// `message` has been taken; `so_far` makes a trace of all that was. It is called only when all
    /// hits up to some time are known, and takes a quarter of the time at most.
    void look(const collect::Message& message, const std::function<Result<hits::Trace>()>& so_far);

    /// Gives the reason for the end to the trace of a job that was ended.
    void explain(Result<hits::Trace>& trace) const;

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] bool fails(hits::Trace trace, std::uint64_t until_ns) const;

    const Trial& trial_;
    const collect::Job& job_;
    Clock::time_point next_look_;
    bool ended_ = false;
};

} // namespace kps::cli
