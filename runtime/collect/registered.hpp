#pragma once

#include "runtime/collect/tracefs.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kps::collect {

/// A dynamic event of tracefs, one line of it: an event of several probes has several.
struct RegisteredEvent {
    std::string type; ///< `kprobe`, `kretprobe`, `uprobe`, `uretprobe`, `fprobe`, `tracepoint`,
                      ///< `event probe`, `synthetic`; else the letter that tracefs shows
    std::string group;
    std::string name;
    std::string place; ///< as tracefs shows it: `vfs_read+4`, `/bin/sh:0x12a0`; may be empty
};

/// The lines of `dynamic_events`, `kprobe_events` or `uprobe_events` (kernel/trace/
/// trace_kprobe.c, trace_uprobe.c, trace_fprobe.c, trace_eprobe.c, trace_events_synth.c of 6.12);
/// what is no such line is left out.
std::vector<RegisteredEvent> parse_events(std::string_view text);

/// The file that shows dynamic events of all kinds, and what it shows; before 5.0, kprobes alone.
struct EventList {
    std::string file;
    std::string text;
};
EventList read_events(Tracefs& tracefs);

/// A line of debugfs `kprobes/list`.
struct ArmedProbe {
    std::uint64_t address = 0; ///< 0 if it is hidden
    bool returns = false;
    std::string symbol; ///< empty if the address has none
    std::uint64_t offset = 0;
    std::string module; ///< empty: the kernel itself
    bool gone = false;  ///< its module was unloaded
    bool optimised = false;
    bool ftrace = false;
};
/// `ffffffff81234560  k  vfs_read+0x0    [DISABLED][FTRACE]` (report_probe in kernel/kprobes.c,
/// 6.12); what is no such line is left out.
std::vector<ArmedProbe> parse_armed(std::string_view kprobes_list);

/// Facts of the running kernel that say what became of an event.
struct KernelTexts {
    std::vector<ArmedProbe> armed;
    std::optional<std::vector<std::string>> modules; ///< the names in /proc/modules
    std::uint64_t text_address = 0;                  ///< of `_text`; 0 if it is not known
};
/// `events` tell what has to be read.
KernelTexts read_kernel_texts(std::span<const RegisteredEvent> events);

/// What can be said of a kprobe or kretprobe besides where it is enabled.
struct ProbeState {
    bool gone = false; ///< the module that it is in is not loaded
    bool optimised = false;
    bool ftrace = false;
};
ProbeState state_of(const RegisteredEvent& event, const KernelTexts& kernel);

/// Instances in which the event is enabled, sorted; the top one is `.`.
std::vector<std::string> instances_enabling(Tracefs& tracefs, const RegisteredEvent& event);

} // namespace kps::collect
