#pragma once

#include "compiler/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// What a run asks of a collector and what the collector tells, as plain values. The same values
/// pass within one process (the running kernel) and over a byte stream (an agent in a machine), and
/// a recording is their sequence. Integers are little-endian on the wire; see wire.hpp.
namespace kps::collect {

/// One command that the workload consists of; `/bin/sh -c` runs it.
struct Command {
    std::string text;
    std::string user; ///< empty: the collector's own
    std::optional<std::uint64_t>
        limit_ns; ///< killed with its whole process tree when it takes longer
};

struct Event {
    std::string group; ///< directory under `events/`
    std::string name;
};

/// A line that makes an event.
struct Definition {
    std::string file; ///< of tracefs, that it is appended to: `kprobe_events`, `uprobe_events`
    std::string line;
};

/// Where one program of a BPF object is attached.
struct Attachment {
    enum class Kind : std::uint8_t {
        kprobe,
        kretprobe,
        kprobe_multi,
        kretprobe_multi,
        fentry, ///< the function is named in the object
        fexit,
        tracepoint,
        raw_tracepoint, ///< with types (`tp_btf`), named in the object
        uprobe,
        uretprobe,
    };
    struct Target {
        std::string symbol; ///< `MODULE:SYMBOL`, or path of the program, or group of the event
        std::string event;  ///< of a tracepoint
        std::uint64_t offset = 0; ///< from the symbol; in the file
        std::uint64_t cookie = 0; ///< what `bpf_get_attach_cookie` gives
    };
    std::string program; ///< its name in the object
    Kind kind = Kind::kprobe;
    std::vector<Target> targets; ///< several: each for itself, or one link of kind `*_multi`
    std::uint32_t maxactive = 0; ///< of a kretprobe; 0: the kernel's default
};

/// A BPF object in place of `define` and `enable`. It may have these maps, which the collector
/// knows by name: `hits`, a ring buffer; `.bss`, of one u32 that is not 0 while nothing counts;
/// `tasks`, a hash from the thread group (u32) of a task of the workload to a u32, 1: a command's
/// first process before its exec, 2: from then on; `.rodata`, of one u32: `all_tasks`,
/// `workload_tasks`, or the thread group of the collector, whose hits do not count; `cgroup`, an
/// array of the one control group whose tasks count. Maps named `sums`, `losses` and `keys_*` are
/// told at the end.
struct BpfJob {
    static constexpr std::uint32_t all_tasks = 0;
    static constexpr std::uint32_t workload_tasks = 0xffffffff; ///< those in `tasks`

