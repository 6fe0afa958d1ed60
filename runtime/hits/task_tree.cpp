#include "runtime/hits/task_tree.hpp"

#include <algorithm>

namespace kps::hits {

namespace {

constexpr std::uint64_t clone_thread = 0x10000; // CLONE_THREAD, include/uapi/linux/sched.h
constexpr std::size_t longest_comm = 15;        // TASK_COMM_LEN less the NUL

std::optional<std::uint64_t> number(const EventLayout& layout, std::string_view name,
                                    Bytes record) {
    const EventField* field = layout.find(name);
    if (!field || field->size > 8) return std::nullopt;
    return read_integer(record, field->offset, field->size);
}

std::optional<std::string_view> text(const EventLayout& layout, std::string_view name,
                                     Bytes record) {
    const EventField* field = layout.find(name);
    if (!field) return std::nullopt;
    std::size_t offset = field->offset;
    std::size_t length = field->size;
    if (field->is_text) {
        const auto location = read_integer(record, field->offset, 4);
        if (!location) return std::nullopt;
        offset = *location & 0xffff;
        length = *location >> 16;
    }
    if (length > record.size() || offset > record.size() - length) return std::nullopt;
    const std::string_view all = text_of(record.subspan(offset, length));
    return all.substr(0, all.find('\0'));
}

std::string_view comm_of_file(std::string_view file) {
    return file.substr(file.find_last_of('/') + 1, longest_comm);
}

} // namespace

std::optional<TaskEvent::Kind> task_event_kind(std::string_view group, std::string_view name) {
    if (group == "task" && name == "task_newtask") return TaskEvent::Kind::created;
    if (group == "task" && name == "task_rename") return TaskEvent::Kind::renamed;
    if (group == "sched" && name == "sched_process_exec") return TaskEvent::Kind::executed;
    return std::nullopt;
}

std::optional<TaskEvent> read_task_event(TaskEvent::Kind kind, const EventLayout& layout,
                                         Bytes record) {
    const auto actor = number(layout, "common_pid", record);
    const auto tid = number(layout, "pid", record);
    if (!actor || !tid) return std::nullopt;
    TaskEvent event{
        kind, static_cast<std::uint32_t>(*actor), static_cast<std::uint32_t>(*tid), false, {}};
    std::string_view comm_field = "comm";
    if (kind == TaskEvent::Kind::renamed) comm_field = "newcomm";
    if (kind == TaskEvent::Kind::executed) comm_field = "filename";
    const auto comm = text(layout, comm_field, record);
    if (!comm) return std::nullopt;
    event.comm = kind == TaskEvent::Kind::executed ? comm_of_file(*comm) : *comm;
    if (kind == TaskEvent::Kind::created) {
        const auto flags = number(layout, "clone_flags", record);
        if (!flags) return std::nullopt;
        event.is_thread = (*flags & clone_thread) != 0;
    }
    return event;
}

void TaskTree::add_root(std::uint32_t tid) {
    tasks_[tid] = {tid, {}, false};
}

const Task& TaskTree::find(std::uint32_t tid) const {
    const auto found = tasks_.find(tid);
    return found == tasks_.end() ? unknown_ : found->second;
}

bool TaskTree::waits() const {
    return std::ranges::any_of(tasks_, [](const auto& task) { return !task.second.counts; });
}

void TaskTree::create(const TaskEvent& event) {
    const Task& parent = find(event.actor);
    tasks_[event.tid] = {event.is_thread ? parent.pid : event.tid, event.comm, parent.counts};
}

void TaskTree::apply(const TaskEvent& event) {
    switch (event.kind) {
    case TaskEvent::Kind::created: create(event); break;
    case TaskEvent::Kind::renamed: tasks_[event.tid].comm = event.comm; break;
    case TaskEvent::Kind::executed: tasks_[event.tid] = {event.tid, event.comm, true}; break;
    }
}

} // namespace kps::hits
