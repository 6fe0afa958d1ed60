#pragma once

#include "runtime/hits/hit.hpp"

#include <map>

/// What was observed, as it lies on disk: our own recordings and those of other tools.
namespace kps::recordings {

/// One kind of hit: a probe of a spec, or an event of another tool.
struct Source {
    std::string group; ///< of an event, `sched`; may be empty
    std::string name;  ///< `open.enter`, `sched_switch`
    struct Field {
        std::string name;
        sema::ValueType type = {};
    };
    std::vector<Field> fields;
};

/// What the sources have in common: a spec that was run, or everything of another tool.
struct Sources {
    std::string path; ///< of the spec
    std::vector<Source> sources;
    Table<sema::EnumType> enums; ///< of the sources' fields
    bool is_typed = true;        ///< the fields' types say what the values are
    /// The values are texts as other tools print them: `0x1f`, `-2`, `"a b"`.
    bool as_printed = false;
};

/// One test that was run. A hit's `probe` is an index into `Sources::sources`; it may have fewer
/// fields than its source: the others are unreadable.
struct Observed {
    std::string test;              ///< its name; empty: a trace that is of no test
    std::uint32_t sources = 0;     ///< into `Recording::sources`
    std::string backend;           ///< `bpf` or `tracefs`; may be empty
    std::uint64_t duration_ns = 0; ///< of the whole job
    std::string error;             ///< not empty: why nothing could be observed
    std::vector<std::string> error_remarks;
    hits::Trace trace; ///< never summed up by the kernel
};

struct Recording {
    std::string release;      ///< of the kernel observed; may be empty
    std::string architecture; ///< `x86_64`; may be empty
    std::string started;      ///< UTC, `2026-11-21T03:00:00`; may be empty
    std::string made_by;      ///< `kps 0.1.0`, `ftrace text`
    /// A snapshot of the part of the kernel that the specs ask for; empty if there is none.
    std::vector<std::byte> kernel;
    std::vector<Sources> sources;
    std::vector<Observed> tests;
    /// Of another tool's trace: what occurs in it, also events that were not wanted.
    std::vector<std::string> events;
    std::optional<std::string> cut_short; ///< why the end is missing
    std::shared_ptr<const void> backing;  ///< the texts of hits may be in it
};

} // namespace kps::recordings
