#pragma once

#include "compiler/base/result.hpp"
#include "runtime/collect/messages.hpp"
#include "runtime/collect/tracefs.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kps::collect {

/// A tracefs instance of one's own: a ring buffer, clock and set of enabled events that nobody
/// else sees. It exists as long as this object, at most.
class Instance {
public:
    /// Makes `instances/NAME` with the clock `mono` and a buffer of that size.
    static Result<std::unique_ptr<Instance>> create(Tracefs& tracefs, const std::string& name,
                                                    std::uint32_t buffer_kib_per_cpu);
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    ~Instance();

    /// Below tracefs.
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Lets children of tasks whose events are recorded be recorded too.
    Result<void> follow_children();
    /// From the first call on, only events of the tasks named so far are recorded. Takes effect
    /// for a task that is running on whatever CPU, too.
    Result<void> record_task(pid_t task);
    /// Events of this task are never recorded. Does nothing before 5.7, which cannot do it.
    void ignore_task(pid_t task);
    Result<void> enable(const Event& event);
    void disable(const Event& event);
    /// Fails while one of its files is open; repeats have no effect.
    Result<void> remove();

private:
    Instance(Tracefs& tracefs, std::string path) : tracefs_(tracefs), path_(std::move(path)) {}
    Result<void> set(const std::string& file, std::string_view value);

    Tracefs& tracefs_;
    std::string path_;
    bool removed_ = false;
};

} // namespace kps::collect
