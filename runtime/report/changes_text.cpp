#include "compiler/base/counted.hpp"
#include "runtime/report/changes.hpp"
#include "runtime/report/pieces.hpp"

#include <array>
#include <fmt/core.h>

namespace kps::report {

using changes::Change;
using changes::Kind;
using changes::Severity;

namespace {

using Row = std::array<std::size_t, changes::severities>; ///< by severity

std::array<Row, changes::kinds> count(const std::vector<Change>& all) {
    std::array<Row, changes::kinds> rows{};
    for (const Change& change : all)
        ++rows[static_cast<std::size_t>(change.kind)][static_cast<std::size_t>(change.severity)];
    return rows;
}

std::string table_line(std::string_view name, const Row& row) {
    std::string text = fmt::format("{:<22}", name);
    for (const std::size_t number : row)
        text += number == 0 ? fmt::format("{:>19}", "-") : fmt::format("{:>19}", number);
    return text + "\n";
}

std::string summary_table(const std::vector<Change>& all) {
    std::string text = fmt::format("{:<22}", "");
    for (std::size_t i = 0; i < changes::severities; ++i)
        text += fmt::format("{:>19}", to_string(Severity{static_cast<std::uint8_t>(i)}));
    text += '\n';
    Row sum{};
    const auto rows = count(all);
    for (std::size_t kind = 0; kind < rows.size(); ++kind) {
        if (rows[kind] == Row{}) continue;
        text += table_line(to_string(Kind{static_cast<std::uint8_t>(kind)}), rows[kind]);
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += rows[kind][i];
    }
    return text + table_line("all", sum);
}

std::string change_block(const Change& change, const Palette& p) {
    std::string text =
        fmt::format("  {} {}{}{}", to_string(change.kind), p.bold, change.name, p.reset);
    if (!change.module.empty()) text += fmt::format(" [{}]", change.module);
    text += '\n';
    if (change.old_side)
        text += fmt::format("    {}old{} {}\n", p.quiet, p.reset, *change.old_side);
    if (change.new_side && change.candidates.empty())
        text += fmt::format("    {}new{} {}\n", p.quiet, p.reset, *change.new_side);
    for (const std::string& detail : change.details)
        text += fmt::format("        {}\n", detail);
    for (const changes::Candidate& candidate : change.candidates)
        text += fmt::format("    {}now?{} {} ({:.0f} %: {})\n", p.quiet, p.reset,
                            candidate.declaration.empty() ? candidate.name : candidate.declaration,
                            candidate.score * 100, candidate.reason);
    return text;
}

std::string list(const std::vector<Change>& all, const Palette& p) {
    std::string text;
    std::optional<Severity> last;
    for (const Change& change : all) {
        if (last != change.severity)
            text += fmt::format("\n{}{}{}\n", p.bad, to_string(change.severity), p.reset);
        last = change.severity;
        text += change_block(change, p);
    }
    return text;
}

} // namespace

std::string changes_text(const KernelChanges& changes, bool with_list, diag::Colour colour) {
    std::string text = fmt::format(
        "{} to {}: {}{}\n", changes.old_kernel.release, changes.new_kernel.release,
        counted(changes.changes.size(), "change"), changes.specs.empty() ? "" : " for these specs");
    if (changes.changes.empty()) return text;
    text += "\n" + summary_table(changes.changes);
    if (with_list) return text + list(changes.changes, palette(colour));
    return text + "\n`--all` lists them, `--used-by SPEC...` those that specs depend on\n";
}

} // namespace kps::report
