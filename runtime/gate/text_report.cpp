#include "compiler/base/counted.hpp"
#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"
#include "runtime/hits/print.hpp"
#include "runtime/report/pieces.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace kps::gate {

namespace {

class Text {
public:
    Text(const Judged& gate, diag::Colour colour)
        : record_(gate.record), outcome_(gate.outcome), p_(report::palette(colour)) {}

    std::string write() {
        text_ = fmt::format("kps {} gate: {}{}{}", record_.version, p_.bold,
                            kernel_text(record_.kernels.front()), p_.reset);
        if (record_.shard.count > 1)
            text_ += fmt::format(", shard {} of {}", record_.shard.index, record_.shard.count);
        text_ += "\n";
        for (std::size_t kernel = 1; kernel < record_.kernels.size(); ++kernel)
            write_kernel(kernel);
        write_waivers();
        write_summary();
        return std::move(text_);
    }

private:
    void write_kernel(std::size_t kernel) {
        text_ +=
            fmt::format("\n{}→ {}{}\n", p_.bold, kernel_text(record_.kernels[kernel]), p_.reset);
        text_ += fmt::format("  {}\n", table_text(record_, kernel));
        for (std::size_t i = 0; i < record_.table.size(); ++i)
            if (record_.table[i].kernel == kernel && record_.table[i].state != State::same)
                write_row(record_.table[i], outcome_.table_waivers[i].has_value());
        write_changes(kernel);
        if (record_.static_only) return;
        text_ += fmt::format("  {}\n", tally_text(outcome_, kernel));
        for (const TestRow& row : outcome_.tests)
            write_test(row, kernel);
    }

    [[nodiscard]] std::string_view tone(bool is_bad, bool is_waived) const {
        return is_waived ? p_.quiet : is_bad ? p_.bad : p_.doubt;
    }

    void write_row(const StaticRow& row, bool is_waived) {
        text_ +=
            fmt::format("    {}{:<13}{} {}  {}{}:{}{}\n", tone(is_finding(row.state), is_waived),
                        is_waived ? "waived" : to_string(row.state), p_.reset, row.subject,
                        p_.quiet, row.place.file, row.place.line, p_.reset);
        if (!row.old_text.empty()) text_ += fmt::format("        old  {}\n", row.old_text);
        if (!row.new_text.empty()) text_ += fmt::format("        new  {}\n", row.new_text);
    }

    void write_changes(std::size_t kernel) {
        constexpr std::size_t most = 20;
        std::size_t harmless = 0;
        std::size_t found = 0;
        for (const StaticChange& change : record_.changes) {
            if (change.kernel != kernel) continue;
            if (change.severity == "harmless") {
                ++harmless;
                continue;
            }
            if (found++ == 0) text_ += "  what these specs use has changed\n";
            if (found > most) continue;
            text_ += fmt::format("    {}{}{} {}: {}\n", p_.doubt, change.severity, p_.reset,
                                 change.kind, change.name);
            if (!change.old_text.empty())
                text_ += fmt::format("        old  {}\n", change.old_text);
            if (!change.new_text.empty())
                text_ += fmt::format("        new  {}\n", change.new_text);
        }
        if (found > most)
            text_ +=
                fmt::format("    ... and {} more; the other reports have them\n", found - most);
        if (harmless > 0)
            text_ += fmt::format("  {} of what these specs use, such as members that moved\n",
                                 counted(harmless, "harmless change"));
    }

    void write_test(const TestRow& row, std::size_t kernel) {
        const Side& before = row.sides.front();
        const Side& now = row.sides[kernel];
        const bool differs = now.delta != Delta::same;
        const std::string_view colour =
            !differs ? p_.good : tone(is_finding(now.delta), now.waiver.has_value());
        text_ += fmt::format("    {}{:<13}{} {:<4} → {:<4}  {}  {}{}{}\n", colour,
                             now.waiver ? "waived" : to_string(now.delta), p_.reset,
                             verdict_text(before), verdict_text(now), row.test.name, p_.quiet,
                             row.test.spec, p_.reset);
        if (now.waiver)
            text_ += fmt::format("        {} (until {})\n", outcome_.waivers[*now.waiver].reason,
                                 outcome_.waivers[*now.waiver].until);
        if (!is_finding(now.delta) || now.waiver) return;
        text_ += fmt::format("      {}\n{}", record_.kernels[kernel].name,
                             report::indented(side_text(now), "        "));
        if (before.ran)
            text_ += fmt::format("      {}\n{}", record_.kernels.front().name,
                                 report::indented(side_text(before), "        "));
    }

    void write_waivers() {
        for (const std::size_t index : outcome_.expired) {
            const Waiver& waiver = outcome_.waivers[index];
            text_ += fmt::format("\n{}expired{} waiver {}:{} ended on {}: {}\n", p_.bad, p_.reset,
                                 waiver.file, waiver.line, waiver.until, waiver.subject);
        }
        for (const std::size_t index : outcome_.unused) {
            const Waiver& waiver = outcome_.waivers[index];
            text_ += fmt::format("\n{}unused{} waiver {}:{} accepts nothing: {}\n", p_.doubt,
                                 p_.reset, waiver.file, waiver.line, waiver.subject);
        }
    }

    void write_summary() {
        constexpr std::pair<int, std::string_view> words[] = {
            {0, "holds: nothing differs that is not accepted"},
            {1, "stopped: the kernels differ"},
            {3, "not decided: some of it could not be told"},
            {4, "failed: some of it could not be run"}};
        const auto word = std::ranges::find(words, outcome_.exit_status,
                                            &std::pair<int, std::string_view>::first);
        text_ += fmt::format("\ngate {}{}{} in {}\n", outcome_.exit_status == 0 ? p_.good : p_.bad,
                             word->second, p_.reset, hits::print_duration(record_.duration_ns));
    }

    const Record& record_;
    const Outcome& outcome_;
    const report::Palette& p_;
    std::string text_;
};

} // namespace

std::string text_report(const Judged& gate, diag::Colour colour) {
    return Text(gate, colour).write();
}

} // namespace kps::gate
