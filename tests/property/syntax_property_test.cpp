#include "compiler/diagnostics/render.hpp"
#include "compiler/syntax/dump.hpp"
#include "compiler/syntax/format.hpp"
#include "compiler/syntax/parse.hpp"
#include "tests/property/spec_writer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kps::syntax {

namespace {

using Choices = std::vector<std::uint8_t>;

struct Parsed {
    SourceSet sources;
    diag::Sink sink;
    File file;

    explicit Parsed(const std::string& text)
        : file(parse(sources, sources.add("random.kps", text), sink)) {}

    [[nodiscard]] std::string diagnostics() const {
        return diag::render_text(sink.sorted(), sources, diag::Colour::never);
    }
    /// The formatter reads the text by itself, and finds the same mistakes.
    [[nodiscard]] std::string formatted() const {
        diag::Sink found;
        std::string text = format(sources, file.source, found);
        RC_ASSERT(diag::render_text(found.sorted(), sources, diag::Colour::never) == diagnostics());
        return text;
    }
};

/// Long enough for specs of some size.
rc::Gen<Choices> choices() {
    return rc::gen::scale(8.0, rc::gen::arbitrary<Choices>());
}

/// A spec with a few bytes changed, so that mistakes stand in plausible places.
std::string mutated(std::string text, const Choices& changes) {
    constexpr std::string_view bytes = "{}()[]\"'`#;:=<>&|.,*-\n\\ a1\xff";
    for (std::size_t i = 0; i + 2 < changes.size() && !text.empty(); i += 3) {
        const std::size_t at = (std::size_t{changes[i]} * 256 + changes[i + 1]) % text.size();
        const char byte = bytes[changes[i + 2] % bytes.size()];
        if (changes[i + 2] % 3 == 0)
            text.erase(at, 1);
        else if (changes[i + 2] % 3 == 1)
            text.insert(at, 1, byte);
        else
            text[at] = byte;
    }
    return text;
}

RC_GTEST_PROP(Syntax, FormattingChangesTheLayoutOnly, ()) {
    const Choices chosen = *choices();
    const std::string text = SpecWriter(chosen).file();
    const Parsed parsed(text);
    RC_LOG(text);
    RC_LOG(parsed.diagnostics());
    RC_ASSERT(!parsed.sink.has_errors());
    const std::string formatted = parsed.formatted();
    RC_LOG(formatted);
    const Parsed again(formatted);
    RC_ASSERT(again.diagnostics() == "");
    RC_ASSERT(dump(again.file) == dump(parsed.file));
    RC_ASSERT(again.file.comments.size() == parsed.file.comments.size());
    RC_ASSERT(again.formatted() == formatted);
    RC_CLASSIFY(text.size() > 500, "more than 500 bytes");
}

RC_GTEST_PROP(Syntax, MistakesAreReportedWhereTheyAre, ()) {
    const Choices chosen = *choices();
    const std::string text = mutated(SpecWriter(chosen).file(), *rc::gen::arbitrary<Choices>());
    const Parsed parsed(text);
    for (const diag::Diagnostic& found : parsed.sink.sorted()) {
        RC_ASSERT(found.span.begin <= found.span.end);
        RC_ASSERT(found.span.end <= text.size());
    }
    RC_CLASSIFY(parsed.sink.has_errors());
    static_cast<void>(parsed.diagnostics());
    static_cast<void>(dump(parsed.file));
    const std::string formatted = parsed.formatted();
    RC_ASSERT(!parsed.sink.has_errors() || formatted.empty());
    if (parsed.sink.has_errors()) return;
    const Parsed again(formatted);
    RC_ASSERT(dump(again.file) == dump(parsed.file));
}

RC_GTEST_PROP(Syntax, GarbageIsSurvived, (const std::string& text)) {
    const Parsed parsed(text);
    static_cast<void>(parsed.diagnostics());
    static_cast<void>(dump(parsed.file));
}

} // namespace

} // namespace kps::syntax
