#include "compiler/base/overloaded.hpp"
#include "tests/unit/recordings/sample.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kps::recordings {

namespace {

std::string print(const hits::Value& value) {
    return std::visit(Overloaded{
                          [](hits::Unreadable) { return std::string("?"); },
                          [](std::uint64_t number) { return fmt::format("{}", number); },
                          [](std::string_view text) { return fmt::format("\"{}\"", text); },
                          [](const hits::Elements& elements) {
                              return fmt::format("{{{}}}", fmt::join(elements, ","));
                          },
                      },
                      value);
}

std::string print(const hits::Trace& trace) {
    std::string text = fmt::format("live {} end {} {}\n", trace.live_ns, trace.end_ns,
                                   trace.cut_short ? "cut " + *trace.cut_short : "whole");
    for (const hits::Hit& hit : trace.hits) {
        text += fmt::format("{} {} {} {} {} {}", hit.probe.value, hit.time_ns, hit.cpu, hit.tid,
                            hit.pid, hit.comm.data() == nullptr ? "-" : hit.comm);
        for (const hits::Value& value : hit.fields)
            text += " " + print(value);
        text += "\n";
    }
    for (const hits::Loss& loss : trace.losses)
        text +=
            fmt::format("loss {} {} {} {} {} {}\n", loss.probe ? loss.probe->value : 99,
                        loss.cpu.value_or(99), loss.begin_ns, loss.end_ns, loss.count, loss.cause);
    for (const hits::CommandResult& run : trace.runs)
        text += fmt::format("run {} {} {} {} {} {}\n", run.command, run.exit_status, run.signal,
                            run.timed_out, run.duration_ns, run.output);
    for (const auto& [address, name] : trace.symbols)
        text += fmt::format("name {:#x} {}\n", address, name);
    return text + fmt::format("{}\n", fmt::join(trace.failed_setup, "; "));
}

} // namespace

std::string print(const Recording& recording) {
    std::string text = fmt::format("{} {} {} {} kernel {} {}\n", recording.release,
                                   recording.architecture, recording.started, recording.made_by,
                                   recording.kernel.size(), recording.cut_short.value_or("whole"));
    for (const Sources& sources : recording.sources) {
        text += sources.path + "\n";
        for (const sema::EnumType& type : sources.enums)
            for (const auto& item : type.enumerators)
                text += fmt::format("{} {} {}\n", type.name, item.name, item.value);
        for (const Source& source : sources.sources) {
            text += fmt::format("{}:{}", source.group, source.name);
            for (const Source::Field& field : source.fields)
                text += fmt::format(" {}/{}/{}/{}/{}/{}/{}", field.name,
                                    static_cast<int>(field.type.kind), field.type.size,
                                    field.type.is_signed, field.type.count,
                                    static_cast<int>(field.type.display),
                                    field.type.enumeration ? field.type.enumeration->value : 99);
            text += "\n";
        }
    }
    for (const Observed& test : recording.tests)
        text += fmt::format("{} {} {} {} {} {}\n{}", test.test, test.sources, test.backend,
                            test.duration_ns, test.error, fmt::join(test.error_remarks, "; "),
                            print(test.trace));
    return text;
}

} // namespace kps::recordings
