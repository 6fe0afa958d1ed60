#include "compiler/tracefs_backend/commands.hpp"

#include <fmt/core.h>

namespace kps::tracefs {

namespace {

constexpr std::string_view head =
    R"sh(# Paste into a root shell of that kernel, or run it with sh: it prints the hits until interrupted.
KPS_TRACEFS=/sys/kernel/tracing
[ -e "$KPS_TRACEFS/kprobe_events" ] || KPS_TRACEFS=/sys/kernel/debug/tracing
[ -e "$KPS_TRACEFS/kprobe_events" ] || mount -t tracefs tracefs /sys/kernel/tracing
[ -e "$KPS_TRACEFS/kprobe_events" ] || KPS_TRACEFS=/sys/kernel/tracing
)sh";

constexpr std::string_view functions = R"sh(
kps_define() {
    printf '%s\n' "$2" >> "$KPS_TRACEFS/$1" || {
        echo "the kernel refused: $2" >&2
        tail -n 4 "$KPS_TRACEFS/error_log" >&2
    }
}

kps_remove() {
    trap - EXIT HUP TERM INT
    [ -z "$kps_reader" ] || { kill "$kps_reader"; wait "$kps_reader"; }
    echo 0 > "$KPS_INSTANCE/events/$KPS_GROUP/enable"
    rmdir "$KPS_INSTANCE"
    for kps_line in $KPS_REMOVE; do
        printf '%s\n' "${kps_line#*=}" >> "$KPS_TRACEFS/${kps_line%%=*}"
    done
}
trap kps_remove EXIT HUP TERM
kps_reader=
)sh";

constexpr std::string_view tail = R"sh(
mkdir "$KPS_INSTANCE"
echo mono > "$KPS_INSTANCE/trace_clock"
echo 1 > "$KPS_INSTANCE/events/$KPS_GROUP/enable"
case $- in
*i*) echo "hits: cat $KPS_INSTANCE/trace; to end: kps_remove" ;;
*)
    trap 'exit 130' INT HUP TERM
    cat "$KPS_INSTANCE/trace_pipe" &
    kps_reader=$!
    wait "$kps_reader" # which, unlike a command in the foreground, a signal interrupts
    ;;
esac
)sh";

std::string place(Span span, const SourceSet& sources) {
    const LineColumn at = sources.position(span.file, span.begin);
    return fmt::format("{}:{}", sources[span.file].path, at.line);
}

/// What stands above a definition: the probe's place, or what the tally is for.
std::string comment(const plan::Plan& plan, const std::string& event, const SourceSet& sources) {
    for (const plan::Probe& probe : plan.probes) {
        if (probe.event == event)
            return fmt::format("# {}: probe {}\n", place(probe.span, sources), probe.name);
        if (probe.tally == event)
            return fmt::format(
                "# The hits of {}, even those whose record is too large to be kept.\n", probe.name);
    }
    return {};
}

} // namespace

std::string script(const plan::Plan& plan, const Commands& commands, std::string_view group,
                   const kernel::KernelView& kernel, const SourceSet& sources) {
    std::string out = "#!/bin/sh\n";
    out += fmt::format("# Kprobe events for Linux {} ({}), written by kps.\n", kernel.release(),
                       kernel::to_string(kernel.architecture()));
    out += head;
    out += fmt::format("KPS_GROUP={}\nKPS_INSTANCE=$KPS_TRACEFS/instances/$KPS_GROUP\n", group);
    out += "KPS_REMOVE='";
    for (std::size_t i = 0; i < commands.remove.size(); ++i)
        out += fmt::format("\n{}={}", commands.files[commands.files.size() - 1 - i],
                           commands.remove[i]);
    out += "'\n";
    out += functions;
    for (std::size_t i = 0; i < commands.define.size(); ++i) {
        out += "\n" + comment(plan, commands.events[i], sources);
        out += fmt::format("kps_define {} '{}'\n", commands.files[i], commands.define[i]);
    }
    out += tail;
    return out;
}

} // namespace kps::tracefs
