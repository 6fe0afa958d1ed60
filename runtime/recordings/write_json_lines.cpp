#include "runtime/recordings/export.hpp"

#include <fmt/format.h>

namespace kps::recordings {

namespace {

std::string event_name(const Source& source) {
    return json_string(source.group.empty() ? source.name : source.group + ":" + source.name);
}

std::string hit_line(const hits::Hit& hit, const Sources& sources) {
    const Source& source = sources.sources[hit.probe.value];
    std::string line = fmt::format(R"({{"event":{},"time_ns":{},"cpu":{},"tid":{},"pid":{})",
                                   event_name(source), hit.time_ns, hit.cpu, hit.tid, hit.pid);
    if (hit.comm.data() != nullptr) line += fmt::format(R"(,"comm":{})", json_string(hit.comm));
    line += R"(,"fields":{)";
    for (std::size_t i = 0; i < hit.fields.size(); ++i)
        line += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_string(source.fields[i].name),
                            json_value(hit.fields[i], source.fields[i], sources));
    return line + "}}\n";
}

std::string loss_line(const hits::Loss& loss, const Sources& sources) {
    std::string line = fmt::format(R"({{"lost":{},"begin_ns":{},"end_ns":{})", loss.count,
                                   loss.begin_ns, loss.end_ns);
    if (loss.probe)
        line += fmt::format(R"(,"event":{})", event_name(sources.sources[loss.probe->value]));
    if (loss.cpu) line += fmt::format(R"(,"cpu":{})", *loss.cpu);
    return line + fmt::format(",\"cause\":{}}}\n", json_string(loss.cause));
}

std::string run_line(const hits::CommandResult& run) {
    return fmt::format("{{\"run\":{},\"exit_status\":{},\"signal\":{},\"timed_out\":{},"
                       "\"duration_ns\":{},\"output\":{}}}\n",
                       json_string(run.command), run.exit_status, run.signal, run.timed_out,
                       run.duration_ns, json_string(run.output));
}

} // namespace

void write_json_lines(const Recording& recording, const Put& put) {
    put(fmt::format("{{\"recording\":1,\"kernel\":{},\"architecture\":{},\"started\":{}}}\n",
                    json_string(recording.release), json_string(recording.architecture),
                    json_string(recording.started)));
    for (const Observed& test : recording.tests) {
        const Sources& sources = recording.sources[test.sources];
        const hits::Trace& trace = test.trace;
        put(fmt::format("{{\"test\":{},\"spec\":{},\"live_ns\":{},\"end_ns\":{}{}{}}}\n",
                        json_string(test.test), json_string(sources.path), trace.live_ns,
                        trace.end_ns,
                        test.error.empty() ? "" : ",\"error\":" + json_string(test.error),
                        trace.cut_short ? ",\"cut_short\":" + json_string(*trace.cut_short) : ""));
        for (const hits::Hit& hit : trace.hits)
            put(hit_line(hit, sources));
        for (const hits::Loss& loss : trace.losses)
            put(loss_line(loss, sources));
        for (const hits::CommandResult& run : trace.runs)
            put(run_line(run));
    }
}

} // namespace kps::recordings
