#include "runtime/collect/session.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/commands.hpp"
#include "runtime/collect/cpu_reader.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/instance.hpp"
#include "runtime/collect/probe_group.hpp"
#include "runtime/collect/wire.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>

namespace kps::collect {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t never = ~std::uint64_t{0};
/// How often what is recorded is fetched although no buffer is half full yet.
constexpr std::uint64_t fetch_interval_ns = 100 * ms;
/// How long a look at the buffers is put off after the last one. Before 6.1 poll() returns at
/// every single record, and collecting would disturb the workload.
constexpr std::uint64_t fetch_pause_ns = 10 * ms;
constexpr std::size_t pages_per_look = 256;
constexpr std::uint64_t background_grace_ns = 2000 * ms;
constexpr std::uint64_t cleanup_limit_ns = 30'000 * ms;

/// Recorded with every job: who is whose child, in which process, and from when on a task is the
/// program that the job names.
const std::array<Event, 3> task_events = {{
    {"task", "task_newtask"},
    {"sched", "sched_process_fork"},
    {"sched", "sched_process_exec"},
}};

std::string ordinal(CommandRole role, std::uint32_t index) {
    const bool setup = role == CommandRole::setup;
    return std::string(setup ? "setup" : "cleanup") + " command " + std::to_string(index + 1);
}

/// One run of a job. Steps that return bool have told why when they return false.
class Session {
public:
    Session(Tracefs& tracefs, const Job& job, const Emit& emit, const Interrupt& interrupt)
        : tracefs_(tracefs), job_(job), emit_(emit), interrupt_(interrupt),
          deadline_(job.limit_ns == 0 ? never : monotonic_ns() + job.limit_ns),
          probes_(tracefs, job.group), commands_(job.group) {}

    Done run();

private:
    bool set_up();
    bool make_probes();
    bool describe();
    bool prepare_commands();
    bool go_live();
    bool run_commands();
    bool stop_background();
    bool take_down();
    bool clean_up();

    bool choose_tasks();
    bool run_to_end(RunningCommand& command);
    bool wait_until(std::uint64_t time_ns);
    void look(std::uint64_t until_ns, bool interruptible);
    void fetch();
    void take_interrupt();
    bool tell_losses();
    [[nodiscard]] std::vector<Event> events() const;
    [[nodiscard]] bool workload_scope() const;

    void tell(decltype(Message::body) body) { emit_({job_.id, std::move(body)}); }
    void mark(Phase phase, pid_t task = 0) {
        tell(Mark{phase, monotonic_ns(), static_cast<std::uint32_t>(task)});
    }
    bool trouble(const Error& error) {
        tell(Trouble{error.message, error.hint});
        return false;
    }
    bool check(const Result<void>& result) { return result ? true : trouble(result.error()); }

    Tracefs& tracefs_;
    const Job& job_;
    const Emit& emit_;
    const Interrupt& interrupt_;
    std::uint64_t deadline_;
    bool stopped_ = false;
    bool live_ = false;
    std::uint64_t fetched_ns_ = 0;

