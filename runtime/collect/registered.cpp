#include "runtime/collect/registered.hpp"

#include "runtime/collect/files.hpp"
#include "runtime/collect/numbers.hpp"

#include <algorithm>

namespace kps::collect {
namespace {

/// On x86 a probe on the entry of a function with ENDBR stands behind it.
constexpr std::uint64_t endbr_bytes = 4;

std::string type_of(char letter, std::string_view place) {
    const bool in_a_file = place.starts_with('/');
    switch (letter) {
    case 'p': return in_a_file ? "uprobe" : "kprobe";
    case 'r': return in_a_file ? "uretprobe" : "kretprobe";
    case 'f': return "fprobe";
    case 't': return "tracepoint";
    case 'e': return "event probe";
    case 's': return "synthetic";
    default: return {letter};
    }
}

std::optional<RegisteredEvent> parse_event(std::string_view line) {
    const auto parts = words(line);
    if (parts.empty()) return std::nullopt;
    const std::string_view head = parts[0];
    const std::size_t colon = head.find(':');
    const std::size_t slash = head.find('/', colon == std::string_view::npos ? 0 : colon);
    if (colon == 0 || colon == std::string_view::npos || slash == std::string_view::npos)
        return std::nullopt;
    const std::string_view place =
        parts.size() > 1 && head[0] != 's' ? parts[1] : std::string_view();
    return RegisteredEvent{type_of(head[0], place),
                           std::string(head.substr(colon + 1, slash - colon - 1)),
                           std::string(head.substr(slash + 1)), std::string(place)};
}

/// `SYMBOL+0xOFFSET` into the probe; without an offset the symbol stays empty.
bool take_symbol(std::string_view text, ArmedProbe& probe) {
    const std::size_t plus = text.rfind("+0x");
    if (plus == std::string_view::npos) return text.starts_with("0x");
    const auto offset =
        to_number<std::uint64_t>(text.substr(plus + 3, text.find('/', plus) - plus - 3), 16);
    if (!offset) return false;
    probe.symbol = text.substr(0, plus);
    probe.offset = *offset;
    return true;
}

std::optional<ArmedProbe> parse_armed_line(std::string_view line) {
    const auto parts = words(line);
    if (parts.size() < 3) return std::nullopt;
    ArmedProbe probe;
    const auto address = to_number<std::uint64_t>(parts[0], 16);
    if (!address || parts[1].size() != 1 || !take_symbol(parts[2], probe)) return std::nullopt;
    probe.address = *address;
    probe.returns = parts[1] == "r";
    for (const std::string_view part : std::span(parts).subspan(3)) {
        if (!part.starts_with('[')) {
            probe.module = part;
            continue;
        }
        probe.gone = part.contains("[GONE]");
        probe.optimised = part.contains("[OPTIMIZED]");
        probe.ftrace = part.contains("[FTRACE]");
    }
    return probe;
}

/// `MODULE:SYMBOL+OFFSET` or a part of it, the offset decimal.
struct Place {
    std::string_view module;
    std::string_view symbol;
    std::uint64_t offset = 0;
};

Place place_in(std::string_view text) {
    Place place;
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        place.module = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const std::size_t plus = text.find('+');
    place.symbol = text.substr(0, plus);
    if (plus != std::string_view::npos)
        place.offset = to_number<std::uint64_t>(text.substr(plus + 1)).value_or(0);
    return place;
}

bool is_at(const ArmedProbe& armed, const Place& place, std::uint64_t text_address) {
    if (place.symbol == "_text" && place.module.empty()) {
        const std::uint64_t address = text_address + place.offset;
        return text_address != 0 &&
               (armed.address == address || armed.address == address + endbr_bytes);
    }
    const bool same_offset =
        armed.offset == place.offset || (place.offset == 0 && armed.offset == endbr_bytes);
    return armed.symbol == place.symbol && armed.module == place.module && same_offset;
}

bool is_kprobe(const RegisteredEvent& event) {
    return event.type == "kprobe" || event.type == "kretprobe";
}

std::uint64_t address_of_text() {
    const auto kallsyms = read_text("/proc/kallsyms");
    if (!kallsyms) return 0;
    for (const std::string_view line : split(*kallsyms, '\n')) {
        const auto fields = words(line);
        if (fields.size() == 3 && fields[2] == "_text")
            return to_number<std::uint64_t>(fields[0], 16).value_or(0);
    }
    return 0;
}

} // namespace

std::vector<RegisteredEvent> parse_events(std::string_view text) {
    std::vector<RegisteredEvent> events;
    for (const std::string_view line : split(text, '\n'))
        if (auto event = parse_event(line)) events.push_back(std::move(*event));
    return events;
}

EventList read_events(Tracefs& tracefs) {
    if (auto all = tracefs.read("dynamic_events")) return {"dynamic_events", std::move(*all)};
    return {"kprobe_events", tracefs.read("kprobe_events").value_or("")};
}

std::vector<ArmedProbe> parse_armed(std::string_view kprobes_list) {
    std::vector<ArmedProbe> probes;
    for (const std::string_view line : split(kprobes_list, '\n'))
        if (auto probe = parse_armed_line(line)) probes.push_back(std::move(*probe));
    return probes;
}

KernelTexts read_kernel_texts(std::span<const RegisteredEvent> events) {
    KernelTexts kernel;
    if (std::ranges::none_of(events, is_kprobe)) return kernel;
    kernel.armed = parse_armed(read_text("/sys/kernel/debug/kprobes/list").value_or(""));
    if (const auto modules = read_text("/proc/modules")) {
        kernel.modules.emplace();
        for (const std::string_view line : split(*modules, '\n'))
            kernel.modules->emplace_back(line.substr(0, line.find(' ')));
    }
    const bool by_text = std::ranges::any_of(
        events, [](const RegisteredEvent& event) { return event.place.starts_with("_text+"); });
    if (by_text) kernel.text_address = address_of_text();
    return kernel;
}

ProbeState state_of(const RegisteredEvent& event, const KernelTexts& kernel) {
    ProbeState state;
    if (!is_kprobe(event)) return state;
    const Place place = place_in(event.place);
    state.gone = !place.module.empty() && kernel.modules &&
                 std::ranges::count(*kernel.modules, place.module) == 0;
    for (const ArmedProbe& armed : kernel.armed) {
        if (armed.returns != (event.type == "kretprobe")) continue;
        if (!is_at(armed, place, kernel.text_address)) continue;
        state.gone = state.gone || armed.gone;
        state.optimised = state.optimised || armed.optimised;
        state.ftrace = state.ftrace || armed.ftrace;
    }
    return state;
}

std::vector<std::string> instances_enabling(Tracefs& tracefs, const RegisteredEvent& event) {
    const std::string file = "events/" + event.group + "/" + event.name + "/enable";
    const auto enabled_in = [&](const std::string& directory) {
        const auto text = tracefs.read(directory + file);
        return text && text->starts_with('1');
    };
    std::vector<std::string> instances;
    if (enabled_in("")) instances.emplace_back(".");
    for (const std::string& name : tracefs.list("instances"))
        if (enabled_in("instances/" + name + "/")) instances.push_back(name);
    return instances;
}

} // namespace kps::collect
