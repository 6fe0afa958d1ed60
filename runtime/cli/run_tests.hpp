#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"
#include "runtime/cli/recorder.hpp"
#include "runtime/cli/target.hpp"
#include "runtime/report/run_result.hpp"

#include <optional>

namespace kps::cli {

/// Everything that can be settled before a kernel is touched.
struct Prepared {
    std::shared_ptr<const kernel::KernelView> kernel;
    std::vector<Compiled> specs;
    std::optional<int> exit; ///< set if it ends here; everything was said then
};
Prepared prepare(const RunOptions& options, SourceSet& sources, Terminal& terminal);

struct Runtime {
    Target* target = nullptr; ///< null if every test is skipped, or after an interruption
    const Interruption& interruption;
    Recorder* recorder = nullptr; ///< gets what was observed; may be null
};

/// Runs and judges every test of `prepared`, one after the other, and adds them to `result`;
/// `text`: each is written to the terminal as it ends. A target that breaks down makes the test at
/// hand and all after it ERROR; after an interruption they are INCONCLUSIVE.
void run_tests(const Prepared& prepared, const RunOptions& options, const SourceSet& sources,
               const Runtime& runtime, bool text, report::RunResult& result, Terminal& terminal);

} // namespace kps::cli
