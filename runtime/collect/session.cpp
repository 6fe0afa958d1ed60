#include "runtime/collect/session.hpp"

#include "runtime/collect/clock.hpp"
#include "runtime/collect/commands.hpp"
#include "runtime/collect/files.hpp"
#include "runtime/collect/recorder.hpp"
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
constexpr std::uint64_t background_grace_ns = 2000 * ms;
constexpr std::uint64_t cleanup_limit_ns = 30'000 * ms;
/// Of one message with symbols.
constexpr std::size_t symbols_bytes = max_payload / 4;

std::string ordinal(CommandRole role, std::uint32_t index) {
    const bool setup = role == CommandRole::setup;
    return std::string(setup ? "setup" : "cleanup") + " command " + std::to_string(index + 1);
}

/// One run of a job. Steps that return bool have told why when they return false.
class Session {
public:
    Session(Tracefs& tracefs, const Job& job, const Emit& emit, const Interrupt& interrupt)
        : job_(job), tell_(job.id, emit), interrupt_(interrupt),
          deadline_(job.limit_ns == 0 ? never : monotonic_ns() + job.limit_ns),
          recorder_(job.bpf ? bpf_recorder(tracefs, job, tell_)
                            : tracefs_recorder(tracefs, job, tell_)),
          commands_(job.group) {}

    Done run();

private:
    bool set_up();
    bool prepare_commands();
    bool go_live();
    bool run_commands();
    bool stop_background();
    void tell_symbols();
    bool take_down();
    bool clean_up();

    bool run_to_end(RunningCommand& command);
    bool wait_until(std::uint64_t time_ns);
    void look(std::uint64_t until_ns, bool interruptible);
    void fetch();
    void take_interrupt();

    void mark(Phase phase, pid_t task = 0) {
        tell_(Mark{phase, monotonic_ns(), static_cast<std::uint32_t>(task)});
    }

    const Job& job_;
    Teller tell_;
    const Interrupt& interrupt_;
    std::uint64_t deadline_;
    bool stopped_ = false;
    bool live_ = false;
    std::uint64_t fetched_ns_ = 0;

    std::unique_ptr<Recorder> recorder_;
    Commands commands_;
    std::vector<RunningCommand*> roots_; ///< of background and run, in this order
};

Done Session::run() {
    const bool collected =
        set_up() && recorder_->make() && prepare_commands() && go_live() && run_commands();
    const bool wants_symbols = job_.names_symbols && live_;
    if (wants_symbols && job_.bpf) tell_symbols(); // of programs and trampolines, too
    const bool removed = take_down();
    if (wants_symbols && !job_.bpf) tell_symbols(); // buffers overflow no more
    const bool cleaned = clean_up();
    return {collected && removed && cleaned};
}

bool Session::set_up() {
    for (std::uint32_t index = 0; index < job_.setup.size(); ++index) {
        const auto command =
            commands_.prepare(CommandRole::setup, index, {job_.setup[index], {}, {}});
        if (!command) return tell_.trouble(command.error());
        Commands::release(**command);
        if (!run_to_end(**command)) return false;
        const auto& end = (*command)->workload->end();
        if (end->exit_status != 0)
            return tell_.trouble(
                {ordinal(CommandRole::setup, index) + " failed: " + job_.setup[index],
                 "its output is in the report"});
    }
    return true;
}

bool Session::prepare_commands() {
    const auto prepare = [&](CommandRole role, std::uint32_t index, const Command& command) {
        const auto prepared = commands_.prepare(role, index, command);
        if (!prepared) return tell_.trouble(prepared.error());
        roots_.push_back(*prepared);
        return true;
    };
    for (std::uint32_t i = 0; i < job_.background.size(); ++i)
        if (!prepare(CommandRole::background, i, {job_.background[i], {}, {}})) return false;
    for (std::uint32_t i = 0; i < job_.run.size(); ++i)
        if (!prepare(CommandRole::run, i, job_.run[i])) return false;
    return true;
}

bool Session::go_live() {
    std::vector<pid_t> tasks;
    if (job_.scope == Scope::workload)
        for (const RunningCommand* const root : roots_)
            tasks.push_back(root->workload->root());
    live_ = true;
    const auto live_ns = recorder_->go_live(tasks);
    if (live_ns) tell_(Mark{Phase::probes_live, *live_ns, 0});
    return live_ns.has_value();
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
    if (!wait_until(monotonic_ns() + job_.drain_ns) || !recorder_->pause()) return false;
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
           tell_.check(commands_.kill(CommandRole::background));
}

void Session::tell_symbols() {
    const auto text = read_text("/proc/kallsyms");
    if (!text) return;
    for (std::size_t at = 0; at < text->size(); at += symbols_bytes)
        tell_(KernelSymbols{text->substr(at, symbols_bytes)});
}

/// Everything but the cleanup commands; whatever has been made so far, and nothing else, is undone.
bool Session::take_down() {
    bool good = tell_.check(commands_.kill(CommandRole::background));
    good = tell_.check(commands_.kill(CommandRole::run)) && good;
    for (CommandEnded& ended : commands_.poll())
        tell_(std::move(ended));
    live_ = false;
    return recorder_->take_down() && good;
}

bool Session::clean_up() {
    bool good = true;
    for (std::uint32_t index = 0; index < job_.cleanup.size(); ++index) {
        const auto command = commands_.prepare(CommandRole::cleanup, index,
                                               {job_.cleanup[index], {}, cleanup_limit_ns});
        if (!command) {
            good = tell_.trouble(command.error());
            continue;
        }
        Commands::release(**command);
        while (!(*command)->reported)
            look(never, false);
    }
    good = tell_.check(commands_.kill(CommandRole::cleanup)) && good;
    return tell_.check(commands_.kill(CommandRole::setup)) && good;
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
        if (!pausing) recorder_->add_to(wanted);
    }
    const std::uint64_t left_ms = until_ns <= now ? 0 : (until_ns - now + ms - 1) / ms;
    ::poll(wanted.data(), wanted.size(),
           static_cast<int>(std::min<std::uint64_t>(left_ms, 60'000)));

    for (CommandEnded& ended : commands_.poll())
        tell_(std::move(ended));
    if (live_) fetch();
    if (interruptible) take_interrupt();
}

void Session::fetch() {
    const std::uint64_t now = monotonic_ns();
    if (now < fetched_ns_ + fetch_pause_ns) return;
    const bool may_be_more = recorder_->fetch();
    fetched_ns_ = may_be_more ? 0 : now;
    if (!may_be_more) tell_(ToldUntil{now});
}

void Session::take_interrupt() {
    if (stopped_) return;
    if (monotonic_ns() >= deadline_) {
        stopped_ = true;
        tell_.trouble(
            {"the test took longer than its limit of " + std::to_string(job_.limit_ns / ms) + " ms",
             {}});
        return;
    }
    if (!interrupt_.asked || !interrupt_.asked()) return;
    stopped_ = true;
    tell_.trouble({"interrupted", {}});
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
