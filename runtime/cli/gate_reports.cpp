#include "runtime/cli/gate_reports.hpp"

#include "runtime/cli/reports.hpp"
#include "runtime/cli/run_setup.hpp"
#include "runtime/cli/specs.hpp"
#include "runtime/gate/reports.hpp"

namespace kps::cli {

namespace {

std::string render(const std::string& format, const gate::Judged& judged) {
    if (format == "json") return gate::json_report(judged);
    if (format == "junit") return gate::junit_report(judged);
    if (format == "tap") return gate::tap_report(judged);
    if (format == "markdown") return gate::markdown_report(judged);
    if (format == "sarif") return gate::sarif_report(judged);
    if (format == "html") return gate::html_report(judged);
    return gate::text_report(judged, diag::Colour::never);
}

} // namespace

Result<std::vector<gate::Waiver>> waivers_of(const std::string& path) {
    if (path.empty()) return std::vector<gate::Waiver>();
    const auto text = read_text(path);
    if (!text) return std::unexpected(text.error());
    return gate::read_waivers(*text, path);
}

int report_gate(const gate::Record& record, std::vector<gate::Waiver> waivers,
                const std::vector<std::string>& options, Terminal& terminal) {
    const std::string today = utc_now().substr(0, std::string_view("2026-11-21").size());
    const gate::Outcome outcome = gate::compare(record, std::move(waivers), today);
    const gate::Judged judged{record, outcome};
    const auto wishes = report_wishes(options);
    if (shows_text(wishes)) terminal.out(gate::text_report(judged, terminal.out_colour()));
    for (const ReportWish& wish : wishes) {
        if (wish.format == "text" && wish.file.empty()) continue;
        const std::string text = render(wish.format, judged);
        if (wish.file.empty())
            terminal.out(text);
        else if (const auto written = write_text(wish.file, text); !written)
            return terminal.fail(written.error());
    }
    return outcome.exit_status;
}

} // namespace kps::cli
