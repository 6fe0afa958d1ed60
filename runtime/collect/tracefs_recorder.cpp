#include "runtime/collect/clock.hpp"
#include "runtime/collect/cpu_reader.hpp"
#include "runtime/collect/instance.hpp"
#include "runtime/collect/probe_group.hpp"
#include "runtime/collect/recorder.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace kps::collect {
namespace {

constexpr std::size_t pages_per_look = 256;

/// Recorded with every job: who is whose child, in which process, and from when on a task is the
/// program that the job names.
const std::array<Event, 3> task_events = {{
    {"task", "task_newtask"},
    {"sched", "sched_process_fork"},
    {"sched", "sched_process_exec"},
}};

std::vector<Event> events_of(const Job& job) {
    std::vector<Event> all(task_events.begin(), task_events.end());
    for (const Event& event : job.enable) {
        const bool known = std::ranges::any_of(all, [&](const Event& other) {
            return other.group == event.group && other.name == event.name;
        });
        if (!known) all.push_back(event);
    }
    return all;
}

/// Events of a tracefs instance, whose pages are told as they are.
class TracefsRecorder final : public Recorder {
public:
    TracefsRecorder(Tracefs& tracefs, const Job& job, const Teller& tell)
        : tracefs_(tracefs), job_(job), tell_(tell), events_(events_of(job)),
          probes_(tracefs, job.group) {}

    bool make() override;
    std::optional<std::uint64_t> go_live(const std::vector<pid_t>& roots) override;
    void add_to(std::vector<pollfd>& wanted) const override;
    bool fetch() override { return read(pages_per_look); }
    bool pause() override { return true; } // the time of a hit tells
    bool take_down() override;

private:
    bool describe();
    bool open_readers();
    bool choose_tasks(const std::vector<pid_t>& roots);
    bool read(std::size_t pages);
    bool tell_losses();

    Tracefs& tracefs_;
    const Job& job_;
    const Teller& tell_;
    std::vector<Event> events_;
    bool live_ = false;

    // destroyed in reverse: open files, the instance (which needs them closed), and the probes
    // (which need the instance's events disabled)
    ProbeGroup probes_;
    std::unique_ptr<Instance> instance_;
    std::vector<CpuReader> readers_;
};

bool TracefsRecorder::make() {
    auto instance = Instance::create(tracefs_, job_.instance, job_.buffer_kib_per_cpu);
    if (!instance) return tell_.trouble(instance.error());
    instance_ = std::move(*instance);
    auto refused = probes_.define(job_.define);
    if (!refused) return describe() && open_readers();
    tell_(std::move(*refused));
    return false;
}

bool TracefsRecorder::describe() {
    const auto header_page = tracefs_.read("events/header_page");
    const auto header_event = tracefs_.read("events/header_event");
    for (const auto* const text : {&header_page, &header_event})
        if (!*text) return tell_.trouble(text->error());
    tell_(PageFormat{*header_page, *header_event});
    for (const Event& event : events_) {
        auto text = tracefs_.read("events/" + event.group + "/" + event.name + "/format");
        if (!text) return tell_.trouble(text.error());
        tell_(EventFormat{event, std::move(*text)});
    }
    return true;
}

bool TracefsRecorder::open_readers() {
    const std::size_t page_bytes = page_bytes_of(tracefs_, instance_->path());
    for (const std::uint32_t cpu : cpus_of(tracefs_, instance_->path())) {
        auto reader = CpuReader::open(tracefs_, instance_->path(), cpu, page_bytes);
        if (!reader) return tell_.trouble(reader.error());
        readers_.push_back(std::move(*reader));
    }
    if (readers_.empty())
        return tell_.trouble({"tracefs shows no CPU in " + instance_->path(), {}});
    return true;
}

bool TracefsRecorder::choose_tasks(const std::vector<pid_t>& roots) {
    if (roots.empty()) {
        instance_->ignore_task(::getpid());
        return true;
    }
    if (!tell_.check(instance_->follow_children())) return false;
    return std::ranges::all_of(
        roots, [&](pid_t root) { return tell_.check(instance_->record_task(root)); });
}

std::optional<std::uint64_t> TracefsRecorder::go_live(const std::vector<pid_t>& roots) {
    if (!choose_tasks(roots)) return std::nullopt;
    live_ = true;
    for (const Event& event : events_)
        if (!tell_.check(instance_->enable(event))) return std::nullopt;
    return monotonic_ns();
}

void TracefsRecorder::add_to(std::vector<pollfd>& wanted) const {
    for (const CpuReader& reader : readers_)
        wanted.push_back({reader.fd(), POLLIN, 0});
}

bool TracefsRecorder::read(std::size_t pages) {
    bool more = false;
    for (CpuReader& reader : readers_)
        more = reader.read(pages, [&](Page page) { tell_(std::move(page)); }) || more;
    return more;
}

bool TracefsRecorder::take_down() {
    bool good = true;
    if (live_) {
        for (const Event& event : events_)
            instance_->disable(event);
        read(SIZE_MAX);
        good = tell_losses();
    }
    readers_.clear(); // an instance with open files cannot be removed
    if (instance_) good = tell_.check(instance_->remove()) && good;
    return tell_.check(probes_.remove()) && good;
}

bool TracefsRecorder::tell_losses() {
    for (const CpuReader& reader : readers_) {
        const std::string file =
            instance_->path() + "/per_cpu/cpu" + std::to_string(reader.cpu()) + "/stats";
        const auto text = tracefs_.read(file);
        if (!text) return tell_.trouble(text.error());
        const auto stats = parse_stats(*text, reader.cpu());
        if (!stats) return tell_.trouble({file + " of tracefs is not understood", {}});
        tell_(*stats);
    }
    auto profiles = probes_.profile();
    if (!profiles) return tell_.trouble(profiles.error());
    for (ProbeProfile& profile : *profiles)
        tell_(std::move(profile));
    return true;
}

} // namespace

std::unique_ptr<Recorder> tracefs_recorder(Tracefs& tracefs, const Job& job, const Teller& tell) {
    return std::make_unique<TracefsRecorder>(tracefs, job, tell);
}

} // namespace kps::collect