    // destroyed in reverse: processes, open files, the instance (which needs them closed), and the
    // probes (which need the instance's events disabled)
    ProbeGroup probes_;
    std::unique_ptr<Instance> instance_;
    std::vector<CpuReader> readers_;
    Commands commands_;
    std::vector<RunningCommand*> roots_; ///< of background and run, in this order
};

Done Session::run() {
    const bool collected = set_up() && make_probes() && describe() && prepare_commands() &&
                           go_live() && run_commands();
    const bool removed = take_down();
    const bool cleaned = clean_up();
    return {collected && removed && cleaned};
}

bool Session::set_up() {
    for (std::uint32_t index = 0; index < job_.setup.size(); ++index) {
        const auto command =
            commands_.prepare(CommandRole::setup, index, {job_.setup[index], {}, {}});
        if (!command) return trouble(command.error());
        Commands::release(**command);
        if (!run_to_end(**command)) return false;
        const auto& end = (*command)->workload->end();
        if (end->exit_status != 0)
            return trouble({ordinal(CommandRole::setup, index) + " failed: " + job_.setup[index],
                            "its output is in the report"});
    }
    return true;
}

bool Session::make_probes() {
    auto instance = Instance::create(tracefs_, job_.instance, job_.buffer_kib_per_cpu);
    if (!instance) return trouble(instance.error());
    instance_ = std::move(*instance);
    auto refused = probes_.define(job_.define);
    if (!refused) return true;
    tell(std::move(*refused));
    return false;
}

bool Session::describe() {
    const auto header_page = tracefs_.read("events/header_page");
    const auto header_event = tracefs_.read("events/header_event");
    for (const auto* const text : {&header_page, &header_event})
        if (!*text) return trouble(text->error());
    tell(PageFormat{*header_page, *header_event});
    for (const Event& event : events()) {
        auto text = tracefs_.read("events/" + event.group + "/" + event.name + "/format");
        if (!text) return trouble(text.error());
        tell(EventFormat{event, std::move(*text)});
    }
    const std::size_t page_bytes = page_bytes_of(tracefs_, instance_->path());
    for (const std::uint32_t cpu : cpus_of(tracefs_, instance_->path())) {
        auto reader = CpuReader::open(tracefs_, instance_->path(), cpu, page_bytes);
        if (!reader) return trouble(reader.error());
        readers_.push_back(std::move(*reader));
    }
    if (readers_.empty()) return trouble({"tracefs shows no CPU in " + instance_->path(), {}});
    return true;
}

bool Session::prepare_commands() {
    const auto prepare = [&](CommandRole role, std::uint32_t index, const Command& command) {
        const auto prepared = commands_.prepare(role, index, command);
        if (!prepared) return trouble(prepared.error());
        roots_.push_back(*prepared);
        return true;
    };
    for (std::uint32_t i = 0; i < job_.background.size(); ++i)
        if (!prepare(CommandRole::background, i, {job_.background[i], {}, {}})) return false;
    for (std::uint32_t i = 0; i < job_.run.size(); ++i)
        if (!prepare(CommandRole::run, i, job_.run[i])) return false;
    return true;
}

bool Session::choose_tasks() {
    if (!workload_scope()) {
        instance_->ignore_task(::getpid());
        return true;
    }
    if (!check(instance_->follow_children())) return false;
    return std::ranges::all_of(roots_, [&](const RunningCommand* root) {
        return check(instance_->record_task(root->workload->root()));
    });
}

bool Session::go_live() {
    if (!choose_tasks()) return false;
    live_ = true;
    for (const Event& event : events())
        if (!check(instance_->enable(event))) return false;
    mark(Phase::probes_live);
    return true;
}

bool Session::run_commands() {
    if (roots_.empty()) mark(Phase::workload_started);
    for (RunningCommand* const command : roots_) {
        mark(Phase::workload_started, command->workload->root());
        Commands::release(*command);
        if (command->role == CommandRole::run && !run_to_end(*command)) return false;
    }
    if (job_.watch_ns && !wait_until(monotonic_ns() + *job_.watch_ns)) return false;
    if (!stop_background()) return false;
    mark(Phase::workload_ended);
    if (!wait_until(monotonic_ns() + job_.drain_ns)) return false;
    mark(Phase::drained);
    return true;
}

bool Session::stop_background() {
    if (commands_.gone(CommandRole::background)) return true;
    commands_.ask_to_end(CommandRole::background);
    const std::uint64_t patience = monotonic_ns() + background_grace_ns;
    while (!commands_.gone(CommandRole::background) && !stopped_ && monotonic_ns() < patience)
        look(patience, true);
    if (stopped_) return false;
    return commands_.gone(CommandRole::background) ||
           check(commands_.kill(CommandRole::background));
}

/// Everything but the cleanup commands; whatever has been made so far, and nothing else, is undone.
bool Session::take_down() {
    bool good = check(commands_.kill(CommandRole::background));
    good = check(commands_.kill(CommandRole::run)) && good;
    for (CommandEnded& ended : commands_.poll())
        tell(std::move(ended));
    if (live_) {
        for (const Event& event : events())
            instance_->disable(event);
        for (CpuReader& reader : readers_)
            reader.read(SIZE_MAX, [&](Page page) { tell(std::move(page)); });
        good = tell_losses() && good;
    }
    readers_.clear(); // an instance with open files cannot be removed
    if (instance_) good = check(instance_->remove()) && good;
    return check(probes_.remove()) && good;
}

bool Session::tell_losses() {
    for (const CpuReader& reader : readers_) {
        const std::string file =
            instance_->path() + "/per_cpu/cpu" + std::to_string(reader.cpu()) + "/stats";
        const auto text = tracefs_.read(file);
        if (!text) return trouble(text.error());
        const auto stats = parse_stats(*text, reader.cpu());
        if (!stats) return trouble({file + " of tracefs is not understood", {}});
        tell(*stats);
    }
    auto profiles = probes_.profile();
    if (!profiles) return trouble(profiles.error());
    for (ProbeProfile& profile : *profiles)
        tell(std::move(profile));
    return true;
}

bool Session::clean_up() {
    bool good = true;
    for (std::uint32_t index = 0; index < job_.cleanup.size(); ++index) {
        const auto command = commands_.prepare(CommandRole::cleanup, index,
                                               {job_.cleanup[index], {}, cleanup_limit_ns});
        if (!command) {
            good = trouble(command.error());
            continue;
        }
        Commands::release(**command);
        while (!(*command)->reported)
            look(never, false);
    }
    good = check(commands_.kill(CommandRole::cleanup)) && good;
    return check(commands_.kill(CommandRole::setup)) && good;
}

/// False if the job was stopped before.
bool Session::run_to_end(RunningCommand& command) {
    while (!command.reported && !stopped_)
        look(never, true);
    return command.reported && !stopped_;
}

bool Session::wait_until(std::uint64_t time_ns) {
    while (!stopped_ && monotonic_ns() < time_ns)
        look(time_ns, true);
    return !stopped_;
}

/// Waits for something to happen, at most until then, and takes what did.
void Session::look(std::uint64_t until_ns, bool interruptible) {
    std::vector<pollfd> wanted;
    commands_.add_to(wanted);
    if (interruptible && interrupt_.fd >= 0) wanted.push_back({interrupt_.fd, POLLIN, 0});
    const std::uint64_t now = monotonic_ns();
    until_ns = std::min(until_ns, commands_.next_deadline().value_or(never));
    if (interruptible) until_ns = std::min(until_ns, deadline_);
    if (live_) {
        const bool pausing = now < fetched_ns_ + fetch_pause_ns;
        until_ns = std::min(until_ns, fetched_ns_ + (pausing ? fetch_pause_ns : fetch_interval_ns));
        if (!pausing)
            for (const CpuReader& reader : readers_)
                wanted.push_back({reader.fd(), POLLIN, 0});
    }
    const std::uint64_t left_ms = until_ns <= now ? 0 : (until_ns - now + ms - 1) / ms;
    ::poll(wanted.data(), wanted.size(),
           static_cast<int>(std::min<std::uint64_t>(left_ms, 60'000)));

    for (CommandEnded& ended : commands_.poll())
        tell(std::move(ended));
    if (live_) fetch();
    if (interruptible) take_interrupt();
}

void Session::fetch() {
    const std::uint64_t now = monotonic_ns();
    if (now < fetched_ns_ + fetch_pause_ns) return;
    bool more = false;
    for (CpuReader& reader : readers_)
        more = reader.read(pages_per_look, [&](Page page) { tell(std::move(page)); }) || more;
    fetched_ns_ = more ? 0 : now;
}

void Session::take_interrupt() {
    if (stopped_) return;
    if (monotonic_ns() >= deadline_) {
        stopped_ = true;
        trouble(
            {"the test took longer than its limit of " + std::to_string(job_.limit_ns / ms) + " ms",
             {}});
        return;
    }
    pollfd asked{interrupt_.fd, POLLIN, 0};
    if (interrupt_.fd < 0 || ::poll(&asked, 1, 0) != 1 || !interrupt_.asked()) return;
    stopped_ = true;
    trouble({"interrupted", {}});
}

std::vector<Event> Session::events() const {
    std::vector<Event> all(task_events.begin(), task_events.end());
    for (const Event& event : job_.enable) {
        const bool known = std::ranges::any_of(all, [&](const Event& other) {
            return other.group == event.group && other.name == event.name;
        });
        if (!known) all.push_back(event);
    }
    return all;
}

bool Session::workload_scope() const {
    return job_.scope == Scope::workload && !roots_.empty();
}

} // namespace

Done run_job(Tracefs& tracefs, const Job& job, const Emit& emit, const Interrupt& interrupt) {
    const Done done = Session(tracefs, job, emit, interrupt).run();
    emit({job.id, done});
    return done;
}

Hello hello(Tracefs& tracefs) {
    utsname system{};
    ::uname(&system);
    return {protocol_version, &system.release[0],
            static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)),
            tracefs.read("README").value_or("")};
}

} // namespace kps::collect
