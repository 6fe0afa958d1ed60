#include "runtime/gate/reports.hpp"
#include "runtime/gate/words.hpp"
#include "runtime/report/pieces.hpp"

#include <fmt/core.h>

namespace kps::gate {

namespace {

class Tap {
public:
    explicit Tap(const Judged& gate) : gate_(gate) {}

    std::string write() {
        const Record& record = gate_.record;
        for (std::size_t kernel = 1; kernel < record.kernels.size(); ++kernel) {
            for (const TestRow& row : gate_.outcome.tests)
                write_test(row, kernel);
            for (std::size_t i = 0; i < record.table.size(); ++i)
                if (record.table[i].kernel == kernel && is_finding(record.table[i].state))
                    write_row(i);
        }
        return fmt::format("TAP version 14\n1..{}\n# kps {} gate, {}\n{}", number_, record.version,
                           record.kernels.front().name, lines_);
    }

private:
    void line(bool is_ok, const std::string& description, const std::string& directive) {
        lines_ += fmt::format("{} {} - {}{}\n", is_ok ? "ok" : "not ok", ++number_,
                              report::tap_text(description),
                              directive.empty() ? "" : " # " + report::tap_text(directive));
    }

    void details(const std::string& text) {
        lines_ += fmt::format("  ---\n  details: |\n{}  ...\n", report::indented(text, "    "));
    }

    void write_test(const TestRow& row, std::size_t kernel) {
        const Side& now = row.sides[kernel];
        const bool stops = is_finding(now.delta) && !now.waiver;
        std::string directive;
        if (now.waiver)
            directive = "SKIP waived: " + gate_.outcome.waivers[*now.waiver].reason;
        else if (now.delta == Delta::same && now.verdict == Verdict::skip)
            directive = "SKIP " + now.why;
        line(!stops,
             fmt::format("{}: {}: {}: {}", gate_.record.kernels[kernel].name, row.test.spec,
                         row.test.name, to_string(now.delta)),
             directive);
        if (stops) details(side_text(now));
    }

    void write_row(std::size_t index) {
        const StaticRow& row = gate_.record.table[index];
        const auto& waiver = gate_.outcome.table_waivers[index];
        line(waiver.has_value(),
             fmt::format("{}: {}: {}: {}", gate_.record.kernels[row.kernel].name, row.spec,
                         row.subject, to_string(row.state)),
             waiver ? "SKIP waived: " + gate_.outcome.waivers[*waiver].reason : "");
        if (!waiver) details(fmt::format("old: {}\nnew: {}\n", row.old_text, row.new_text));
    }

    const Judged& gate_;
    std::string lines_;
    std::size_t number_ = 0;
};

} // namespace

std::string tap_report(const Judged& gate) {
    return Tap(gate).write();
}

} // namespace kps::gate
