#pragma once

#include "runtime/cli/terminal.hpp"
#include "runtime/report/run_result.hpp"

namespace kps::cli {

/// `junit=report.xml`; without a file the report goes to standard output.
struct ReportWish {
    std::string format;
    std::string file;
};

/// What `--report` says; text if it was not given.
std::vector<ReportWish> report_wishes(const std::vector<std::string>& options);

/// Whether standard output gets the text. It is written while tests are judged, so only files and
/// other formats remain for the end.
bool shows_text(const std::vector<ReportWish>& wishes);

/// Writes those reports. `verbose`: of text, see `report::TextStyle`.
Result<void> write_reports(const std::vector<ReportWish>& wishes, const report::RunResult& run,
                           const SourceSet& sources, bool verbose, Terminal& terminal);

} // namespace kps::cli
