#pragma once

#include "runtime/cli/attempt.hpp"

#include <chrono>
#include <utility>

namespace kps::cli {

/// `--fail-fast`: ends the job of a test once the test fails whatever is still to come. What was
/// told so far is judged as a run that was cut short there. Losses are counted only in the end, so
/// that the verdict on the whole may be milder.
class FailFast {
public:
    /// Both are kept.
    FailFast(const Trial& trial, const collect::Job& job) : trial_(trial), job_(job) {}

    /// `message` has been taken by `builder`, of which a copy is finished only when all hits up to
    /// some time are known, and a quarter of the time at most.
    void look(const collect::Message& message, const auto& builder) {
        const auto* const told = std::get_if<collect::ToldUntil>(&message.body);
        if (told == nullptr || !trial_.options.fail_fast || ended_) return;
        const auto begun = Clock::now();
        if (begun < next_look_) return;
        auto so_far = builder;
        weigh(std::move(so_far).finish(), told->time_ns, begun);
    }

    /// Gives the reason for the end to the trace of a job that was ended.
    void explain(Result<hits::Trace>& trace) const;

private:
    using Clock = std::chrono::steady_clock;

    void weigh(Result<hits::Trace> trace, std::uint64_t until_ns, Clock::time_point begun);
    [[nodiscard]] bool fails(hits::Trace trace, std::uint64_t until_ns) const;

    const Trial& trial_;
    const collect::Job& job_;
    Clock::time_point next_look_;
    bool ended_ = false;
};

} // namespace kps::cli
