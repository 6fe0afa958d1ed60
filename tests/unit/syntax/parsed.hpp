#pragma once

#include "compiler/diagnostics/render.hpp"
#include "compiler/syntax/dump.hpp"
#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"

namespace kps::syntax {

/// A spec read from a text of a test.
struct Parsed {
    SourceSet sources;
    diag::Sink sink;
    File file;

    explicit Parsed(std::string text)
        : file(parse(sources, sources.add("test.kps", std::move(text)), sink)) {}

    [[nodiscard]] std::string codes() const {
        std::string codes;
        for (const diag::Diagnostic& found : sink.sorted())
            codes += (codes.empty() ? "" : " ") + to_string(found.code);
        return codes;
    }
    [[nodiscard]] std::string diagnostics() const {
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
    [[nodiscard]] std::string formatted() const {
        diag::Sink again;
        return format(sources, file.source, again);
    }
};

} // namespace kps::syntax
