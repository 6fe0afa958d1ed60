#pragma once

#include "runtime/cli/commands.hpp"
#include "runtime/cli/pipeline.hpp"
#include "runtime/cli/target.hpp"
#include "runtime/judge/verdict.hpp"

namespace kps::cli {

/// One test that is to be observed.
struct Trial {
    const Compiled& compiled;
    const sema::Test& test;
    const SourceSet& sources;
    const kernel::KernelView& kernel;
    const RunOptions& options;
    Target& target;
    std::uint32_t number = 0; ///< of the job; unique within the run
};

/// How it went with one backend.
struct Attempt {
    Result<hits::Trace> trace = fail("nothing was observed");
    /// The compiler or the kernel refused what was to be attached, and nothing was run.
    std::optional<judge::TestResult> refused = std::nullopt;
    bool broken = false; ///< the target cannot go on
};
Attempt on_tracefs(const Trial& trial);
Attempt on_bpf(const Trial& trial);

/// The result of a test that could not be run.
judge::TestResult error_result(const sema::Test& test, const Error& error);

} // namespace kps::cli
