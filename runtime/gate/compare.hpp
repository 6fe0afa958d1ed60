#pragma once

#include "runtime/gate/record.hpp"
#include "runtime/gate/waivers.hpp"

namespace kps::gate {

/// How a test on a new kernel stands to the same test on the old one.
enum class Delta : std::uint8_t {
    same,          ///< the same verdict, a failure too
    fixed,         ///< failed, passes
    gained,        ///< was skipped or could not be told, passes
    regressed,     ///< did not fail, fails
    newly_skipped, ///< was not skipped, is
    inconclusive,  ///< cannot be told on the new kernel, or the run was interrupted
    flaky,         ///< passes and fails on the new kernel
    not_run,       ///< the new kernel's run is missing
    error,         ///< could be run on neither
};
inline constexpr std::array<std::string_view, 9> delta_names = {
    "same",         "fixed", "gained",  "regressed", "newly skipped",
    "inconclusive", "flaky", "not run", "error"};
inline std::string_view to_string(Delta delta) {
    return delta_names.at(static_cast<std::size_t>(delta));
}

/// A test on one kernel.
struct Side {
    Verdict verdict = Verdict::error; ///< of all runs together
    bool ran = false;
    bool flaky = false;
    std::string why;               ///< one line, where it is not a pass
    std::vector<TestReport> runs;  ///< in the order of time
    std::vector<Finding> baseline; ///< new kernels: what became of each comparison with the old one
    Delta delta = Delta::same;     ///< new kernels
    std::optional<std::size_t> waiver; ///< new kernels: into `Outcome::waivers`
};

struct TestRow {
    TestName test;
    std::vector<Side> sides; ///< one a kernel
};

/// A gate, judged.
struct Outcome {
    std::vector<TestRow> tests;
    /// By row of `Record::table`: the waiver that accepts it.
    std::vector<std::optional<std::size_t>> table_waivers;
    std::vector<Waiver> waivers;
    std::vector<std::size_t> expired; ///< waivers
    std::vector<std::size_t> unused;  ///< waivers that accept nothing any more
    int exit_status = 0;              ///< 0, 1, 3 or 4 as docs/gate.md says
};

/// Judges `record`, which must be whole; `today`: `2026-11-21`, from which on a waiver that ends
/// earlier has expired.
Outcome compare(const Record& record, std::vector<Waiver> waivers, std::string_view today);

/// Whether it stops the gate unless it is waived.
bool is_finding(Delta delta);
bool is_finding(State state);

/// How many tests of a new kernel stand so.
std::size_t count(const Outcome& outcome, std::size_t kernel, Delta delta);

} // namespace kps::gate
