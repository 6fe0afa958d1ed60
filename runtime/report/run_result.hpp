#pragma once

#include "compiler/base/source.hpp"
#include "runtime/judge/verdict.hpp"

#include <string>
#include <vector>

namespace kps::report {

/// One test as it was judged, with what was observed.
struct TestRun {
    judge::TestResult result;
    hits::Trace trace;
    std::uint64_t unkept_hits = 0; ///< that were judged while they passed, besides those of `trace`
    std::uint64_t duration_ns = 0; ///< of the whole job, by the clock of the host
    std::string backend;           ///< `bpf` or `tracefs`; empty if nothing was run
    std::string fallback;          ///< why it was not the one that was preferred; empty if it was
};

struct SpecRun {
    sema::ResolvedSpec spec;
    std::vector<TestRun> tests; ///< as many as `spec.tests`, in their order
};

/// Everything a report is made from.
struct RunResult {
    std::string version; ///< of kps
    std::string kernel;  ///< release, `6.12.117+deb12-cloud-amd64`
    std::string
        kernel_name;     ///< as the command line named it, `debian:6.12`; `running` for this one
    std::string place;   ///< `QEMU, software emulation`, `this machine`
    std::string started; ///< UTC, `2026-11-21T03:00:00`
    std::uint64_t boot_ns = 0; ///< 0 if nothing was booted
    std::uint64_t duration_ns = 0;
    std::vector<SpecRun> specs;
};

/// How many tests have each verdict, by its number.
struct Tally {
    std::size_t of[7] = {};

    [[nodiscard]] std::size_t operator[](judge::Verdict v) const {
        return of[static_cast<std::size_t>(v)];
    }
    [[nodiscard]] std::size_t total() const;
};
Tally tally(const RunResult& run);

/// 0, 1, 3 or 4 as docs/cli.md says; `no_skip`: a skipped test counts as a failure.
int exit_status(const RunResult& run, bool no_skip);

} // namespace kps::report
