#include "compiler/diagnostics/messages.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/pages.hpp"

#include <algorithm>
#include <charconv>

namespace kps::cli {

namespace {

/// `KPS0401`, `kps401`, `401` → 401; 0 if it is not such a code.
unsigned code_number(std::string_view text) {
    if (text.size() > 3 && (text.starts_with("KPS") || text.starts_with("kps")))
        text.remove_prefix(3);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// The page without what its code blocks tell to tests (` ```kps fail=KPS0401 `).
std::string for_readers(std::string_view page) {
    constexpr std::string_view fence = "```kps";
    std::string text;
    while (!page.empty()) {
        const std::size_t end = std::min(page.find('\n'), page.size() - 1) + 1;
        const std::string_view line = page.substr(0, end);
        text += line.starts_with(fence) ? fmt::format("{}\n", fence) : std::string(line);
        page.remove_prefix(end);
    }
    return text;
}

int list_all(Terminal& terminal) {
    for (const diag::CatalogueRow& row : diag::catalogue())
        terminal.out(fmt::format("{}  {:<8} {}\n", to_string(row.code), to_string(row.severity),
                                 diag::with_dots(row.format)));
    return Exit::ok;
}

} // namespace

int explain(const ExplainOptions& options, Terminal& terminal) {
    if (options.code.empty()) return list_all(terminal);
    const unsigned number = code_number(options.code);
    for (const DiagnosticPage& page : diagnostic_pages()) {
        if (page.code != number) continue;
        terminal.out(for_readers(page.text));
        return Exit::ok;
    }
    terminal.fail(
        {fmt::format("there is no diagnostic `{}`", options.code), "`kps explain` lists all"});
    return Exit::wrong_input;
}

} // namespace kps::cli
