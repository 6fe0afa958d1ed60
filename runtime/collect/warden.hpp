#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/owner.hpp"
#include "runtime/collect/tracefs.hpp"

#include <sys/types.h>

#include <memory>

namespace kps::collect {

/// A process that sleeps as long as this one lives and, should this one be killed or crash while
/// the object exists, removes at once all that is this one's (see `sweep`). Only if it is killed
/// too is that left to the next start of kps.
class Warden {
public:
    /// Forks it; `owner` is this process. The calling thread has to live as long as the object.
    static Result<std::unique_ptr<Warden>> post(Tracefs& tracefs, const Owner& owner);
    Warden(const Warden&) = delete;
    Warden& operator=(const Warden&) = delete;
    /// Ends it.
    ~Warden();

private:
    explicit Warden(pid_t pid) : pid_(pid) {}
    pid_t pid_;
};

} // namespace kps::collect
