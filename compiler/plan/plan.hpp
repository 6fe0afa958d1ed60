#pragma once

#include "compiler/semantics/resolved.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What is attached and what is read in the kernel at each hit, and how the fields of the spec are
/// computed from that afterwards. The same plan serves every backend.
namespace kps::plan {

enum class BaseKind : std::uint8_t {
    argument,
    return_value,
    reg,
    stack,
    symbol,
    comm,
    event_field
};

/// Where a read begins.
struct Base {
    BaseKind kind = BaseKind::argument;
    std::uint32_t index = 0; ///< argument (from 0) or word of the stack
    std::string name;        ///< register, symbol or field of an event

    bool operator==(const Base&) const = default;
};

/// Reads memory at the value so far plus `offset`. All steps but the last read a pointer of 8
/// bytes; the last reads what is stored.
struct Step {
    std::int64_t offset = 0;
    bool user = false; ///< user-space memory, at a point of the kernel; a program's is all its own

    bool operator==(const Step&) const = default;
};

// How it is stored in the record of the hit.
struct StoreInteger {
    std::uint8_t size = 8; ///< 1, 2, 4, 8
    bool is_signed = false;

    bool operator==(const StoreInteger&) const = default;
};
struct StoreString { // up to the first NUL
    bool operator==(const StoreString&) const = default;
};
struct StoreArray {
    std::uint8_t size = 1; ///< of an element
    bool is_signed = false;
    std::uint32_t count = 0;

    bool operator==(const StoreArray&) const = default;
};
using Store = std::variant<StoreInteger, StoreString, StoreArray>;

/// One argument of `kprobe_events` and one field of the record.
struct Part {
    std::string name;         ///< a C identifier of at most 31 characters, unique in the probe
    std::uint32_t offset = 0; ///< bytes from the address that is read
    std::uint8_t size = 0;    ///< of an element; 0: a string
    std::uint32_t count = 0;  ///< elements of an array, at most 64; 0: not an array
};

/// One read. With no steps it is the base itself: a register's value, or the task's name.
struct Fetch {
    Base base;
    std::vector<Step> steps;
    Store store;
    /// What the kernel reads it as: in one piece or, where that is not allowed, in several that
    /// follow each other without a gap. Several parts of a string are copies: kernels to 6.12
    /// report an empty user string like a fault, but reserve one byte for it; records are rounded
    /// to four bytes, so four copies show the difference (runtime/hits/record.hpp).
    std::vector<Part> parts;
    /// Strings read at the first and the last element; this read is good if none of them faulted.
    /// Tracefs tells that of strings only: `process_fetch_insn_bottom` (kernel/trace/
    /// trace_probe_tmpl.h, v6.1 to v6.12) ignores the result of storing a number and leaves the
    /// bytes of an earlier record. Indexes into `Probe::fetches`. It errs to one side: a string
    /// without an end before an unmapped page counts as a fault although the number could be read.
    /// (Not noticed is an integer in a packed struct that reaches into an unmapped page.)
    std::vector<std::uint32_t> guards;
    Span span;
};

/// A field of the spec: `value` is over `Plan::exprs`, where a `FieldRef` is a fetch of the probe.
struct Field {
    std::string name;
    sema::ValueType type;
    sema::ExprId value;
    Span span;
};

struct Probe {
    std::string name;  ///< as in the spec
    std::string event; ///< a C identifier of at most 62 characters, unique in the plan
    /// Name of a second event at the same point that reads nothing. A record larger than a page of
    /// the ring buffer (a long string) is dropped without a trace or a count
    /// (`ring_buffer_lock_reserve`, kernel/trace/ring_buffer.c v6.12); the tally shows that. Empty
    /// if no read of the probe can be that long.
    std::string tally;
    sema::PointKind kind = sema::PointKind::entry;
    std::string program; ///< path; empty: a function of the kernel
    std::string module;  ///< empty: the kernel itself
    std::string symbol;
    std::uint64_t offset = 0; ///< see `sema::Probe`
    std::uint32_t maxactive = 0;
    std::uint64_t text_offset = 0; ///< see `sema::Probe`
    std::vector<Fetch> fetches;
    std::vector<Field> fields;
    Span span;       ///< of its name
    Span point_span; ///< of the point
};

struct Plan {
    std::vector<Probe> probes; ///< indexed by `sema::ProbeId`
    Table<sema::Expr> exprs;

    [[nodiscard]] const Probe& operator[](sema::ProbeId id) const { return probes.at(id.value); }
};

} // namespace kps::plan
