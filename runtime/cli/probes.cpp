#include "runtime/cli/commands.hpp"
#include "runtime/cli/swept.hpp"
#include "runtime/collect/registered.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace kps::cli {

namespace {

using Json = nlohmann::ordered_json;

/// What is registered, with all that is known of it.
struct Probe {
    collect::RegisteredEvent event;
    std::vector<std::string> enabled_in; ///< `.`: the top instance
    collect::ProbeState state;
};
struct Registry {
    std::vector<Probe> probes;
    std::vector<std::string> instances;
    std::vector<collect::RunProcess> processes; ///< of runs that have ended
};

/// That nothing is seen must not be taken for that nothing is there.
Result<void> is_readable(collect::Tracefs& tracefs) {
    const auto events = tracefs.read("dynamic_events");
    if (events || tracefs.read("kprobe_events")) return {};
    return fail(events.error().message, geteuid() == 0 ? "" : "root is needed: sudo kps probes");
}

Registry read_registry(collect::Tracefs& tracefs) {
    Registry registry;
    auto events = collect::parse_events(collect::read_events(tracefs).text);
    const collect::KernelTexts kernel = collect::read_kernel_texts(events);
    for (collect::RegisteredEvent& event : events) {
        auto enabled_in = collect::instances_enabling(tracefs, event);
        const collect::ProbeState state = collect::state_of(event, kernel);
        registry.probes.push_back({std::move(event), std::move(enabled_in), state});
    }
    registry.instances = tracefs.list("instances");
    if (collect::sees_all_processes())
        registry.processes = collect::run_processes(collect::has_ended);
    return registry;
}

std::string_view life_of(const collect::Owner& owner) {
    if (!collect::sees_all_processes()) return "unknown";
    return collect::is_alive(owner) ? "running" : "ended";
}

/// `kps, process 12 (running)` or `foreign`.
std::string whose(std::string_view name) {
    const auto owner = collect::owner_in(name);
    if (!owner) return "foreign";
    return fmt::format("kps, process {} ({})", owner->pid, life_of(*owner));
}

/// What `clean` would remove.
bool is_left(std::string_view name) {
    const auto owner = collect::owner_in(name);
    return owner && life_of(*owner) == "ended";
}

std::string state_text(const Probe& probe) {
    std::string text;
    const auto add = [&](std::string_view word) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", word);
    };
    if (probe.state.gone) add("gone (module not loaded)");
    for (const std::string& instance : probe.enabled_in)
        add(instance == "." ? std::string("enabled") : "enabled in " + instance);
    if (probe.enabled_in.empty()) add("disabled");
    if (probe.state.ftrace) add("ftrace");
    if (probe.state.optimised) add("optimised");
    return text;
}

using Row = std::array<std::string, 5>;

/// Columns as wide as their longest text, the last one ragged.
std::string table(const std::vector<Row>& rows) {
    std::array<std::size_t, 5> widths{};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            text += fmt::format("{:<{}}  ", row[i], widths[i]);
        text += row.back() + "\n";
    }
    return text;
}

std::string as_text(const Registry& registry) {
    std::vector<Row> rows = {{"TYPE", "EVENT", "PLACE", "WHOSE", "STATE"}};
    for (const Probe& probe : registry.probes)
        rows.push_back({probe.event.type, probe.event.group + "/" + probe.event.name,
                        probe.event.place.empty() ? "-" : probe.event.place,
                        whose(probe.event.group), state_text(probe)});
    std::string text = rows.size() > 1 ? table(rows) : "no probe is registered\n";
    for (const std::string& instance : registry.instances)
        text += fmt::format("instance {}: {}\n", instance, whose(instance));
    for (const collect::RunProcess& process : registry.processes)
        text +=
            fmt::format("process {} ({}): left by {}\n", process.pid, process.command, process.run);
    const bool clean =
        registry.processes.empty() && std::ranges::none_of(registry.instances, is_left) &&
        std::ranges::none_of(registry.probes,
                             [](const Probe& probe) { return is_left(probe.event.group); });
    return clean ? text
                 : text + "hint: `kps probes clean` removes what runs that ended have left\n";
}

Json owner_json(std::string_view name) {
    const auto owner = collect::owner_in(name);
    if (!owner) return {{"kind", "foreign"}};
    return {{"kind", "kps"}, {"pid", owner->pid}, {"process", life_of(*owner)}};
}

std::string as_json(const Registry& registry) {
    Json json = {
        {"probes", Json::array()}, {"instances", Json::array()}, {"processes", Json::array()}};
    for (const Probe& probe : registry.probes)
        json["probes"].push_back({{"type", probe.event.type},
                                  {"group", probe.event.group},
                                  {"event", probe.event.name},
                                  {"place", probe.event.place},
                                  {"enabled_in", probe.enabled_in},
                                  {"gone", probe.state.gone},
                                  {"optimised", probe.state.optimised},
                                  {"ftrace", probe.state.ftrace},
                                  {"owner", owner_json(probe.event.group)}});
    for (const std::string& instance : registry.instances)
        json["instances"].push_back({{"name", instance}, {"owner", owner_json(instance)}});
    for (const collect::RunProcess& process : registry.processes)
        json["processes"].push_back(
            {{"pid", process.pid}, {"command", process.command}, {"run", process.run}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

int probes_list(const ProbesListOptions& options, Terminal& terminal) {
    const auto root = collect::find_tracefs();
    if (!root) return terminal.fail(root.error());
    collect::MountedTracefs tracefs(*root);
    if (const auto listed = is_readable(tracefs); !listed) return terminal.fail(listed.error());
    const Registry registry = read_registry(tracefs);
    terminal.out(options.json ? as_json(registry) : as_text(registry));
    return Exit::ok;
}

int probes_clean(Terminal& terminal) {
    if (const auto seen = collect::sees_all_processes(); !seen) return terminal.fail(seen.error());
    const auto root = collect::find_tracefs();
    if (!root) return terminal.fail(root.error());
    collect::MountedTracefs tracefs(*root);
    const collect::Swept swept = collect::sweep(tracefs, collect::has_ended);
    terminal.out(swept.nothing() ? "there is nothing of a run that has ended\n" : describe(swept));
    return swept.failures.empty() ? Exit::ok : Exit::environment;
}

} // namespace kps::cli
