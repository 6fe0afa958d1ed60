#pragma once

#include "runtime/cli/pipeline.hpp"
#include "runtime/recordings/binding.hpp"
#include "runtime/recordings/writer.hpp"
#include "runtime/report/run_result.hpp"

namespace kps::cli {

/// Writes what tests observe into a recording: `kps run --record`.
class Recorder {
public:
    /// `run` is known but for its tests; `sources` are the texts of its specs. Fails if the file
    /// cannot be written.
    static Result<Recorder> create(const std::string& path, const report::RunResult& run,
                                   const std::vector<Compiled>& specs, const SourceSet& sources,
                                   const kernel::KernelView& kernel);

    /// A test that was run. `is_observed`: else its result says why it was not.
    void add(const Compiled& compiled, const report::TestRun& run, bool is_observed);
    Result<void> finish() { return writer_.finish(); }

private:
    explicit Recorder(recordings::Writer writer) : writer_(std::move(writer)) {}

    recordings::Writer writer_;
    std::map<const Compiled*, std::uint32_t> sources_;
};

} // namespace kps::cli
