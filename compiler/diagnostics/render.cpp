#include "compiler/diagnostics/render.hpp"

#include "compiler/base/counted.hpp"

#include <algorithm>
#include <functional>

namespace kps::diag {

namespace {

constexpr std::size_t most_shown = 20;

struct Palette {
    std::string_view error, warning, note, place, bold, reset;
};

constexpr Palette plain{};
constexpr Palette coloured{"\033[1;31m", "\033[1;33m", "\033[1;36m",
                           "\033[1;34m", "\033[1m",    "\033[0m"};

const Palette& palette(Colour colour) {
    return colour == Colour::always ? coloured : plain;
}

std::string_view severity_colour(Severity severity, const Palette& p) {
    switch (severity) {
    case Severity::error: return p.error;
    case Severity::warning: return p.warning;
    case Severity::note: return p.note;
    }
    return p.error;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// White space under the text before the carets: its tabs, and a blank for each other character.
std::string indent_like(std::string_view text) {
    std::string blanks;
    for (char c : text)
        if (!is_continuation(c)) blanks += c == '\t' ? '\t' : ' ';
    return blanks;
}

/// `at` or, within a character, its end.
std::size_t boundary(std::string_view text, std::size_t at) {
    while (at < text.size() && is_continuation(text[at]))
        ++at;
    return at;
}

/// The text with a replacement character for each control character, which a terminal would obey.
std::string printable(std::string_view text) {
    constexpr std::string_view replacement = "\uFFFD";
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
        const bool in_two_bytes = byte == 0xC2 && next >= 0x80 && next < 0xA0;
        if (in_two_bytes || byte == 0x7F || (byte < 0x20 && byte != '\t'))
            shown += replacement;
        else
            shown += text[i];
        if (in_two_bytes) ++i;
    }
    return shown;
}

/// The part of a line that is shown: of a long one, what is near to the marked place.
struct Excerpt {
    std::string before; ///< the marked place
    std::string rest;   ///< from there on
    std::size_t carets = 1;
};

Excerpt excerpt(std::string_view line, std::size_t begin, std::size_t size) {
    constexpr std::size_t most_before = 80, most_behind = 120;
    constexpr std::string_view gap = "...";
    std::string_view before = line.substr(0, std::min(begin, line.size()));
    std::string_view rest = line.substr(before.size());
    const bool is_long = line.size() > most_before + most_behind;
    const bool cut_front = is_long && before.size() > most_before;
    const bool cut_back = is_long && rest.size() > most_behind;
    if (cut_front) before.remove_prefix(boundary(before, before.size() - most_before));
    if (cut_back) rest = rest.substr(0, boundary(rest, most_behind));
    const std::string_view marked = rest.substr(0, size);
    const auto carets = std::ranges::count_if(marked, std::not_fn(is_continuation));
    return {(cut_front ? std::string(gap) : std::string()) + printable(before),
            printable(rest) + (cut_back ? std::string(gap) : std::string()),
            std::max<std::size_t>(static_cast<std::size_t>(carets), 1)};
}

} // namespace

std::string render_excerpt(Span span, std::string_view label, const SourceSet& sources,
                           Colour colour) {
    const Palette& p = palette(colour);
    const SourceFile& file = sources[span.file];
    const LineColumn at = sources.position(span.file, span.begin);
    const std::string_view line = sources.line_text(span.file, at.line);
    const std::size_t start = span.begin - file.line_starts[at.line - 1];
    const Excerpt shown = excerpt(line, start, span.end - span.begin);
    const std::string number = std::to_string(at.line);
    const std::string gutter(std::max<std::size_t>(number.size(), 3), ' ');
    std::string text = fmt::format("{}{}-->{} {}:{}:{}\n", gutter, p.place, p.reset, file.path,
                                   at.line, at.column);
    text += fmt::format("{} {}|{}\n", gutter, p.place, p.reset);
    text += fmt::format("{}{:>3} |{} {}\n", p.place, number, p.reset, shown.before + shown.rest);
    text += fmt::format("{} {}|{} {}{}{}", gutter, p.place, p.reset, indent_like(shown.before),
                        p.error, std::string(shown.carets, '^'));
    if (!label.empty()) text += fmt::format(" {}", label);
    return text + fmt::format("{}\n", p.reset);
}

std::string render_text(const Diagnostic& d, const SourceSet& sources, Colour colour) {
    const Palette& p = palette(colour);
    std::string text =
        fmt::format("{}{}[{}]{}: {}{}{}\n", severity_colour(d.severity, p), to_string(d.severity),
                    to_string(d.code), p.reset, p.bold, d.message, p.reset);
    text += render_excerpt(d.span, d.label, sources, colour);
    for (const Note& note : d.notes) {
        text += fmt::format("{}note{}: {}\n", p.note, p.reset, note.text);
        text += render_excerpt(note.span, "", sources, colour);
    }
    for (const std::string& remark : d.remarks)
        text += fmt::format("    {}={} note: {}\n", p.place, p.reset, remark);
    for (const std::string& help : d.help)
        text += fmt::format("    {}={} help: {}\n", p.place, p.reset, help);
    if (d.fix)
        text += fmt::format("    {}={} help: write `{}`\n", p.place, p.reset, d.fix->replacement);
    return text;
}

std::string render_text(const std::vector<Diagnostic>& diagnostics, const SourceSet& sources,
                        Colour colour) {
    std::string text;
    const std::size_t shown = std::min(diagnostics.size(), most_shown);
    for (std::size_t i = 0; i < shown; ++i)
        text += render_text(diagnostics[i], sources, colour) + "\n";
    if (shown < diagnostics.size())
        text += fmt::format("... and {} more\n\n", diagnostics.size() - shown);
    const auto having = [&](Severity severity) {
        return static_cast<std::size_t>(
            std::ranges::count(diagnostics, severity, &Diagnostic::severity));
    };
    const std::size_t errors = having(Severity::error), warnings = having(Severity::warning);
    if (errors > 0) text += counted(errors, "error");
    if (errors > 0 && warnings > 0) text += ", ";
    if (warnings > 0) text += counted(warnings, "warning");
    if (errors > 0 || warnings > 0) text += "\n";
    return text;
}

} // namespace kps::diag
