#include "runtime/cli/reports.hpp"

#include "runtime/cli/specs.hpp"
#include "runtime/report/machine_formats.hpp"
#include "runtime/report/text.hpp"

#include <algorithm>

namespace kps::cli {

namespace {

std::string whole_text(const report::RunResult& run, const SourceSet& sources, bool verbose) {
    std::string text = report::text_header(run, diag::Colour::never);
    for (const report::SpecRun& spec : run.specs) {
        text += fmt::format("\n{}\n", spec.spec.path);
        for (const report::TestRun& test : spec.tests)
            text += report::text_test(spec, test, sources, {diag::Colour::never, verbose});
    }
    return text + report::text_summary(run, diag::Colour::never);
}

std::string render(const std::string& format, const report::RunResult& run,
                   const SourceSet& sources, bool verbose) {
    if (format == "json") return report::json(run, sources);
    if (format == "junit") return report::junit(run, sources);
    if (format == "tap") return report::tap(run, sources);
    return whole_text(run, sources, verbose);
}

} // namespace

std::vector<ReportWish> report_wishes(const std::vector<std::string>& options) {
    std::vector<ReportWish> wishes;
    for (const std::string& option : options) {
        const std::size_t equals = std::min(option.find('='), option.size());
        wishes.push_back(
            {option.substr(0, equals), option.substr(std::min(equals + 1, option.size()))});
    }
    if (wishes.empty()) wishes.push_back({"text", ""});
    return wishes;
}

bool shows_text(const std::vector<ReportWish>& wishes) {
    return std::ranges::none_of(
        wishes, [](const ReportWish& wish) { return wish.format != "text" && wish.file.empty(); });
}

Result<void> write_reports(const std::vector<ReportWish>& wishes, const report::RunResult& run,
                           const SourceSet& sources, bool verbose, Terminal& terminal) {
    for (const ReportWish& wish : wishes) {
        if (wish.format == "text" && wish.file.empty()) continue;
        const std::string text = render(wish.format, run, sources, verbose);
        if (wish.file.empty()) {
            terminal.out(text);
            continue;
        }
        if (Result<void> written = write_text(wish.file, text); !written) return written;
    }
    return {};
}

} // namespace kps::cli
