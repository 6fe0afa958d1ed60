#pragma once

#include "runtime/hits/event_format.hpp"
#include "runtime/hits/ring_buffer_page.hpp"

#include <optional>
#include <string_view>
#include <unordered_map>

namespace kps::hits {

/// What the kernel's own events tell of tasks: `task:task_newtask`, `sched:sched_process_exec`,
/// `task:task_rename` (include/trace/events/task.h and sched.h, v6.1 to v6.12).
struct TaskEvent {
    enum class Kind : std::uint8_t { created, executed, renamed };
    Kind kind = Kind::created;
    std::uint32_t actor = 0; ///< tid of the task that did it
    std::uint32_t tid = 0;   ///< of the task concerned; of a program, that of its first thread
    bool is_thread = false;  ///< created: in the process of its creator
    std::string_view comm;   ///< executed: the last part of the file's name; part of the record
};

/// The kind of event `GROUP:NAME`, if it is one of these.
std::optional<TaskEvent::Kind> task_event_kind(std::string_view group, std::string_view name);
/// Nothing if the record is too short or the event lacks a field.
std::optional<TaskEvent> read_task_event(TaskEvent::Kind kind, const EventLayout& layout,
                                         Bytes record);

struct Task {
    std::uint32_t pid = 0; ///< 0 if not known
    std::string_view comm; ///< empty if not known
    bool counts = true;    ///< not a root that still waits for its program
};

/// Which process a task belongs to, what it is called and whether its hits count, from task events
/// in the order of time. The events' texts must outlive it.
class TaskTree {
public:
    /// The first task of a process tree. Its hits count from its first program on.
    void add_root(std::uint32_t tid);
    void apply(const TaskEvent& event);
    [[nodiscard]] const Task& find(std::uint32_t tid) const;
    /// Whether some root has not been seen to run its program.
    [[nodiscard]] bool waits() const;

private:
    void create(const TaskEvent& event);

    std::unordered_map<std::uint32_t, Task> tasks_;
    Task unknown_;
};

} // namespace kps::hits
