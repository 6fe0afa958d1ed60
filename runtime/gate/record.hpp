#pragma once

#include "runtime/gate/run_report.hpp"

#include <array>

/// What a gate has found, before anything of it is judged: plain data that a shard writes to a file
/// and that `kps merge` joins with that of the others.
namespace kps::gate {

/// The tests of a gate are dealt out to shards in turn.
struct Shard {
    std::uint32_t index = 1; ///< from 1
    std::uint32_t count = 1;

    bool operator==(const Shard&) const = default;
};

struct Kernel {
    std::string name; ///< as the command line has it
    std::string release;

    bool operator==(const Kernel&) const = default;
};

/// What became of a probe or of one of its fields.
enum class State : std::uint8_t {
    same,
    adapted, ///< another alternative is used
    shifted, ///< another type
    gone,
    absent, ///< gone, but the probe is optional
    gained, ///< was not there on the old kernel
};
inline constexpr std::array<std::string_view, 6> state_names = {"same", "adapted", "type shifted",
                                                                "gone", "absent",  "gained"};
inline std::string_view to_string(State state) {
    return state_names.at(static_cast<std::size_t>(state));
}

struct StaticRow {
    std::size_t kernel = 1; ///< index into `Record::kernels`; compared with the first
    std::string spec;       ///< path
    std::string subject;    ///< `probe open`, `field open.path`; `spec` for what concerns it all
    Place place;
    State state = State::same;
    std::string old_text; ///< what it is on either kernel: `entry do_sys_open`, `u32 how->flags`
    std::string new_text; ///< or why it is not there

    bool operator==(const StaticRow&) const = default;
};

/// A difference between the two kernels that a spec depends on (compiler/changes).
struct StaticChange {
    std::size_t kernel = 1;
    std::string kind, name, old_text, new_text, severity;

    bool operator==(const StaticChange&) const = default;
};

struct TestName {
    std::string spec;
    std::string name;
    Place place;
    std::uint32_t shard = 1;   ///< whose it is
    std::uint32_t repeats = 1; ///< how often it runs on each kernel

    bool operator==(const TestName&) const = default;
};

/// Why a run that a user ended has no report.
inline constexpr std::string_view interrupted = "interrupted";

/// One pass over a shard's tests on one kernel.
struct KernelRun {
    std::size_t kernel = 0;
    std::string error;  ///< why nothing could be run, or `interrupted`; then there is no report
    std::string report; ///< of `kps run`, in JSON
};

struct Record {
    std::string version; ///< of kps
    std::string set;     ///< the same for the shards of one gate, and for no other
    Shard shard;
    std::string started;               ///< UTC
    std::uint64_t duration_ns = 0;     ///< of several shards, the longest
    double tolerance = 0;              ///< by which a measure may be worse than its baseline allows
    bool static_only = false;          ///< nothing was to be run
    std::vector<Kernel> kernels;       ///< the first is what the others are compared with
    std::vector<TestName> tests;       ///< of all shards
    std::vector<StaticRow> table;      ///< of all shards
    std::vector<StaticChange> changes; ///< of all shards
    std::vector<KernelRun> runs;       ///< of this shard
};

/// What `json_report` (reports.hpp) wrote, without what was judged.
Result<Record> read_record(std::string_view json);

/// Why files cannot be joined.
struct MergeFault {
    bool incomplete = false; ///< shards are missing; else they are not of one gate
    Error error;
};
/// The record of the whole gate from those of all of its shards, in any order.
std::expected<Record, MergeFault> merge(std::vector<Record> shards);

} // namespace kps::gate
