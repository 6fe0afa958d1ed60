#pragma once

#include "runtime/collect/messages.hpp"
#include "runtime/collect/teller.hpp"
#include "runtime/collect/tracefs.hpp"

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace kps::collect {

/// The probes of one job and what they record. Steps that return bool have told why when they
/// return false; in the end, and after whatever failed, comes `take_down`.
class Recorder {
public:
    Recorder() = default;
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    /// Removes what is still there.
    virtual ~Recorder() = default;

    /// Makes the probes; nothing is recorded yet.
    virtual bool make() = 0;
    /// From now on hits are recorded: of the trees of these tasks, none of which has begun, or of
    /// all tasks if there are none. The time from which every hit is; none if it failed.
    virtual std::optional<std::uint64_t> go_live(const std::vector<pid_t>& roots) = 0;
    /// What becomes readable when there is something to fetch.
    virtual void add_to(std::vector<pollfd>& wanted) const = 0;
    /// Tells some of what is recorded; true if there may be more at once.
    virtual bool fetch() = 0;
    /// Nothing that happens later is counted where that cannot be told from the time of a hit.
    virtual bool pause() = 0;
    /// Tells the rest and what was lost, if it was live, and removes everything.
    virtual bool take_down() = 0;
};

std::unique_ptr<Recorder> tracefs_recorder(Tracefs& tracefs, const Job& job, const Teller& tell);
std::unique_ptr<Recorder> bpf_recorder(Tracefs& tracefs, const Job& job, const Teller& tell);

} // namespace kps::collect
