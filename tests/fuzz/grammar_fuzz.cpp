// A spec: parsed, formatted (which must change the layout only) and checked without a kernel.

#include "compiler/diagnostics/render.hpp"
#include "compiler/semantics/resolve.hpp"
#include "compiler/syntax/dump.hpp"
#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"
#include "tests/fuzz/input.hpp"

namespace kps {
namespace {

/// A path whose directory does not exist, so that imports find nothing.
constexpr const char* path = "/nonexistent/input.kps";

std::string report(const diag::Sink& sink, const SourceSet& sources) {
    for (const diag::Diagnostic& found : sink.sorted()) {
        const std::size_t size = sources[found.span.file].text.size();
        fuzz::require(found.span.begin <= found.span.end && found.span.end <= size,
                      "a diagnostic lies inside of the text");
    }
    static_cast<void>(diag::render_json(sink.sorted(), sources));
    return diag::render_text(sink.sorted(), sources, diag::Colour::never);
}

void check(const std::string& text) {
    SourceSet sources;
    diag::Sink sink;
    const sema::LoadedSpec spec = sema::load(sources.add(path, text), {}, sources, sink);
    sema::check(spec, sources, sink);
    static_cast<void>(report(sink, sources));
}

/// The formatted text; empty if the spec has mistakes.
std::string format(const std::string& text) {
    SourceSet sources;
    diag::Sink parsing, formatting;
    const SourceId source = sources.add(path, text);
    const syntax::File file = syntax::parse(sources, source, parsing);
    const std::string dump = syntax::dump(file);
    const std::string formatted = syntax::format(sources, source, formatting);
    fuzz::require(report(parsing, sources) == report(formatting, sources),
                  "parser and formatter find the same mistakes");
    if (parsing.has_errors()) return {};
    diag::Sink again;
    const syntax::File second = syntax::parse(sources, sources.add(path, formatted), again);
    fuzz::require(!again.has_errors(), "what is formatted has no mistakes");
    fuzz::require(syntax::dump(second) == dump, "formatting changes the layout only");
    return formatted;
}

} // namespace
} // namespace kps

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(kps::fuzz::text_of(std::as_bytes(std::span(data, size))));
    kps::check(text);
    const std::string formatted = kps::format(text);
    if (!formatted.empty())
        kps::fuzz::require(kps::format(formatted) == formatted, "formatting again changes nothing");
    return 0;
}
