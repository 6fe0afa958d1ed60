#include "compiler/syntax/format.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/specs.hpp"

#include <algorithm>

namespace kps::cli {

namespace {

/// Formats one file; `Exit::failed` if `--check` finds it is not formatted.
int format_one(const std::string& path, bool check, Terminal& terminal) {
    Result<std::string> text = read_text(path);
    if (!text) {
        terminal.fail(text.error());
        return Exit::wrong_input;
    }
    SourceSet sources;
    diag::Sink sink;
    const SourceId source = sources.add(path == "-" ? "<standard input>" : path, std::move(*text));
    const std::string formatted = syntax::format(sources, source, sink);
    if (show_diagnostics(sink, sources, terminal)) return Exit::wrong_input;
    const bool same = formatted == sources[source].text;
    if (check) {
        if (!same) terminal.out(fmt::format("{} is not formatted\n", sources[source].path));
        return same ? Exit::ok : Exit::failed;
    }
    if (path == "-") {
        terminal.out(formatted);
        return Exit::ok;
    }
    if (same) return Exit::ok;
    const Result<void> written = write_text(path, formatted);
    return written ? Exit::ok : terminal.fail(written.error());
}

} // namespace

int format_files(const FmtOptions& options, Terminal& terminal) {
    int status = Exit::ok;
    for (const std::string& path : options.files)
        status = std::max(status, format_one(path, options.check, terminal));
    return status;
}

} // namespace kps::cli
