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

} // namespace

HitLine hit_line(const sema::ResolvedSpec& spec, const hits::Trace& trace, const hits::Hit& hit) {
    const sema::Probe& probe = spec.probes[hit.probe];
    const auto since_live =
        static_cast<double>(hit.time_ns - std::min(hit.time_ns, trace.live_ns)) / 1e6;
    HitLine line;
    line.where = fmt::format("+{:.3f} ms  cpu {}  {}/{}", since_live, hit.cpu,
                             hit.comm.empty() ? "?" : printable(hit.comm), hit.tid);
    line.probe = probe.name;
    for (std::size_t i = 0; i < std::min(probe.fields.size(), hit.fields.size()); ++i)
        line.fields.push_back(
            {probe.fields[i].name,
             hits::print(hit.fields[i], probe.fields[i].type, {&spec.enums, &trace.symbols})});
    return line;
}

std::string marked_fields(const HitLine& line, const std::vector<std::string>& marked,
                          std::string_view on, std::string_view off) {
    std::string text = line.probe;
    for (const HitLine::Field& field : line.fields) {
        const bool decisive = std::ranges::find(marked, field.name) != marked.end();
        text += fmt::format("  {}{}={}{}", decisive ? on : "", field.name, field.value,
                            decisive ? off : "");
    }
    return text;
}

} // namespace kps::report
