#include "runtime/report/hit_line.hpp"

#include "runtime/hits/print.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::report {

namespace {

/// A task may name itself with control characters.
std::string printable(std::string_view comm) {
    const std::string quoted = hits::quote(comm);
    return quoted.substr(1, quoted.size() - 2);
}

std::optional<std::vector<std::string>>
frames_of(const hits::Value& value, const sema::ValueType& type, const hits::Names& names) {
    const auto* const elements = std::get_if<hits::Elements>(&value);
    if (elements == nullptr || type.display != sema::Display::symbol) return std::nullopt;
    std::vector<std::string> frames;
    for (const std::uint64_t address : *elements)
        frames.push_back(hits::print_integer(address, type, names));
    return frames;
}

bool has_frames(const HitLine::Field& field) {
    return field.frames && !field.frames->empty();
}

} // namespace

HitLine hit_line(const sema::ResolvedSpec& spec, const hits::Trace& trace, const hits::Hit& hit) {
    const sema::Probe& probe = spec.probes[hit.probe];
    const auto since_live =
        static_cast<double>(hit.time_ns - std::min(hit.time_ns, trace.live_ns)) / 1e6;
    HitLine line;
    line.where = fmt::format("+{:.3f} ms  cpu {}  {}/{}", since_live, hit.cpu,
                             hit.comm.empty() ? "?" : printable(hit.comm), hit.tid);
    line.probe = probe.name;
    const hits::Names names{&spec.enums, &trace.symbols};
    for (std::size_t i = 0; i < std::min(probe.fields.size(), hit.fields.size()); ++i) {
        const sema::Field& field = probe.fields[i];
        line.fields.push_back({field.name, hits::print(hit.fields[i], field.type, names),
                               frames_of(hit.fields[i], field.type, names)});
    }
    return line;
}

std::string marked_fields(const HitLine& line, const std::vector<std::string>& marked,
                          std::string_view on, std::string_view off) {
    std::string text = line.probe;
    for (const HitLine::Field& field : line.fields) {
        if (has_frames(field)) continue;
        const bool decisive = std::ranges::find(marked, field.name) != marked.end();
        text += fmt::format("  {}{}={}{}", decisive ? on : "", field.name, field.value,
                            decisive ? off : "");
    }
    return text;
}

std::string frame_lines(const HitLine& line, std::string_view indent) {
    std::string text;
    for (const HitLine::Field& field : line.fields) {
        if (!has_frames(field)) continue;
        std::string name = field.name;
        for (const std::string& frame : *field.frames) {
            text += fmt::format("{}{}  {}\n", indent, name, frame);
            name.assign(name.size(), ' ');
        }
    }
    return text;
}

} // namespace kps::report
