#pragma once

#include "runtime/collect/messages.hpp"
#include "runtime/hits/symbol_names.hpp"

#include <map>

namespace kps::hits {

/// How a job went, from what a collector tells about it: when it was observed, how its commands
/// ended, why it ended early. Whatever records the hits adds them to `trace`.
class RunStory {
public:
    /// `job` is kept.
    explicit RunStory(const collect::Job& job) : job_(job) {}

    /// Everything else than the marks, commands and endings of this job is ignored.
    void take(const collect::Message& message);

    /// The first tasks of the workload's process trees.
    [[nodiscard]] const std::vector<std::uint32_t>& roots() const { return roots_; }

    /// Nothing is told any more. A run that was cut short was observed until `last_ns`, or until
    /// when everything was told.
    void end(std::uint64_t last_ns);
    std::size_t add_loss(Loss loss);
    /// Of all that was told, in `trace`.
    void name_symbols(const Addresses& addresses);
    /// After `end`: the trace with the losses of the time that was observed.
    Trace finish() &&;

    Trace trace;

private:
    void tell(const collect::Mark& mark);
    void tell(const collect::ToldUntil& told);
    void tell(const collect::CommandEnded& ended);
    void tell(const collect::Refused& refused);
    void tell(const collect::Rejected& rejected);
    void tell(const collect::Trouble& trouble);
    void tell(const collect::KernelSymbols& symbols) { kallsyms_ += symbols.text; }
    void tell(const collect::Done& done);

    const collect::Job& job_;
    std::vector<std::uint32_t> roots_;
    std::map<std::uint32_t, CommandResult> runs_; // by index
    std::string kallsyms_;
    bool done_ = false;
    bool drained_ = false;
};

} // namespace kps::hits