    std::vector<std::byte> object;  ///< ELF
    std::vector<Attachment> attach; ///< empty: all programs are loaded, and none is attached
    std::string cgroup; ///< as in `/proc/PID/cgroup`, open once `setup` is done; empty: none
};

enum class Scope : std::uint8_t {
    workload, ///< the process trees of `background` and `run`; the same as `system` without any
    system,   ///< all tasks but the collector itself
};

/// Everything needed for one test; what happens, in this order:
///
/// `setup`; instance, `define`; `PageFormat`, an `EventFormat` for each event; the commands of
/// `background` and `run` are forked but wait; the events are enabled; Mark `probes_live`; each
/// command of `background` is let go, then each of `run` in turn, each with a Mark
/// `workload_started`; `watch_ns`; `background` is stopped (SIGTERM, two seconds later SIGKILL);
/// Mark `workload_ended`; `drain_ns`; Mark `drained`; whatever is left of the commands is killed;
/// the rest of the pages, `CpuStats`, `ProbeProfile`; everything is removed; with `names_symbols`,
/// `KernelSymbols`; `cleanup`; `Done`. Pages come whenever there are some, `CommandEnded` when the
/// command's first process ends.
///
/// Besides `enable`, `task:task_newtask`, `sched:sched_process_fork` and `sched:sched_process_exec`
/// are recorded with every job. A task of the workload is recorded from before its exec on: hits of
/// a command's first task before its own `sched_process_exec` are the collector's, not the
/// workload's.
///
/// With `bpf`, the object is loaded, paused, in place of instance and `define`; the commands'
/// thread groups are put into `tasks` and the programs attached in place of enabling events; they
/// are paused again before Mark `drained`, and no program runs on past it. `Samples` come whenever
/// there are some; in the end, with `names_symbols`, `KernelSymbols`, among them those of the
/// programs; `ProgramProfile`, the programs are detached, the rest of `Samples`, `MapContents`.
/// Programs that are attached nowhere are not loaded.
///
/// A setup command that fails ends the job. The lines of `define` are appended in order; they use
/// the group that is unique to the run.
struct Job {
    std::uint32_t id = 0; ///< repeated in every message about this job
    std::string instance; ///< name of the tracefs instance, unique to the run
    std::string
        group; ///< of all events that `define` makes; everything in it is removed at the end
    std::vector<Definition> define;
    std::vector<Event> enable; ///< of `group` or the kernel's own
    std::optional<BpfJob> bpf; ///< then there is no instance, and neither pages nor events are told
    Scope scope = Scope::workload;
    std::vector<std::string> setup;        ///< before the probes are live
    std::vector<std::string> background;   ///< started before `run`, stopped after it
    std::vector<Command> run;              ///< one after the other
    std::optional<std::uint64_t> watch_ns; ///< instead of or besides `run`: how long to look on
    std::uint64_t drain_ns = 0;            ///< how long probes stay live after the workload
    std::vector<std::string> cleanup;      ///< always, after the probes are gone; 30 s each at most
    std::uint32_t buffer_kib_per_cpu = 4096;
    std::uint64_t limit_ns = 0; ///< of the whole job up to `Mark` drained; 0: none
    bool names_symbols = false; ///< addresses in its hits will be named: `KernelSymbols` is wanted
};

// ---------------------------------------------------------------- what comes back

struct Hello {                 // once, first
    std::uint32_t version = 0; ///< of this protocol
    std::string release;
    std::uint32_t cpus = 0;
    std::string features; ///< the tracefs README
};
/// `format` file of an enabled event; its numeric id stands in the records.
struct EventFormat {
    Event event;
    std::string text;
};
/// Text of `events/header_page` and `events/header_event`: the layout of pages.
struct PageFormat {
    std::string header_page;
    std::string header_event;
};
/// One sub-buffer as read from `per_cpu/cpuN/trace_pipe_raw`.
struct Page {
    std::uint32_t cpu = 0;
    std::vector<std::byte> bytes;
};
enum class Phase : std::uint8_t { probes_live, workload_started, workload_ended, drained };
struct Mark {
    Phase phase = Phase::probes_live;
    std::uint64_t time_ns = 0; ///< CLOCK_MONOTONIC, the trace clock
    std::uint32_t tid =
        0; ///< workload_started: the first task of the tree, 0 if there is no command
};
/// Every hit before this time has been told; comes now and then while the probes are live.
struct ToldUntil {
    std::uint64_t time_ns = 0; ///< CLOCK_MONOTONIC
};
enum class CommandRole : std::uint8_t { setup, background, run, cleanup };
struct CommandEnded {
    CommandRole role = CommandRole::run;
    std::uint32_t index = 0;      ///< within its role
    std::int32_t exit_status = 0; ///< -1 if it was killed
    std::int32_t signal = 0;
    bool timed_out = false;
    std::uint64_t duration_ns = 0;
    std::string output; ///< standard output and error together, the last 64 KiB
};
/// One CPU's `per_cpu/cpuN/stats`.
struct CpuStats {
    std::uint32_t cpu = 0;
    std::uint64_t entries = 0;
    std::uint64_t overrun = 0;
    std::uint64_t commit_overrun = 0;
    std::uint64_t dropped = 0;
    std::uint64_t read = 0;
};
/// The counters of `kprobe_profile` for an event of the job's group, those of its probes added up.
/// They are of the whole system: a scope narrows what is recorded, not what is counted here.
struct ProbeProfile {
    std::string event;
    std::uint64_t hits = 0;
    std::uint64_t missed = 0;
};
/// The kernel refused a line of `define`; the job ends with `Done`.
struct Refused {
    std::uint32_t index = 0; ///< into `Job::define`
    std::int32_t error = 0;  ///< errno of the write
    std::string error_log;   ///< the last entry of tracefs `error_log`, with its caret line
};
/// Samples of the ring buffer `hits` in their order: each a u64 length and so many bytes, padded
/// to 8.
struct Samples {
    std::vector<std::byte> bytes;
};
/// A map of a BPF object at the end; a large one in several messages, an empty one without entries.
struct MapContents {
    std::string map;
    std::uint32_t cpus = 0; ///< per-CPU map: how many values each entry has; else 0
    struct Entry {
        std::vector<std::byte> key;
        std::vector<std::byte> value; ///< per-CPU map: that of each CPU, one after the other
    };
    std::vector<Entry> entries;
};
/// What the kernel counted of a program of a BPF object.
struct ProgramProfile {
    std::string program;
    std::uint64_t skipped =
        0;                    ///< runs skipped because the program, or another, was running already
    std::uint64_t missed = 0; ///< hits that its probes missed, where the kernel tells (6.7)
};
/// The kernel or libbpf refused a BPF object, or what it needs besides is not there; the job ends
/// with `Done`.
struct Rejected {
    std::string program;    ///< empty: not one program's fault
    std::int32_t error = 0; ///< errno; 0: something else is missing
    std::string log;        ///< end of the verifier's log, or libbpf's own words; what is missing
};
/// /proc/kallsyms once the workload has ended, before `cleanup` may unload modules: the text of
/// several messages, one after the other. A kernel that hides its addresses tells 0 for each; one
/// without that file tells nothing.
struct KernelSymbols {
    std::string text;
};
/// The environment failed (no tracefs, no such user, out of memory).
struct Trouble {
    std::string message;
    std::string hint;
};
struct Done {
    bool complete = false; ///< everything was collected; else a `Refused` or `Trouble` says why not
};

struct Message {
    std::uint32_t job = 0; ///< 0 before the first
    std::variant<Hello, EventFormat, PageFormat, Page, Mark, CommandEnded, CpuStats, ProbeProfile,
                 Refused, Trouble, Done, Samples, MapContents, ProgramProfile, Rejected, ToldUntil,
                 KernelSymbols>
        body;
};

} // namespace kps::collect
