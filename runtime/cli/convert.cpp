#include "runtime/cli/commands.hpp"
#include "runtime/cli/specs.hpp"
#include "runtime/recordings/export.hpp"
#include "runtime/recordings/open.hpp"

#include <fmt/core.h>

namespace kps::cli {

int convert(const ConvertOptions& options, Terminal& terminal) {
    const auto recording = recordings::open(options.file);
    if (!recording) {
        terminal.fail(recording.error());
        return Exit::wrong_input;
    }
    if (recording->cut_short)
        terminal.err(fmt::format("warning: {}: {}\n", options.file, *recording->cut_short));
    const auto write = [&](const recordings::Put& put) {
        if (options.to == "jsonl")
            recordings::write_json_lines(*recording, put);
        else
            recordings::write_perfetto(*recording, put);
    };
    std::string text;
    if (options.output.empty()) {
        constexpr std::size_t piece = std::size_t{1} << 16;
        write([&](std::string_view part) {
            text += part;
            if (text.size() < piece) return;
            terminal.out(text);
            text.clear();
        });
        terminal.out(text);
        return Exit::ok;
    }
    write([&](std::string_view part) { text += part; });
    if (const auto written = write_text(options.output, text); !written)
        return terminal.fail(written.error());
    return Exit::ok;
}

} // namespace kps::cli
