#include "runtime/collect/instance.hpp"

#include "runtime/collect/files.hpp"

#include <cerrno>

namespace kps::collect {
namespace {

std::string enable_file(const Event& event) {
    return "events/" + event.group + "/" + event.name + "/enable";
}

} // namespace

Result<std::unique_ptr<Instance>> Instance::create(Tracefs& tracefs, const std::string& name,
                                                   std::uint32_t buffer_kib_per_cpu) {
    const std::string path = "instances/" + name;
    const int error = tracefs.make_directory(path);
    if (error == EEXIST)
        return fail("the tracefs instance '" + name + "' exists already",
                    "a run that was killed may have left it: remove it with rmdir");
    if (error != 0)
        return fail("cannot create the tracefs instance '" + name + "': " + describe_errno(error),
                    access_hint(error));
    std::unique_ptr<Instance> instance(new Instance(tracefs, path));
    auto done = instance->set("trace_clock", "mono");
    if (done) done = instance->set("buffer_size_kb", std::to_string(buffer_kib_per_cpu));
    if (!done) return std::unexpected(done.error());
    return instance;
}

Instance::~Instance() {
    [[maybe_unused]] const auto removed = remove();
}

Result<void> Instance::set(const std::string& file, std::string_view value) {
    const int error = tracefs_.write(path_ + "/" + file, value);
    if (error == 0) return {};
    return fail("cannot write '" + std::string(value) + "' to " + path_ + "/" + file +
                    " of tracefs: " + describe_errno(error),
                access_hint(error));
}

Result<void> Instance::follow_children() {
    return set("options/event-fork", "1");
}

Result<void> Instance::record_task(pid_t task) {
    return set("set_event_pid", std::to_string(task));
}

void Instance::ignore_task(pid_t task) {
    [[maybe_unused]] const auto done = set("set_event_notrace_pid", std::to_string(task));
}

Result<void> Instance::enable(const Event& event) {
    return set(enable_file(event), "1");
}

void Instance::disable(const Event& event) {
    [[maybe_unused]] const auto done = set(enable_file(event), "0");
}

Result<void> Instance::remove() {
    if (removed_) return {};
    const int error = tracefs_.remove_directory(path_);
    removed_ = error == 0;
    if (removed_) return {};
    return fail("cannot remove " + path_ + " of tracefs: " + describe_errno(error));
}

} // namespace kps::collect
