#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/tracefs.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// Names of the events of `group` in the text of `dynamic_events` or `kprobe_events`, in its order;
/// an event made of several probes once for each.
std::vector<std::string> events_of_group(std::string_view events, std::string_view group);

/// The counters of the events of `group`, each event once with the sums of its probes.
/// `kprobe_profile` has a line for each line of `kprobe_events` but without the group; an error if
/// the two do not fit together (someone made or removed a probe between the two being read).
Result<std::vector<ProbeProfile>> parse_profile(std::string_view kprobe_events,
                                                std::string_view kprobe_profile,
                                                std::string_view group);

/// The last entry of tracefs `error_log`: the line with the error, the command and the caret line.
std::string last_error(std::string_view error_log);

/// The events of one group of one's own; gone at the latest with this object.
class ProbeGroup {
public:
    ProbeGroup(Tracefs& tracefs, std::string group) : tracefs_(tracefs), group_(std::move(group)) {}
    ProbeGroup(const ProbeGroup&) = delete;
    ProbeGroup& operator=(const ProbeGroup&) = delete;
    ~ProbeGroup();

    /// Appends each line to its file, up to the first that the kernel refuses.
    std::optional<Refused> define(const std::vector<Definition>& lines);
    /// The kprobes' counters; the kernel counts no misses of other events.
    Result<std::vector<ProbeProfile>> profile();
    /// Removes all events of the group, whoever made them, by name and in reverse.
    Result<void> remove();

private:
    Tracefs& tracefs_;
    std::string group_;
    std::string list_ = "kprobe_events"; ///< the file that has all that was defined
    bool defined_ = false;               ///< there may be something to remove
};

} // namespace kps::collect
