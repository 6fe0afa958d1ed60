#pragma once

#include "runtime/collect/messages.hpp"
#include "runtime/collect/teller.hpp"
#include "runtime/collect/tracefs.hpp"

#include <functional>

namespace kps::collect {

/// How a running job is told to stop early: `asked` says whether to. It is asked again after
/// whatever happens, and at once when `fd` can be read. An `fd` of -1: nothing wakes it.
struct Interrupt {
    int fd = -1;
    std::function<bool()> asked;
};

/// Runs one job on the kernel this runs on and emits its messages, `Done` last. Whatever happens,
/// no probe, instance or process of the job is left after it, or a `Trouble` says what is. The
/// calling thread must be the only one of its process that forks or waits for children meanwhile.
Done run_job(Tracefs& tracefs, const Job& job, const Emit& emit, const Interrupt& interrupt);

/// What there is to say about this kernel before any job.
Hello hello(Tracefs& tracefs);

} // namespace kps::collect
