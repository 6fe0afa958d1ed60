#pragma once

#include "compiler/base/result.hpp"
#include "runtime/judge/verdict.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What `kps run --report json` said (docs/report.schema.json), read back: a gate compares runs
/// that other processes, and other machines, have made.
namespace kps::gate {

using judge::Verdict;

struct Place {
    std::string file;
    std::uint64_t line = 0; ///< 1-based, as `column`
    std::uint64_t column = 0;

    auto operator<=>(const Place&) const = default;
};

struct Hit {
    std::string probe;
    std::uint64_t time_ns = 0; ///< since the probes went live
    std::uint64_t cpu = 0;
    std::uint64_t tid = 0;
    std::string comm;
    std::vector<std::pair<std::string, std::string>> fields; ///< name and value as printed
};

struct Evidence {
    std::vector<Hit> hits;
    std::string note;
    std::vector<std::string> decisive; ///< names of fields
};

struct Finding {
    Verdict verdict = Verdict::pass;
    std::string text; ///< the spec's words
    Place place;
    std::string seen, expected, reason, key;
    std::vector<Evidence> evidence;
    std::uint64_t more_evidence = 0;
    std::vector<std::string> remarks;
    std::optional<judge::Measured> measured;
    /// A comparison with the same measure on the old kernel.
    struct Baseline {
        std::string op; ///< `<=`
        double factor = 1;
    };
    std::optional<Baseline> baseline;
};

struct Histogram {
    struct Bucket {
        std::string text;
        std::optional<std::uint64_t> from; ///< none: negative values
        std::uint64_t count = 0;
    };
    std::string text; ///< the spec's words
    std::vector<Bucket> buckets;
};

struct TestReport {
    std::string spec; ///< path
    std::string name;
    Verdict verdict = Verdict::pass;
    std::string reason; ///< of a SKIP or ERROR
    Place place;
    std::uint64_t duration_ns = 0;
    std::uint64_t hits = 0; ///< how many were recorded
    std::vector<Hit> first_hits;
    std::vector<Finding> findings;
    std::vector<Histogram> histograms;
    std::vector<std::string> remarks;
};

struct RunReport {
    std::string kernel;      ///< release
    std::string kernel_name; ///< as the command line named it
    std::string place;       ///< `QEMU, software emulation`
    std::uint64_t boot_ns = 0;
    std::vector<TestReport> tests;
};

/// Reads one report; fails if it is none, or damaged.
Result<RunReport> read_run_report(std::string_view json);

/// The verdict that `judge::to_string` writes so.
std::optional<Verdict> verdict_named(std::string_view name);

} // namespace kps::gate
